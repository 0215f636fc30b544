/** Facts of a running shoot, read with the kubeconfig that Gardener stores in the seed, without exceptions or hanging workers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createSelfHostedReader, createShootReader } from '../../controllers/network/shoot-reader.ts';
import { resources } from '../../controllers/resources.ts';
import { systemClock } from '../../pkg/clock/clock.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createMemoryLogger } from '../doubles/fakeclock.ts';
import { createMissing, seedResources, shootNamespace } from '../support/seed.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'facts of a running shoot', log });
const queries = [{ apiVersion: 'v1', kind: 'Node' }];
let controlPlane: ControlPlane;
let seed: Applier;

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  seed = applier(controlPlane);
  await seed.client.create({
    resource: resources.nodes,
    object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
  });
});

after(async () => {
  await seed?.close();
  await controlPlane?.stop();
});

/** Reads the nodes of a shoot with kubeconfigs in these Secrets. */
async function nodes(namespace: string, kubeconfigs: Readonly<Record<string, string>>): Promise<unknown> {
  await createMissing({ client: seed.client, resource: seedResources.namespaces, object: shootNamespace(namespace) });
  for (const [name, text] of Object.entries(kubeconfigs)) {
    const data = { kubeconfig: Buffer.from(text).toString('base64') };
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
    await seed.client.create({ resource: resources.secrets, object });
  }
  const secretNames = ['gardener-internal', 'gardener'];
  const clock = systemClock();
  const options = {
    seed: seed.client,
    clock,
    random: Math.random,
    log: createMemoryLogger(),
    secretNames,
    timeoutMs: 1_000,
  };
  const result = await createShootReader(options)({ namespace, queries, signal: new AbortController().signal });
  return result.available ? result.value.map((one) => `${one.kind} ${one.metadata.name}`) : result.reason;
}

test('reads the nodes with the first existing Secret', { skip }, async () => {
  assert.deepEqual(await nodes('shoot--a', { gardener: controlPlane.kubeconfig }), ['Node node-1']);
  const both = { 'gardener-internal': controlPlane.kubeconfig, gardener: 'broken' };
  assert.deepEqual(await nodes('shoot--b', both), ['Node node-1']);
});

test('reads facts of a self-hosted shoot from its own cluster, and of hosted shoots from theirs', {
  skip,
}, async () => {
  const { signal } = new AbortController();
  const others = async () => ({ available: false, reason: 'read elsewhere' }) as const;
  const read = createSelfHostedReader({ client: seed.client, others, clock: systemClock() });
  const own = await read({ namespace: 'kube-system', queries, signal });
  assert.deepEqual(own.available && own.value.map(({ metadata }) => metadata.name), ['node-1']);
  assert.deepEqual(await read({ namespace: 'shoot--a', queries, signal }), await others());
});

test('checks that a custom resource is listed at a version, and passes without its definition', { skip }, async () => {
  const { signal } = new AbortController();
  const others = async () => ({ available: false, reason: 'read elsewhere' }) as const;
  const read = createSelfHostedReader({ client: seed.client, others, clock: systemClock() });
  const check = { group: 'example.com', version: 'v1', plural: 'widgets' };
  const checked = () => read({ namespace: 'kube-system', queries: [{ check }], signal });
  assert.deepEqual(await checked(), { available: true, value: [] });
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: check.group,
      scope: 'Cluster',
      names: { kind: 'Widget', plural: check.plural, singular: 'widget' },
      versions: [{ name: check.version, served: true, storage: true, schema }],
    },
  };
  await seed.client.create({ resource: resources.customResourceDefinitions, object });
  for (let tries = 0; tries < 100 && !(await checked()).available; tries += 1) await setTimeout(100);
  assert.deepEqual(await checked(), { available: true, value: [] });
  const other = { check: { ...check, version: 'v2' } };
  const unserved = await read({ namespace: 'kube-system', queries: [other], signal });
  assert.match(unserved.available ? '' : unserved.reason, /404/);
});

test('returns a reason without a Secret', { skip }, async () => {
  assert.equal(
    await nodes('shoot--c', {}),
    'there is no Secret gardener-internal or gardener with a kubeconfig of the shoot',
  );
});

test('rejects a kubeconfig with more than server, CA and token, without repeating its token', {
  skip,
}, async () => {
  const exec = controlPlane.kubeconfig.replace(
    /token: .*/,
    'exec: {apiVersion: client.authentication.k8s.io/v1, command: id}',
  );
  assert.match(String(await nodes('shoot--d', { gardener: exec })), /exec/);
  const proxy = controlPlane.kubeconfig.replace(/^( *)server:/m, '$1proxy-url: http://127.0.0.1:1\n$1server:');
  const reason = String(await nodes('shoot--e', { gardener: proxy }));
  assert.match(reason, /proxy-url/);
  assert.doesNotMatch(reason, new RegExp(controlPlane.token));
});

test('returns a reason within the deadline for a shoot that does not respond or has another CA', { skip }, async () => {
  const away = controlPlane.kubeconfig.replace(/server: .*/, 'server: https://127.0.0.1:1');
  assert.match(String(await nodes('shoot--f', { gardener: away })), /127\.0\.0\.1|ECONNREFUSED|no complete response/);
  const other = await startControlPlane({ log, source: 'real', build: false });
  try {
    const ca = /certificate-authority-data: .*/.exec(other.kubeconfig)?.[0] ?? '';
    const wrong = controlPlane.kubeconfig.replace(/certificate-authority-data: .*/, ca);
    assert.match(String(await nodes('shoot--g', { gardener: wrong })), /certificate|self-signed|verify/i);
  } finally {
    await other.stop();
  }
});
