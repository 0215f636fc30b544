/**
 * Two replicas, and the leader is killed, told to stop, frozen or cut off: the other one takes over what was begun, and nothing that the old
 * one writes is stored any more. Each story has its own class of Networks and its own Lease, so that all of them go on at once.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { readLease } from '../../pkg/kubernetes/leaderelection/lease.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { type AuditedRequest, isWrite, readAudit } from '../support/audit.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import type { Extension } from './extension.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'leaders on a real API server', log });
const classes = { killed: 'shoot', frozen: 'seed', isolated: 'garden' } as const;
type Story = keyof typeof classes;
const began = 'Became leader';
const ended = 'Stopped leading';

let seed: Landscape;
let relay: Relay;

before(async () => {
  if (skip !== false) return;
  const names = Object.keys(classes).flatMap((story) => [userOf(story, 'first'), userOf(story, 'second')]);
  const users = names.map((name) => ({ name, groups: ['system:masters'] }));
  seed = await startLandscape(log, () => startControlPlane({ log, source: 'real', build: false, users, audit: true }));
  const { hostname, port } = new URL(seed.controlPlane.server);
  relay = await startRelay({ host: hostname, port: Number(port) });
});

after(async () => {
  await relay?.close();
  await seed?.stop();
});

function userOf(story: string, replica: string): string {
  return `${story}-${replica}`;
}

function leaseOf(story: Story): string {
  return `leader-${story}`;
}

function replica(story: Story, name: 'first' | 'second', server = seed.controlPlane.server): Extension {
  const token = seed.controlPlane.tokenFor(userOf(story, name));
  return seed.run(
    `--kubeconfig=${seed.kubeconfig({ token, server })}`,
    '--types=calico',
    `--extension-classes=${classes[story]}`,
    '--leader-election-namespace=default',
    `--leader-election-id=${leaseOf(story)}`,
    '--controllers=',
  );
}

/** The first leads, and the second waits for it. */
async function pair(story: Story, server?: string): Promise<readonly [first: Extension, second: Extension]> {
  const first = replica(story, 'first', server);
  await seed.happened('the first replica leads', () => first.said(began) === 1);
  const second = replica(story, 'second');
  await seed.happened(
    'the second replica is ready',
    async () => (await second.ask('health', '/readyz'))?.status === 200,
  );
  assert.equal(await masterStatus(second), 0);
  return [first, second];
}

async function create(story: Story, names: readonly string[]): Promise<void> {
  for (const name of names) await seed.shoot(name, { spec: { class: classes[story] } });
}

async function masterStatus(extension: Extension): Promise<number> {
  const { text = '' } = (await extension.ask('metrics', '/metrics')) ?? {};
  return Number(/^leader_election_master_status\{.*\} (\d)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** It competes, serves and is ready, and does not lead. */
async function assertStandby(extension: Extension): Promise<void> {
  assert.ok(extension.isAlive(), extension.output());
  assert.equal(await masterStatus(extension), 0);
  await seed.happened('the standby is ready', async () => (await extension.ask('health', '/readyz'))?.status === 200);
}

async function holderOf(story: Story): Promise<string> {
  return readLease(await seed.client.get({ resource: builtin.leases, namespace: 'default', name: leaseOf(story) }))
    .holder;
}

function many(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function stored(story: Story): readonly AuditedRequest[] {
  const { requests } = readAudit(seed.controlPlane.auditLog ?? '');
  return requests.filter(
    (one) => one.user.startsWith(`${story}-`) && isWrite(one) && one.code >= 200 && one.code < 300,
  );
}

/** From the moment at which the second replica got the lease nothing of the first one is stored; before, it did write, and it left work to do. */
function assertFenced(story: Story): void {
  const writes = stored(story);
  const since = writes.find((one) => one.user === userOf(story, 'second') && one.resource === 'leases')?.at;
  const first = writes.filter((one) => one.user === userOf(story, 'first'));
  assert.ok(since !== undefined, 'the second replica never wrote the lease');
  assert.ok(
    first.some((one) => one.resource === 'networks/status'),
    'the first replica never wrote a status',
  );
  assert.ok(
    writes.some((one) => one.user === userOf(story, 'second') && one.resource === 'networks/status'),
    'nothing was left for the second replica',
  );
  assert.deepEqual(
    first.filter((one) => one.at >= since),
    [],
  );
}

suite('the leader', { skip, concurrency: true }, () => {
  test('is killed in the middle of its work, the next one is told to stop', async () => {
    const [first, second] = await pair('killed');
    const names = many('killed', 12);
    const creating = create('killed', names);
    await seed.ready('killed-1');
    await first.kill();
    await creating;
    await seed.areReady(...names);
    assert.equal(second.said(began), 1);
    assertFenced('killed');

    const third = replica('killed', 'first');
    await seed.happened('a third replica is ready', async () => (await third.ask('health', '/readyz'))?.status === 200);
    const before = await holderOf('killed');
    assert.equal(await second.terminate(), 0, second.output());
    // Given back at its end: nobody waits for it to run out.
    assert.notEqual(await holderOf('killed'), before);
    await seed.happened('the third replica leads', () => third.said(began) === 1);
    await create('killed', ['killed-late']);
    await seed.areReady('killed-late');
    assert.ok(third.isAlive());
  });

  test('is frozen for longer than its lease, in the middle of its work', async () => {
    const [first, second] = await pair('frozen');
    const names = many('frozen', 12);
    const creating = create('frozen', names);
    await seed.ready('frozen-1');
    first.pause();
    await creating;
    await seed.areReady(...names);
    assert.equal(second.said(began), 1);
    await seed.ask(...names);
    first.resume();
    await seed.happened('the first replica stops leading', () => first.said(ended) === 1);
    await seed.areReady(...names);
    await create('frozen', ['frozen-late']);
    await seed.areReady('frozen-late');
    assertFenced('frozen');
    await assertStandby(first);
    assert.ok(second.isAlive());
  });

  test('cannot reach the API server, and then can again', async () => {
    const [first, second] = await pair('isolated', `https://127.0.0.1:${relay.port}`);
    const names = many('isolated', 12);
    const creating = create('isolated', names);
    await seed.ready('isolated-1');
    relay.cut();
    await creating;
    await seed.happened('the first replica stops leading', () => first.said(ended) === 1);
    assert.equal(await masterStatus(first), 0);
    await seed.areReady(...names);
    assert.equal(second.said(began), 1);
    relay.heal();
    await assertStandby(first);
    await create('isolated', ['isolated-late']);
    await seed.areReady('isolated-late');
    assertFenced('isolated');

    assert.equal(await second.terminate(), 0, second.output());
    await seed.happened('the first replica leads again', () => first.said(began) === 2);
    await create('isolated', ['isolated-again']);
    await seed.areReady('isolated-again');
  });
});
