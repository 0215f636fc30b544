import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createMemoryLogger, eventually, settle } from '../../../test/doubles/fakeclock.ts';
import {
  added,
  bookmark,
  deleted,
  drive,
  kindOf,
  list,
  listsAndWatches,
  modified,
  network,
  networks,
  start,
} from '../../../test/doubles/reflection.ts';
import { type Script, sendEvents, sendStatus, statusObject } from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import { systemClock } from '../../clock/clock.ts';
import { createReflector, type ReflectorOutcome } from './reflector.ts';

interface Fault {
  readonly fault: Script;
  readonly outcome: ReflectorOutcome;
  /** Position of the watch after the fault. */
  readonly position: string;
  readonly events?: readonly string[];
}

const firstEvent = ['watch added a@21'];

casesWithContext<Fault>(
  {
    'continues after a reset before the response': {
      fault: (_request, response) => response.destroy(),
      outcome: 'watch_failed',
      position: '20',
    },
    'continues after a reset between two events': {
      fault: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        void settle(20).then(() => response.destroy());
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'continues after a response that ends within an event': {
      fault: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        response.end(JSON.stringify(added(network('b', 22))).slice(0, 40));
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'continues after a line that is not JSON': {
      fault: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        response.write('{"type":\n');
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'continues after an ERROR event other than 410': {
      fault: (_request, response) => {
        const error = { type: 'ERROR', object: statusObject({ code: 500, reason: 'InternalError' }) };
        sendEvents(response, added(network('a', 21)), error, added(network('b', 22)));
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'continues after a 500': {
      fault: (_request, response) => sendStatus(response, { code: 500 }),
      outcome: 'watch_failed',
      position: '20',
    },
    'continues after a 429 without Retry-After': {
      fault: (_request, response) => sendStatus(response, { code: 429 }),
      outcome: 'watch_failed',
      position: '20',
    },
    'continues after a 401': {
      fault: (_request, response) => sendStatus(response, { code: 401 }),
      outcome: 'watch_failed',
      position: '20',
    },
    'continues after a 403, as while permissions change': {
      fault: (_request, response) => sendStatus(response, { code: 403 }),
      outcome: 'watch_failed',
      position: '20',
    },
    'continues after the HTML page of a proxy': {
      fault: (_request, response) => response.end('<html>\n'),
      outcome: 'watch_failed',
      position: '20',
    },
    'backs off after a watch that closes immediately without an event': {
      fault: (_request, response) => response.end(),
      outcome: 'watch_closed',
      position: '20',
    },
  },
  async ({ fault, outcome, position, events: expected = [] }, t) => {
    const { events, outcomes, server, clock } = await start(t, {
      script: listsAndWatches({
        list: (_request, response) => list(response, 20),
        watch: (request, response, count) => {
          if (count === 0) fault(request, response, count);
          else sendEvents(response, added(network('z', 99)));
        },
      }),
    });
    await eventually(() => server.requests.length === 2 || (clock.nextIn ?? 1) === 0, 'the first list');
    await clock.advance(0);
    await eventually(() => outcomes.length === 2, 'the outcome of the fault');
    await settle();
    assert.deepEqual(outcomes, ['listed', outcome]);
    assert.equal(clock.nextIn, 800, 'backs off before the next attempt');
    await drive(clock, () => events.length === expected.length + 1, 'the event of the second watch');
    assert.deepEqual(events, [...expected, 'watch added z@99']);
    assert.equal(
      server.requests.filter((request) => kindOf(request) === 'watch')[1]?.query['resourceVersion'],
      position,
    );
    const probes = outcome === 'watch_closed' ? [] : ['probe'];
    assert.deepEqual(server.requests.map(kindOf), ['list', 'watch', ...probes, 'watch'], 'without a new list');
  },
);

test('list and watch honour Retry-After', async (t) => {
  const { outcomes, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response, count) => {
        if (count === 0) sendStatus(response, { code: 429, headers: { 'retry-after': '10' } });
        else list(response, 20);
      },
      watch: (_request, response, count) => {
        if (count === 0) sendStatus(response, { code: 503, headers: { 'retry-after': '20' } });
        else sendEvents(response);
      },
    }),
  });
  await eventually(() => outcomes.length === 1 && clock.timers === 1, 'the 429');
  assert.equal(clock.nextIn, 10_500, 'Retry-After plus jitter');
  await clock.advance(10_500);
  await eventually(() => outcomes.includes('listed'), 'the list');
  await clock.advance(0);
  await eventually(() => outcomes.includes('watch_failed') && clock.timers === 1, 'the 503');
  assert.equal(clock.nextIn, 21_000);
  await clock.advance(21_000);
  await drive(clock, () => server.requests.map(kindOf).join(' ') === 'list list watch probe watch', 'the second watch');
});

test('backs off up to 30 s while the API server is unreachable, and recovers', async (t) => {
  let unreachable = true;
  const { outcomes, clock, reflector, logger } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => (unreachable ? response.destroy() : list(response, 20, network('a', 1))),
      watch: (_request, response) => sendEvents(response),
    }),
  });
  const pauses: number[] = [];
  for (let failures = 1; failures <= 9; failures += 1) {
    await eventually(() => outcomes.length === failures && clock.timers === 1, `failure ${failures}`);
    pauses.push(clock.nextIn ?? 0);
    await clock.advance(clock.nextIn ?? 0);
  }
  assert.deepEqual(pauses, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  assert.equal(reflector.hasSynced(), false);
  unreachable = false;
  await drive(clock, () => reflector.hasSynced() || clock.nextIn === 30_000, 'the tenth failure');
  await clock.advance(30_000);
  await eventually(() => reflector.hasSynced(), 'the list');
  assert.ok(logger.lines.every(({ message }) => message.length > 0));
});

test('reopens a silent half-open watch from the last position', async (t) => {
  const { events, outcomes, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20),
      // The first watch sends one event and nothing afterwards, although its connection remains open.
      watch: (_request, response, count) => sendEvents(response, added(network('a', 21 + count))),
    }),
  });
  await drive(clock, () => events.length === 1, 'the event of the first watch');
  await clock.advance(179_999);
  await settle();
  assert.equal(server.requests.length, 2);
  await clock.advance(1);
  await drive(clock, () => events.length === 2, 'the event of the second watch');
  assert.deepEqual(outcomes, ['listed', 'watch_silent']);
  assert.deepEqual(server.requests.map(kindOf), ['list', 'watch', 'probe', 'watch']);
  assert.equal(server.requests[3]?.query['resourceVersion'], '21');
});

test('any data keeps the watch alive, even part of a line', async (t) => {
  let stream: ServerResponse | undefined;
  const { events, outcomes, clock, reflector } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20),
      watch: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        stream = response;
      },
    }),
  });
  await drive(clock, () => events.length === 1, 'the first event');
  const bytes = `${JSON.stringify(added(network('b', 22)))}\n`;
  for (const part of [bytes.slice(0, 10), bytes.slice(10, 20), bytes.slice(20)]) {
    await clock.advance(170_000);
    stream?.write(part);
    await eventually(() => reflector.lastSeen() === clock.monotonic(), 'the byte');
  }
  await eventually(() => events.length === 2, 'the second event');
  assert.deepEqual(outcomes, ['listed']);
  await clock.advance(180_000);
  await eventually(() => outcomes.length > 1, 'the inactivity timeout, counted from the last data');
  assert.equal(outcomes[1], 'watch_silent');
});

test('retries a watch without a response after the deadline of the client', async (t) => {
  const { outcomes, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20),
      watch: (_request, response, count) => {
        if (count > 0) sendEvents(response);
      },
    }),
  });
  await drive(clock, () => server.requests.length === 2, 'the watch');
  await clock.advance(30_000);
  await eventually(() => outcomes.length === 2, 'its end');
  assert.deepEqual(outcomes, ['listed', 'watch_failed']);
  await drive(clock, () => server.requests.length === 4, 'the next watch');
});

test('detects an API server restored from a backup at the first reconnect', async (t) => {
  const { events, outcomes, server, reflector, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response, count) => {
        if (count === 0) list(response, 500, network('a', 400), network('b', 450));
        else list(response, 7, network('a', 4));
      },
      probe: (_request, response) => list(response, 7),
      watch: (_request, response, count) => {
        if (count === 0) response.destroy();
        else sendEvents(response, modified(network('a', 8)));
      },
    }),
  });
  await drive(clock, () => events.length === 5, 'the restored history');
  assert.deepEqual(server.requests.map(kindOf), ['list', 'watch', 'probe', 'list', 'watch']);
  assert.deepEqual(events.slice(2), ['relist deleted b@450', 'relist modified a@4', 'watch modified a@8']);
  assert.deepEqual(outcomes, ['listed', 'watch_failed', 'listed']);
  assert.equal(reflector.get('n/a'), 'a@8');
});

test('repeats a failed verification of the position', async (t) => {
  const { events, outcomes, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20),
      probe: (_request, response, count) => {
        if (count < 2) sendStatus(response, { code: 500 });
        else list(response, 20);
      },
      watch: (_request, response, count) => {
        if (count === 0) response.destroy();
        else sendEvents(response, added(network('a', 21)));
      },
    }),
  });
  await drive(clock, () => events.length === 1, 'the event');
  assert.deepEqual(server.requests.map(kindOf), ['list', 'watch', 'probe', 'probe', 'probe', 'watch']);
  assert.deepEqual(outcomes, ['listed', 'watch_failed', 'list_failed', 'list_failed']);
});

test('ignores events that are older than the position', async (t) => {
  const { events, outcomes, reflector, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20, network('a', 20)),
      watch: (_request, response) => {
        const stale = [modified(network('a', 5)), deleted(network('a', 20)), added(network('b', 9)), bookmark(3)];
        sendEvents(response, ...stale, modified(network('a', 100)), modified(network('a', 99)));
      },
    }),
  });
  await drive(clock, () => outcomes.length === 5, 'four stale events');
  assert.deepEqual(events, ['initial added a@20', 'watch modified a@100']);
  assert.deepEqual([...reflector.entries()], [['n/a', 'a@100']]);
});

const future = {
  code: 504,
  reason: 'Timeout',
  message: 'Timeout: Too large resource version: 500, current: 7',
  details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
};

test('relists when the API server rejects the position as a future version for 30 s', async (t) => {
  const { events, outcomes, reflector, server, clock, logger } = await start(t, {
    script: listsAndWatches({
      list: (_request, response, count) => {
        if (count === 0) list(response, 500, network('a', 400), network('b', 450));
        else list(response, 7, network('a', 4));
      },
      watch: (request, response) => {
        if (Number(request.query['resourceVersion']) > 7) sendStatus(response, future);
        else sendEvents(response, modified(network('a', 8)));
      },
    }),
  });
  await drive(clock, () => events.length === 5, 'the restored history');
  assert.ok(clock.monotonic() > 30_000 && clock.monotonic() < 35_000, `relisted after ${clock.monotonic()} ms`);
  assert.equal(server.requests.filter((request) => kindOf(request) === 'list').length, 2);
  assert.deepEqual(events.slice(2), ['relist deleted b@450', 'relist modified a@4', 'watch modified a@8']);
  assert.deepEqual([...reflector.entries()], [['n/a', 'a@8']]);
  assert.equal(new Set(outcomes.slice(1, -1)).size, 1);
  assert.ok(logger.lines.some(({ message }) => message.includes('went backwards')));
});

test('keeps the position when the API server catches up with it within 30 s', async (t) => {
  const { events, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 500),
      watch: (_request, response, count) => {
        if (count < 5) sendStatus(response, future);
        else sendEvents(response, added(network('a', 501)));
      },
    }),
  });
  await drive(clock, () => events.length === 1, 'the event');
  assert.equal(server.requests.filter((request) => kindOf(request) === 'list').length, 1);
});

test('an event restarts the 30 s for a future position', async (t) => {
  const { events, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 500),
      watch: (_request, response, count) => {
        if (count % 3 !== 2) return sendStatus(response, { ...future, headers: { 'retry-after': '12' } });
        sendEvents(response, added(network('a', 501 + count)));
        return response.end();
      },
    }),
  });
  await drive(clock, () => events.length === 4, 'four events');
  assert.ok(clock.monotonic() > 90_000, `${clock.monotonic()} ms`);
  assert.equal(server.requests.filter((request) => kindOf(request) === 'list').length, 1);
});

test('watches that end immediately, each with an event, yield to the event loop', async () => {
  const controller = new AbortController();
  let watches = 0;
  const event = { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } } } as const;
  const reflector = createReflector<string>({
    client: {
      listPage: () => Promise.resolve({ items: [], resourceVersion: '1', continue: undefined }),
      watch: async function* watch() {
        watches += 1;
        if (watches === 10_000) controller.abort();
        yield event as never;
      },
    },
    resource: networks,
    project: () => undefined,
    onEvent: () => {},
    onError: () => {},
    clock: systemClock(),
    random: () => 0.5,
    logger: createMemoryLogger(),
  });
  const done = reflector.run(controller.signal);
  await eventually(() => watches >= 3, 'three watches');
  assert.ok(watches < 1000, `${watches} watches before other callbacks ran`);
  controller.abort();
  await done;
});
