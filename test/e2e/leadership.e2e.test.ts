/** Leadership of pods of the extension, when the leader stops and when it is killed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { readLease } from '../../pkg/kubernetes/leaderelection/lease.ts';
import { isReady } from '../integration/landscape.ts';
import { extensionNamespace, type Pod } from './pod.ts';
import { e2eSkip, type Seed, startSeed } from './seed.ts';

const log = (line: string): void => console.error(line);
const skip = e2eSkip('leadership of pods');
let seed: Seed;

before(async () => {
  if (skip === false) seed = await startSeed(log, 'controller');
});
after(() => seed?.stop());

const lease = async (): Promise<KubeObject> =>
  await seed.client.get({
    resource: builtin.leases,
    namespace: extensionNamespace,
    name: 'networking-calico-leader-election',
  });

/** Returns the name of the pod that holds the Lease; empty if none does. */
const leader = async (): Promise<string> => readLease(await lease()).holder.split('_')[0] ?? '';

async function startReplica(name: string): Promise<Pod> {
  const pod = await seed.pod(name, ['controller']);
  await seed.printed(pod, 'Synced caches');
  return pod;
}

const reconciled = async (name: string): Promise<void> => {
  await seed.shoot(name);
  await seed.eventually(`${name} is ready`, async () => (isReady(await seed.network(name)) ? true : undefined));
};

test('a stopped leader releases its Lease immediately; that of a killed one expires', {
  skip,
}, async () => {
  const first = await startReplica('first');
  await seed.printed(first, 'Became leader');
  const second = await startReplica('second');
  await reconciled('by-the-first');
  assert.equal(await leader(), 'first');
  assert.doesNotMatch(second.output(), /Became leader/);

  assert.equal(await first.terminate(), 0, first.output());
  // Released, or already acquired by the second pod.
  assert.notEqual(await leader(), 'first');
  assert.match(first.output(), /"msg":"Stopped"/);
  await seed.printed(second, 'Became leader');
  await reconciled('by-the-second');

  const third = await startReplica('third');
  await second.kill();
  assert.equal(await leader(), 'second');
  await reconciled('by-the-third');
  assert.equal(await leader(), 'third');
  assert.equal(await second.exitCode(), 137);
  assert.equal(await third.terminate(), 0, third.output());
  assert.deepEqual(seed.forbidden(), []);
});
