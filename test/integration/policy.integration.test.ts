/** The policy of example/40-policy.yaml takes away the permissions that RBAC must grant to the extension although it does not use them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { loadAll } from 'js-yaml';
import { resources } from '../../controllers/resources.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import type { PlainObject } from '../../pkg/templates/render.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { eventually } from '../controlplane/testing.ts';
import { connect } from '../support/connect.ts';
import { createMissing, seedResources } from '../support/seed.ts';
import { type Applier, applier } from './apply.ts';
import { grant } from './rights.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'policy for the extension in a seed', log });
const user = 'system:serviceaccount:extension-networking:gardener-extension-networking';
let controlPlane: ControlPlane;
let seed: Applier;
let extension: { readonly client: KubeClient; close(): Promise<void> };

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false, users: [{ name: user }] });
  seed = applier(controlPlane);
  const example = new URL('../../example/', import.meta.url);
  await seed.prepare([example]);
  for (const name of ['extension-networking', 'garden']) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await createMissing({ client: seed.client, resource: seedResources.namespaces, object });
  }
  await grant({ client: seed.client, user, namespace: 'extension-networking' });
  for (const object of loadAll(readFileSync(new URL('40-policy.yaml', example), 'utf8')))
    await seed.apply(object as PlainObject);
  const ca = controlPlane.ca === undefined ? {} : { ca: { data: controlPlane.ca } };
  extension = connect(
    { server: controlPlane.server, origin: 'test', token: { data: controlPlane.tokenFor(user) }, ...ca },
    'test',
  );
  await eventually(
    'the policy is in force',
    async () => (await problem('secrets', secret('garden', 'probe/x'))) !== undefined,
  );
});

after(async () => {
  await extension?.close();
  await seed?.close();
  await controlPlane?.stop();
});

/** Each Secret has a name of its own: an earlier one of that name would be another reason to refuse it. */
let created = 0;

function secret(namespace: string, type: string): KubeObject {
  const data = { 'tls.crt': '', 'tls.key': '' };
  const annotations = { 'kubernetes.io/service-account.name': 'default' };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `secret-${(created += 1)}`, namespace, annotations },
    type,
    data,
  };
}

function managedResource(name: string, spec: object): KubeObject {
  const metadata = { name, namespace: 'garden' };
  return {
    apiVersion: 'resources.gardener.cloud/v1alpha1',
    kind: 'ManagedResource',
    metadata,
    spec: { secretRefs: [], ...spec },
  };
}

/** Returns the error of the API server for the creation of an object by the extension. */
async function problem(kind: 'secrets' | 'managedResources', object: KubeObject): Promise<string | undefined> {
  const resource: Resource = resources[kind];
  try {
    await extension.client.create({ resource, object });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

test('the extension writes the types of Secrets that it uses, and no tokens of ServiceAccounts', { skip }, async () => {
  assert.equal(await problem('secrets', secret('garden', 'Opaque')), undefined);
  assert.equal(await problem('secrets', secret('extension-networking', 'kubernetes.io/tls')), undefined);
  for (const type of ['kubernetes.io/service-account-token', 'kubernetes.io/tls'])
    assert.match(
      (await problem('secrets', secret('garden', type))) ?? '',
      /the extension writes Secrets of type Opaque/,
      type,
    );
});

test('the extension writes ManagedResources for shoots, and none for the seed', { skip }, async () => {
  assert.equal(await problem('managedResources', managedResource('shoot', {})), undefined);
  assert.match(
    (await problem('managedResources', managedResource('seed', { class: 'seed' }))) ?? '',
    /the extension writes ManagedResources for shoots only/,
  );
});
