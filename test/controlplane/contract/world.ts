/** The environment of the behaviours in the contract: one API server, and a separate namespace for each behaviour. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import { type Call, type Client, createClient, type Reply } from '../client.ts';
import { isObject, type JsonObject, objectAt, stringAt } from '../embedded/objects.ts';
import type { ControlPlane } from '../types.ts';

/** Statements about an API server, each with its check. */
export type Behaviours = Readonly<Record<string, (world: World) => Promise<void>>>;

export interface World {
  readonly client: Client;
  readonly controlPlane: ControlPlane;
  /** An existing, empty namespace for one behaviour. */
  readonly namespace: string;
  /** Path of the Networks in `namespace`. */
  readonly networks: string;
  readonly secrets: string;
  readonly leases: string;
  /** Waits until Networks are served: after its start a real server returns 429 until it has listed them once. */
  readonly served: () => Promise<void>;
  /** Sends a request, checks the status code and returns the body. */
  readonly expect: (status: number, call: Call) => Promise<JsonObject>;
}

export interface Contract {
  run(behaviour: (world: World) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Installs the CRDs for the behaviours, and creates an environment for each. */
export async function prepareContract(controlPlane: ControlPlane): Promise<Contract> {
  const client = createClient(controlPlane);
  const expect = async (status: number, call: Call): Promise<JsonObject> => {
    const reply = await client.call(call);
    assert.equal(reply.status, status, `${call.method ?? 'GET'} ${call.path}: ${reply.text}`);
    return parseBody(reply);
  };
  await installDefinition(expect, '10-crd-extensions.gardener.cloud_networks.yaml');
  await waitForDefinition(client);
  let count = 0;
  return {
    run: async (behaviour) => {
      count += 1;
      const namespace = `contract-${count}`;
      await expect(201, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
      await behaviour({
        client,
        controlPlane,
        namespace,
        networks: `/apis/extensions.gardener.cloud/v1alpha1/namespaces/${namespace}/networks`,
        secrets: `/api/v1/namespaces/${namespace}/secrets`,
        leases: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
        served: () => waitForDefinition(client),
        expect,
      });
    },
    close: () => client.close(),
  };
}

/** Returns a Network that is valid for the schema of the CRD. */
export function network(
  name: string,
  more: { readonly metadata?: JsonObject; readonly spec?: JsonObject } = {},
): JsonObject {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name, ...more.metadata },
    spec: { type: 'calico', podCIDR: '10.1.0.0/16', serviceCIDR: '10.2.0.0/16', ...more.spec },
  };
}

/** Returns a status that is valid for the schema of the CRD. */
export function networkStatus(state: string): JsonObject {
  const lastUpdateTime = '2026-01-02T03:04:05Z';
  return { lastOperation: { description: 'test', lastUpdateTime, progress: 50, state, type: 'Reconcile' } };
}

/** Returns the metadata of an object. */
export function meta(object: JsonObject): JsonObject {
  return objectAt(object, 'metadata');
}

/** Returns the resourceVersion of an object or a list. */
export function readVersion(object: unknown): string {
  const version = stringAt(objectAt(object, 'metadata'), 'resourceVersion');
  assert.ok(version !== undefined && version !== '', `no resourceVersion in ${JSON.stringify(object)}`);
  return version;
}

/** Returns the items of a list. */
export function listItems(list: JsonObject): readonly JsonObject[] {
  const items = list['items'];
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/** Returns the names of the items of a list. */
export function listNames(list: JsonObject): readonly (string | undefined)[] {
  return listItems(list).map((item) => stringAt(meta(item), 'name'));
}

/** Returns the object with changed top-level fields and metadata. */
export function changed(object: JsonObject, more: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { ...object, ...more, metadata: { ...meta(object), ...metadata } };
}

/** Checks the parts of a Status on which clients rely. */
export function assertStatus(body: JsonObject, expected: { readonly code: number; readonly reason: string }): void {
  const { kind, apiVersion, status, code, reason, message } = body;
  assert.deepEqual(
    { kind, apiVersion, status, code, reason },
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...expected },
  );
  assert.ok(typeof message === 'string' && message !== '', 'a Status explains itself');
}

export const mergePatch = 'application/merge-patch+json';

function parseBody(reply: Reply): JsonObject {
  if (!/json/.test(String(reply.headers['content-type']))) return { text: reply.text };
  const body: unknown = JSON.parse(reply.text);
  return isObject(body) ? body : {};
}

async function installDefinition(expect: World['expect'], file: string): Promise<void> {
  const text = readFileSync(path.join(import.meta.dirname, '../../../example', file), 'utf8');
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const created = await expect(201, { method: 'POST', path: definitions, body: load(text) });
  const named = `${definitions}/${String(meta(created)['name'])}`;
  for (;;) {
    const conditions = objectAt(await expect(200, { path: named }), 'status')['conditions'];
    const met = Array.isArray(conditions) ? conditions.filter(isObject) : [];
    if (met.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await sleep(50);
  }
}

/** Waits longer than for the condition Established, which is set before all handlers know the CRD. */
async function waitForDefinition(client: Client): Promise<void> {
  const collection = '/apis/extensions.gardener.cloud/v1alpha1/networks';
  for (;;) {
    const listed = await client.call({ path: `${collection}?resourceVersion=0` });
    const stream = await client.lines(`${collection}?watch=true&timeoutSeconds=1`);
    stream.close();
    if (listed.status === 200 && stream.status === 200) return;
    await sleep(50);
  }
}
