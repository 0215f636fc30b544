import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeClock, createMemoryLogger, settle } from '../../../test/doubles/fakeclock.ts';
import { createLeaseServer } from '../../../test/doubles/leases.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import { isRecord } from '../../gardener/objects.ts';
import { createElector, type ElectorOptions, NotLeader } from './leader.ts';
import { parseMicroTime } from './microtime.ts';

function world() {
  const clock = createFakeClock();
  const server = createLeaseServer(clock);
  const spec = () => (isRecord(server.lease?.['spec']) ? server.lease['spec'] : {});
  /** Candidates that are still running. */
  const running = new Set<object>();
  return { clock, server, spec, running };
}

type World = ReturnType<typeof world>;

interface Leadership {
  readonly lost: AbortSignal;
  readonly end: (error?: Error) => Promise<void>;
}

/** A candidate whose callbacks end when the test ends them, or, without `drain`, when the Lease is lost. */
function candidate(
  t: TestContext,
  { clock, server, running }: World,
  options: Partial<ElectorOptions> & { readonly drain?: boolean } = {},
) {
  const { identity = 'a', drain = false, ...override } = options;
  const logger = createMemoryLogger();
  const terms: Leadership[] = [];
  const changes: boolean[] = [];
  const elector = createElector({
    client: server.connect(identity),
    namespace: 'n',
    name: 'l',
    identity,
    clock,
    logger,
    random: () => 0,
    onChange: (leading) => changes.push(leading),
    ...override,
  });
  const controller = new AbortController();
  const done = elector.run({
    signal: controller.signal,
    onStartedLeading: (lost) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = async (error?: Error): Promise<void> => {
        if (error === undefined) resolve();
        else reject(error);
        await settle();
      };
      terms.push({ lost, end });
      if (!drain) lost.addEventListener('abort', () => resolve());
      return promise;
    },
  });
  t.after(async () => {
    controller.abort();
    for (const { end } of terms) await end();
    await clock.advance(60_000);
    await done;
    running.delete(terms);
    if (running.size === 0) assert.equal(clock.timers, 0, 'no timer remains');
  });
  running.add(terms);
  return { elector, terms, changes, logger, done, stop: () => controller.abort() };
}

const other = { holderIdentity: 'other', leaseDurationSeconds: 15, leaseTransitions: 4 };
const time = '2031-01-01T00:00:00.000000Z';

test('creates a missing Lease and renews it every two seconds with one write each', async (t) => {
  const w = world();
  const { elector, terms, changes } = candidate(t, w);
  assert.throws(() => elector.assertLeader(), new NotLeader('a must not write: Lease n/l is not held'));
  assert.deepEqual([elector.isLeader(), elector.leaseAge(), elector.hasWritten()], [false, undefined, false]);
  await settle();
  assert.equal(terms.length, 1);
  assert.deepEqual(w.spec(), {
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
  await w.clock.advance(10_000);
  assert.deepEqual(w.server.requests, ['get', 'create', 'update', 'update', 'update', 'update', 'update']);
  assert.deepEqual(
    [w.spec()['acquireTime'], w.spec()['renewTime']],
    ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:10.000000Z'],
  );
  assert.deepEqual([elector.isLeader(), elector.leaseAge(), elector.hasWritten()], [true, 0, true]);
  elector.assertLeader();
  assert.deepEqual(changes, [true]);
});

test('the Lease of another candidate expires 15 s after its last observed change, whatever time it states', async (t) => {
  for (const renewTime of ['1999-01-01T00:00:00.000000Z', time]) {
    const w = world();
    w.server.write({ ...other, renewTime });
    const { terms } = candidate(t, w);
    await w.clock.advance(9000);
    w.server.write({ ...other, renewTime: renewTime.replace('.000000', '.000001') });
    w.clock.setWallClock(Date.UTC(2040, 0, 1));
    await w.clock.advance(15_000);
    assert.equal(terms.length, 0, 'it was observed to change between 9 and 10 s');
    await w.clock.advance(2000);
    assert.equal(terms.length, 1);
    assert.equal(w.spec()['leaseTransitions'], 5);
    assert.equal(w.spec()['acquireTime'], '2040-01-01T00:00:17.000000Z');
  }
});

casesWithContext<{ readonly spec: object; readonly waits: number }>(
  {
    'acquires a Lease without a holder immediately': {
      spec: { ...other, holderIdentity: '', renewTime: time },
      waits: 0,
    },
    'acquires an empty Lease immediately': { spec: {}, waits: 0 },
    'acquires a Lease with invalid fields immediately': {
      spec: { holderIdentity: 7, leaseTransitions: 'x' },
      waits: 0,
    },
    'acquires a Lease that it held before immediately': { spec: { ...other, holderIdentity: 'a' }, waits: 0 },
    'waits for the duration in the Lease': { spec: { ...other, leaseDurationSeconds: 60 }, waits: 60_000 },
    'waits for its own lease duration if the Lease has none': { spec: { holderIdentity: 'other' }, waits: 16_000 },
  },
  async ({ spec, waits }, t) => {
    const w = world();
    w.server.write(spec);
    const { terms } = candidate(t, w);
    await settle();
    if (waits > 0) await w.clock.advance(waits - 1);
    assert.equal(terms.length, waits > 0 ? 0 : 1);
    await w.clock.advance(1);
    assert.equal(terms.length, 1);
  },
);

test('retains labels and unknown fields of the Lease', async (t) => {
  const w = world();
  w.server.write({ preferredHolder: 'x' });
  const { lease } = w.server;
  assert.ok(lease !== undefined);
  w.server.lease = { ...lease, metadata: { ...lease.metadata, labels: { a: 'b' } } };
  candidate(t, w);
  await settle();
  assert.deepEqual([w.spec()['preferredHolder'], w.server.lease.metadata.labels], ['x', { a: 'b' }]);
});

test('spreads attempts by a factor of up to 2.2, so that candidates do not synchronize', async (t) => {
  const w = world();
  w.server.write({ ...other, leaseDurationSeconds: 600 });
  const { stop, done } = candidate(t, w, { random: () => 0.999_999 });
  await settle();
  assert.equal(Math.round(w.clock.nextIn ?? 0), 4400);
  stop();
  await done;
  assert.deepEqual(w.server.requests, ['get'], 'a candidate that never wrote releases nothing');
});

test('of two candidates one leads, and the other takes over 15 s after the first was cut off', async (t) => {
  const w = world();
  const a = candidate(t, w, { identity: 'a' });
  await settle();
  const b = candidate(t, w, { identity: 'b' });
  await w.clock.advance(30_000);
  assert.deepEqual([a.terms.length, b.terms.length], [1, 0]);
  w.server.fate = (_verb, who) => (who === 'a' ? { refuse: 500 } : undefined);
  await w.clock.advance(9_999);
  assert.deepEqual([a.elector.isLeader(), a.terms[0]?.lost.aborted], [true, false]);
  await w.clock.advance(1);
  assert.deepEqual([a.elector.isLeader(), a.terms[0]?.lost.aborted], [false, true]);
  assert.throws(() => a.elector.assertLeader(), /^NotLeader: a must not write: Lease n\/l is not held/);
  await w.clock.advance(5_000);
  assert.equal(b.terms.length, 0);
  await w.clock.advance(2_000);
  assert.deepEqual([b.terms.length, b.elector.isLeader()], [1, true]);

  w.server.fate = () => undefined;
  await w.clock.advance(60_000);
  assert.deepEqual([a.terms.length, b.terms.length], [1, 1], 'a returned as a standby');
  assert.deepEqual([a.changes, b.changes], [[true, false], [true]]);
});

test('a leader that was cut off leads again when the API server returns', async (t) => {
  const w = world();
  const { terms, elector } = candidate(t, w);
  await settle();
  w.server.fate = () => ({ refuse: 503 });
  await w.clock.advance(3_600_000);
  assert.deepEqual([terms.length, elector.isLeader()], [1, false]);
  w.server.fate = () => undefined;
  await w.clock.advance(2_000);
  assert.deepEqual([terms.length, elector.isLeader()], [2, true]);
});

test('after a lost Lease it does not compete or write until the callback has ended', async (t) => {
  const w = world();
  const { terms, elector, changes } = candidate(t, w, { drain: true });
  await settle();
  w.server.fate = () => ({ refuse: 500 });
  await w.clock.advance(10_000);
  assert.deepEqual(changes, [true, false]);
  w.server.fate = () => undefined;
  const before = w.server.requests.length;
  await w.clock.advance(60_000);
  assert.deepEqual([terms[0]?.lost.aborted, w.server.requests.length - before, elector.isLeader()], [true, 0, false]);
  assert.throws(() => elector.assertLeader(), /was renewed 70000 ms ago/);
  await terms[0]?.end();
  await w.clock.advance(2_000);
  assert.deepEqual([terms.length, elector.isLeader()], [2, true]);
});

test('stops leading when the time to the deadline is a rounding error of the clock', async (t) => {
  // With these, 10 s after the renewal are a rounding error less than 10 s.
  for (const start of [6385.129999999999, 6388.949999999999, 6425.24, 6472.99]) {
    const w = world();
    await w.clock.advance(start);
    const { terms } = candidate(t, w);
    await settle();
    w.server.fate = () => ({ refuse: 500 });
    await w.clock.advance(12_000);
    assert.equal(terms[0]?.lost.aborted, true);
  }
});

test('a Lease overwritten by another writer is lost at the next renewal', async (t) => {
  const w = world();
  const { terms, elector } = candidate(t, w);
  await settle();
  w.server.write({ ...other, renewTime: time });
  await w.clock.advance(2_000);
  assert.deepEqual([terms[0]?.lost.aborted, elector.isLeader()], [true, false]);
  assert.ok(terms[0]?.lost.reason instanceof NotLeader);
  assert.equal(w.spec()['holderIdentity'], 'other', 'and remains with the other writer');
});

test('recreates a deleted Lease', async (t) => {
  const w = world();
  const { terms, elector } = candidate(t, w);
  await settle();
  w.server.lease = undefined;
  await w.clock.advance(2_000);
  assert.deepEqual([terms[0]?.lost.aborted, elector.isLeader(), w.spec()['holderIdentity']], [false, true, 'a']);
});

test('a renewal that was stored without a response does not lose the Lease', async (t) => {
  const w = world();
  const { terms, elector } = candidate(t, w);
  await settle();
  let lost = 1;
  w.server.fate = (verb) => (verb === 'update' && lost-- > 0 ? 'lostAfter' : undefined);
  await w.clock.advance(30_000);
  assert.deepEqual([terms.length, terms[0]?.lost.aborted, elector.isLeader()], [1, false, true]);
});

test('the age of the Lease counts from when the renewal was sent, not from its response', async (t) => {
  const w = world();
  const { elector } = candidate(t, w);
  await settle();
  w.server.fate = () => ({ requestMs: 0, responseMs: 4_000 });
  await w.clock.advance(6_000);
  assert.equal(elector.leaseAge(), 4_000);
});

test('a renewal without a response times out early enough for another attempt', async (t) => {
  const w = world();
  const { elector, terms } = candidate(t, w);
  await settle();
  let lost = 1;
  w.server.fate = () => (lost-- > 0 ? 'lostBefore' : undefined);
  await w.clock.advance(9_500);
  assert.deepEqual([elector.isLeader(), terms[0]?.lost.aborted], [true, false]);
  assert.equal(w.spec()['renewTime'], '2026-01-01T00:00:09.000000Z');
});

test('a suspended process stops leading when it resumes, without a request', async (t) => {
  const w = world();
  const { elector, terms } = candidate(t, w, { drain: true });
  await settle();
  const before = w.server.requests.length;
  w.clock.freeze(10_000);
  assert.equal(elector.isLeader(), false, 'the write guard needs no timer');
  await w.clock.advance(0);
  assert.deepEqual([terms[0]?.lost.aborted, w.server.requests.length - before], [true, 0]);
});

test('a jump of the wall clock has no effect', async (t) => {
  const w = world();
  const { elector, terms } = candidate(t, w);
  await settle();
  for (const year of [1999, 2050, 2026]) {
    w.clock.setWallClock(Date.UTC(year, 0, 1));
    await w.clock.advance(5_000);
    assert.deepEqual([elector.isLeader(), terms.length], [true, 1]);
  }
});

test('on stop it drains under its Lease, then releases it', async (t) => {
  const w = world();
  const { terms, stop, done, elector, changes } = candidate(t, w, { drain: true });
  await settle();
  stop();
  await w.clock.advance(25_000);
  assert.deepEqual([terms[0]?.lost.aborted, elector.isLeader(), w.spec()['holderIdentity']], [true, true, 'a']);
  await terms[0]?.end();
  await done;
  assert.deepEqual([w.spec()['holderIdentity'], w.spec()['leaseDurationSeconds'], elector.isLeader()], ['', 1, false]);
  assert.ok(parseMicroTime(w.spec()['renewTime']) !== undefined);
  assert.deepEqual(changes, [true, false]);

  const b = candidate(t, w, { identity: 'b' });
  await settle();
  assert.equal(b.terms.length, 1, 'the next candidate does not have to wait');
});

test('a release never overwrites another holder, and its failure is only logged', async (t) => {
  const w = world();
  const { stop, done, logger } = candidate(t, w);
  await settle();
  w.server.write({ ...other, renewTime: time });
  stop();
  await done;
  assert.equal(w.spec()['holderIdentity'], 'other');

  const again = world();
  const { stop: stopAgain, done: doneAgain } = candidate(t, again, { logger });
  await settle();
  again.server.fate = () => ({ refuse: 500 });
  stopAgain();
  await again.clock.advance(5_000);
  await doneAgain;
  assert.equal(logger.lines.at(-1)?.level, 'info');
});

test('a release that the API server stores after 4 s succeeds', async (t) => {
  const w = world();
  const { stop, done } = candidate(t, w);
  await settle();
  w.server.fate = (verb) => (verb === 'update' ? { requestMs: 4_000, responseMs: 0 } : undefined);
  stop();
  await w.clock.advance(4_500);
  assert.equal(w.spec()['holderIdentity'], '');
  await done;
});

test('a release is repeated after a renewal that overtook it', async (t) => {
  const w = world();
  const { stop, done } = candidate(t, w);
  await settle();
  w.server.fate = (verb) => {
    if (verb !== 'update') return undefined;
    w.server.fate = () => undefined;
    w.server.write({ ...w.spec(), renewTime: time });
    return undefined;
  };
  stop();
  await w.clock.advance(1_000);
  await done;
  assert.equal(w.spec()['holderIdentity'], '');
});

test('a release is repeated after a temporary failure, and ends within 5 s', async (t) => {
  const w = world();
  const { stop, done } = candidate(t, w);
  await settle();
  let failures = 3;
  w.server.fate = () => ((failures -= 1) >= 0 ? { refuse: 503 } : undefined);
  stop();
  await w.clock.advance(1_000);
  await done;
  assert.equal(w.spec()['holderIdentity'], '');
});

test('releases a Lease whose acquisition was interrupted by the stop', async (t) => {
  const w = world();
  const { stop, done, terms } = candidate(t, w);
  w.server.fate = (verb) => (verb === 'create' ? 'lostAfter' : undefined);
  await settle();
  assert.equal(w.spec()['holderIdentity'], 'a');
  stop();
  await done;
  assert.deepEqual([w.spec()['holderIdentity'], terms.length], ['', 0]);
});

test('releases a Lease acquired during the stop, without leading', async (t) => {
  const w = world();
  const client = w.server.connect('a');
  let stopNow = (): void => {};
  const create: typeof client.create = async (input) => {
    const stored = await client.create(input);
    stopNow();
    return stored;
  };
  const { stop, done, terms } = candidate(t, w, { client: { ...client, create } });
  stopNow = stop;
  await done;
  assert.deepEqual([w.spec()['holderIdentity'], terms.length], ['', 0]);
});

test('releases the Lease and competes again when the callback fails or returns', async (t) => {
  const w = world();
  const { terms, logger } = candidate(t, w, { drain: true });
  await settle();
  await terms[0]?.end(new Error('a bug'));
  assert.equal(w.spec()['holderIdentity'], '');
  assert.ok(logger.lines.some(({ level, message }) => level === 'error' && message === 'Leader callback failed'));
  await w.clock.advance(2_000);
  assert.equal(terms.length, 2);
  await terms[1]?.end();
  await w.clock.advance(2_000);
  assert.equal(terms.length, 3);
});

test('without permission it logs a warning and never leads', async (t) => {
  const w = world();
  w.server.fate = (verb) => (verb === 'get' ? undefined : { refuse: 403 });
  const { elector, terms, logger } = candidate(t, w);
  await w.clock.advance(10_000);
  assert.deepEqual([elector.hasWritten(), terms.length], [false, 0]);
  assert.ok(
    logger.lines.some(({ level, message }) => level === 'warn' && message === 'Failed to acquire or renew lease'),
  );
});

test('rejects durations that would allow two leaders at the same time', () => {
  const w = world();
  const build = (periods: object) =>
    createElector({
      client: w.server.connect('a'),
      namespace: 'n',
      name: 'l',
      identity: 'a',
      clock: w.clock,
      random: () => 0,
      logger: createMemoryLogger(),
      ...periods,
    });
  assert.throws(() => build({ leaseMs: 10_000 }), /lease duration 10000 ms must exceed renew deadline 10000 ms/);
  assert.throws(() => build({ renewMs: 2_000 }), /must exceed/);
  assert.throws(() => build({ retryMs: 0 }), /must exceed/);
});

test('isStandby holds while the Lease of another candidate has not expired', async (t) => {
  const w = world();
  w.server.write({ ...other, renewTime: time });
  const { elector } = candidate(t, w);
  assert.equal(elector.isStandby(), false, 'nothing was read yet');
  await settle();
  assert.deepEqual([elector.isStandby(), elector.hasWritten()], [true, false]);
  w.server.fate = () => ({ refuse: 403 });
  await w.clock.advance(14_000);
  assert.equal(elector.isStandby(), true);
  await w.clock.advance(2_000);
  assert.deepEqual([elector.isStandby(), elector.hasWritten()], [false, false]);
});

test('isStandby holds while the API server is unreachable', async (t) => {
  const w = world();
  w.server.write({ ...other, renewTime: time });
  const { elector } = candidate(t, w);
  await settle();
  w.server.fate = () => ({ refuse: 503 });
  await w.clock.advance(60_000);
  assert.equal(elector.isStandby(), true, 'it responds with 503');
  w.server.fate = () => 'lostBefore';
  await w.clock.advance(60_000);
  assert.equal(elector.isStandby(), true, 'it does not respond');
  w.server.fate = () => undefined;
  await w.clock.advance(5_000);
  assert.deepEqual([elector.isStandby(), elector.isLeader()], [false, true], 'the Lease has expired meanwhile');
});

test('isStandby does not hold for a leader, nor for a released Lease', async (t) => {
  const w = world();
  w.server.write({ ...other, holderIdentity: '', renewTime: time });
  const { elector } = candidate(t, w);
  await settle();
  assert.deepEqual([elector.isLeader(), elector.isStandby()], [true, false]);
});
