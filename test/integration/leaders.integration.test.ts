/**
 * Two replicas, whose leader is killed, stopped, suspended or disconnected: the other one takes over the unfinished work, and no write of the old
 * one is stored any more. Each scenario has its own class of Networks and its own Lease, so that all of them run concurrently.
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
type Scenario = keyof typeof classes;
const becameLeader = 'Became leader';
const stoppedLeading = 'Stopped leading';

let seed: Landscape;
let relay: Relay;

before(async () => {
  if (skip !== false) return;
  const names = Object.keys(classes).flatMap((scenario) => [userName(scenario, 'first'), userName(scenario, 'second')]);
  const users = names.map((name) => ({ name, groups: ['system:masters'] }));
  seed = await startLandscape(log, () => startControlPlane({ log, source: 'real', build: false, users, audit: true }));
  const { hostname, port } = new URL(seed.controlPlane.server);
  relay = await startRelay({ host: hostname, port: Number(port) });
});

after(async () => {
  await relay?.close();
  await seed?.stop();
});

function userName(scenario: string, replica: string): string {
  return `${scenario}-${replica}`;
}

function leaseName(scenario: Scenario): string {
  return `leader-${scenario}`;
}

function replica(scenario: Scenario, name: 'first' | 'second', server = seed.controlPlane.server): Extension {
  const token = seed.controlPlane.tokenFor(userName(scenario, name));
  return seed.run(
    `--kubeconfig=${seed.kubeconfig({ token, server })}`,
    '--types=calico',
    `--extension-classes=${classes[scenario]}`,
    '--leader-election-namespace=default',
    `--leader-election-id=${leaseName(scenario)}`,
    '--controllers=',
  );
}

/** Starts two replicas, of which the first one leads. */
async function pair(scenario: Scenario, server?: string): Promise<readonly [first: Extension, second: Extension]> {
  const first = replica(scenario, 'first', server);
  await seed.waitFor('the first replica leads', () => first.logCount(becameLeader) === 1);
  const second = replica(scenario, 'second');
  await seed.waitFor(
    'the second replica is ready',
    async () => (await second.get('health', '/readyz'))?.status === 200,
  );
  assert.equal(await masterGauges(second), 0);
  return [first, second];
}

async function create(scenario: Scenario, names: readonly string[]): Promise<void> {
  for (const name of names) await seed.shoot(name, { spec: { class: classes[scenario] } });
}

async function masterGauges(extension: Extension): Promise<number> {
  const { text = '' } = (await extension.get('metrics', '/metrics')) ?? {};
  return Number(/^leader_election_master_status\{.*\} (\d)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** Asserts that a replica is ready and does not lead. */
async function assertStandby(extension: Extension): Promise<void> {
  assert.ok(extension.isAlive(), extension.output());
  assert.equal(await masterGauges(extension), 0);
  await seed.waitFor('the standby is ready', async () => (await extension.get('health', '/readyz'))?.status === 200);
}

async function leaseHolder(scenario: Scenario): Promise<string> {
  return readLease(await seed.client.get({ resource: builtin.leases, namespace: 'default', name: leaseName(scenario) }))
    .holder;
}

function many(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function stored(scenario: Scenario): readonly AuditedRequest[] {
  const { requests } = readAudit(seed.controlPlane.auditLog ?? '');
  return requests.filter(
    (one) => one.user.startsWith(`${scenario}-`) && isWrite(one) && one.code >= 200 && one.code < 300,
  );
}

/** Asserts that the first replica wrote before, but not after the second one acquired the Lease, and left work for it. */
function assertFenced(scenario: Scenario): void {
  const writes = stored(scenario);
  const since = writes.find((one) => one.user === userName(scenario, 'second') && one.resource === 'leases')?.at;
  const first = writes.filter((one) => one.user === userName(scenario, 'first'));
  assert.ok(since !== undefined, 'the second replica never wrote the lease');
  assert.ok(
    first.some((one) => one.resource === 'networks/status'),
    'the first replica never wrote a status',
  );
  assert.ok(
    writes.some((one) => one.user === userName(scenario, 'second') && one.resource === 'networks/status'),
    'no work was left for the second replica',
  );
  assert.deepEqual(
    first.filter((one) => one.at >= since),
    [],
  );
}

suite('a new leader takes over when the leader', { skip, concurrency: true }, () => {
  test('is killed during its work, and when the next one stops', async () => {
    const [first, second] = await pair('killed');
    const names = many('killed', 12);
    const creating = create('killed', names);
    await seed.ready('killed-1');
    await first.kill();
    await creating;
    await seed.areReady(...names);
    assert.equal(second.logCount(becameLeader), 1);
    assertFenced('killed');

    const third = replica('killed', 'first');
    await seed.waitFor('a third replica is ready', async () => (await third.get('health', '/readyz'))?.status === 200);
    const before = await leaseHolder('killed');
    assert.equal(await second.terminate(), 0, second.output());
    // The stopped leader released the Lease, so that no replica waits for its expiration.
    assert.notEqual(await leaseHolder('killed'), before);
    await seed.waitFor('the third replica leads', () => third.logCount(becameLeader) === 1);
    await create('killed', ['killed-late']);
    await seed.areReady('killed-late');
    assert.ok(third.isAlive());
  });

  test('is suspended during its work for longer than its Lease', async () => {
    const [first, second] = await pair('frozen');
    const names = many('frozen', 12);
    const creating = create('frozen', names);
    await seed.ready('frozen-1');
    first.pause();
    await creating;
    await seed.areReady(...names);
    assert.equal(second.logCount(becameLeader), 1);
    await seed.requestReconcile(...names);
    first.resume();
    await seed.waitFor('the first replica stops leading', () => first.logCount(stoppedLeading) === 1);
    await seed.areReady(...names);
    await create('frozen', ['frozen-late']);
    await seed.areReady('frozen-late');
    assertFenced('frozen');
    await assertStandby(first);
    assert.ok(second.isAlive());
  });

  test('temporarily cannot reach the API server', async () => {
    const [first, second] = await pair('isolated', `https://127.0.0.1:${relay.port}`);
    const names = many('isolated', 12);
    const creating = create('isolated', names);
    await seed.ready('isolated-1');
    relay.cut();
    await creating;
    await seed.waitFor('the first replica stops leading', () => first.logCount(stoppedLeading) === 1);
    assert.equal(await masterGauges(first), 0);
    await seed.areReady(...names);
    assert.equal(second.logCount(becameLeader), 1);
    relay.heal();
    await assertStandby(first);
    await create('isolated', ['isolated-late']);
    await seed.areReady('isolated-late');
    assertFenced('isolated');

    assert.equal(await second.terminate(), 0, second.output());
    await seed.waitFor('the first replica leads again', () => first.logCount(becameLeader) === 2);
    await create('isolated', ['isolated-again']);
    await seed.areReady('isolated-again');
  });
});
