import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { KubeObject } from '../gardener/objects.ts';
import { systemClock } from './clock.ts';
import { createReflector, type ReflectorEvent, type ReflectorOptions, type ReflectorOutcome } from './reflector.ts';
import { createMemoryLogger, eventually, settle } from './testing/fakeclock.ts';
import { connect, type Script, sendEvents, sendJson, sendStatus, startServer, statusObject } from './testing/server.ts';
import { casesWithContext } from './testing/table.ts';

const networks = { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'networks', namespaced: true };

function network(name: string, resourceVersion: number, extra: { readonly uid?: string; readonly type?: string } = {}) {
  const { uid = name, type = 'calico' } = extra;
  const metadata = { namespace: 'n', name, uid, resourceVersion: String(resourceVersion) };
  return { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'Network', metadata, spec: { type } };
}

const added = (object: object) => ({ type: 'ADDED', object });
const modified = (object: object) => ({ type: 'MODIFIED', object });
const deleted = (object: object) => ({ type: 'DELETED', object });
const bookmark = (resourceVersion: number) => ({
  type: 'BOOKMARK',
  object: { kind: 'Network', apiVersion: 'x/v1', metadata: { resourceVersion: String(resourceVersion) } },
});
const list = (response: ServerResponse, resourceVersion: number, ...items: readonly object[]) =>
  sendJson(response, { metadata: { resourceVersion: String(resourceVersion) }, items });
const isWatch: (request: { readonly query: Readonly<Record<string, string>> }) => boolean = ({ query }) =>
  query['watch'] === 'true';

interface Running {
  readonly events: readonly string[];
  readonly outcomes: readonly ReflectorOutcome[];
  readonly errors: readonly unknown[];
}

/** Scripts for lists and watches are told apart; `count` counts each on its own. */
function listsAndWatches(scripts: { readonly list: Script; readonly watch: Script }): Script {
  const counts = { list: 0, watch: 0 };
  return (request, response) => {
    const kind = isWatch(request) ? 'watch' : 'list';
    scripts[kind](request, response, counts[kind]++);
  };
}

type Override = Partial<ReflectorOptions<string>> & { readonly script: Script };

async function start(t: TestContext, { script, ...override }: Override) {
  const server = await startServer(t, script);
  const { client, clock, logger } = connect(t, server);
  const events: string[] = [];
  const outcomes: ReflectorOutcome[] = [];
  const errors: unknown[] = [];
  const reflector = createReflector<string>({
    client,
    resource: networks,
    project: (object) => `${object.metadata.name}@${object.metadata.resourceVersion}`,
    onEvent: ({ type, object, source }: ReflectorEvent<string>) => {
      events.push(`${source} ${type} ${object}`);
    },
    onError: (error) => errors.push(error),
    onOutcome: (outcome) => outcomes.push(outcome),
    clock,
    logger,
    random: () => 0.5,
    ...override,
  });
  const controller = new AbortController();
  let ended = false;
  const done = reflector.run(controller.signal).finally(() => {
    ended = true;
  });
  t.after(async () => {
    assert.equal(ended, controller.signal.aborted, 'a reflector ends only by its signal');
    controller.abort();
    await done;
    assert.equal(clock.timers, 0, 'a reflector leaves no timers behind');
  });
  const running: Running = { events, outcomes, errors };
  return { ...running, server, reflector, clock, logger, controller, done };
}

/** Runs back-off timers (never the watchdog or deadlines) until the condition holds. */
async function drive(clock: Awaited<ReturnType<typeof start>>['clock'], condition: () => boolean, what: string) {
  for (let turn = 0; turn < 500 && !condition(); turn += 1) {
    await settle(2);
    if (clock.nextIn !== undefined && clock.nextIn < 29_000) await clock.advance(clock.nextIn);
  }
  assert.ok(condition(), `did not happen: ${what}`);
}

test('LIST in pages, then WATCH from its resourceVersion with bookmarks and a random timeout', async (t) => {
  let stream: ServerResponse | undefined;
  const { events, server, reflector, clock } = await start(t, {
    pageSize: 2,
    namespace: 'n',
    labelSelector: 'a=b',
    script: listsAndWatches({
      list: ({ query }, response) => {
        const first = query['continue'] === undefined;
        const metadata = { resourceVersion: '30', continue: first ? 'page2' : '' };
        sendJson(response, { metadata, items: first ? [network('a', 10), network('b', 11)] : [network('c', 12)] });
      },
      watch: (_request, response) => {
        stream = response;
        sendEvents(response, modified(network('a', 31)), deleted(network('b', 32)), added(network('d', 33)));
      },
    }),
  });
  assert.equal(reflector.hasSynced(), false);
  assert.equal(reflector.lastSeen(), undefined);
  await drive(clock, () => events.length === 6, 'six events');
  assert.deepEqual(events, [
    'initial added a@10',
    'initial added b@11',
    'initial added c@12',
    'watch modified a@31',
    'watch deleted b@32',
    'watch added d@33',
  ]);
  assert.deepEqual(
    [...reflector.entries()],
    [
      ['n/a', 'a@31'],
      ['n/c', 'c@12'],
      ['n/d', 'd@33'],
    ],
  );
  assert.deepEqual([reflector.get('n/c'), reflector.get('n/b'), reflector.size], ['c@12', undefined, 3]);
  assert.ok(reflector.hasSynced());
  assert.equal(reflector.lastSeen(), clock.monotonic());

  const path = '/apis/extensions.gardener.cloud/v1alpha1/namespaces/n/networks';
  const selected = { labelSelector: 'a=b' };
  const watched = { ...selected, watch: 'true', allowWatchBookmarks: 'true' };
  assert.deepEqual(
    server.requests.map((request) => [request.path, request.query]),
    [
      [path, { ...selected, limit: '2' }],
      [path, { ...selected, limit: '2', continue: 'page2' }],
      [path, { ...watched, resourceVersion: '30', timeoutSeconds: '265' }],
    ],
  );
  stream?.end();
  await drive(clock, () => server.requests.length === 4, 'the next watch');
  assert.equal(server.requests[3]?.query['resourceVersion'], '33', 'it goes on from the last event');
});

test('a bookmark moves the position without an event', async (t) => {
  const { events, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 5),
      watch: (_request, response, count) => {
        sendEvents(response, bookmark(100 + count));
        if (count < 2) response.end();
      },
    }),
  });
  await drive(clock, () => server.requests.length === 4, 'three watches');
  assert.deepEqual(events, []);
  assert.deepEqual(
    server.requests.slice(1).map(({ query }) => query['resourceVersion']),
    ['5', '100', '101'],
  );
});

interface Expired {
  readonly expire: (response: ServerResponse) => void;
}

casesWithContext<Expired>(
  {
    '410 as an HTTP answer': { expire: (response) => sendStatus(response, { code: 410, reason: 'Expired' }) },
    '410 as an ERROR event': {
      expire: (response) =>
        sendEvents(response, { type: 'ERROR', object: statusObject({ code: 410, reason: 'Expired' }) }, added({})),
    },
    '410 as an ERROR event without a reason': {
      expire: (response) => sendEvents(response, { type: 'ERROR', object: statusObject({ code: 410 }) }),
    },
  },
  async ({ expire }, t) => {
    const { events, outcomes, reflector, clock } = await start(t, {
      script: listsAndWatches({
        list: (_request, response, count) => {
          if (count === 0)
            list(response, 20, network('same', 1), network('changed', 2), network('gone', 3), network('new-uid', 4));
          else
            list(
              response,
              50,
              network('same', 1),
              network('changed', 30),
              network('new', 40),
              network('new-uid', 41, { uid: 'other' }),
            );
        },
        watch: (_request, response, count) => {
          if (count === 0) {
            sendEvents(response, bookmark(21));
            response.end();
          } else if (count === 1) expire(response);
          else sendEvents(response, modified(network('changed', 51)));
        },
      }),
    });
    await drive(clock, () => events.length === 10, 'the second list and an event after it');
    assert.equal(clock.monotonic(), 0, 'the list follows at once: the position was good before');
    assert.deepEqual(events.slice(4), [
      'relist deleted gone@3',
      'relist deleted new-uid@4',
      'relist modified changed@30',
      'relist added new@40',
      'relist added new-uid@41',
      'watch modified changed@51',
    ]);
    assert.deepEqual(outcomes, ['listed', 'watch_closed', 'watch_expired', 'listed']);
    assert.equal(reflector.size, 4);
  },
);

test('410 right after each list is no tight loop (kubernetes#133810)', async (t) => {
  const { server, clock } = await start(t, {
    random: () => 0.4,
    script: listsAndWatches({
      list: (_request, response) => list(response, 5),
      watch: (_request, response, count) => {
        if (count === 0) sendEvents(response, bookmark(6), { type: 'ERROR', object: statusObject({ code: 410 }) });
        else sendStatus(response, { code: 410, reason: 'Expired' });
      },
    }),
  });
  await drive(clock, () => server.requests.length >= 20, 'ten lists');
  assert.ok(clock.monotonic() > 90_000, `ten lists in ${clock.monotonic()} ms`);
});

test('a list whose continue token expires begins again, and nothing of the first attempt stays', async (t) => {
  const { events, reflector, clock } = await start(t, {
    script: listsAndWatches({
      list: ({ query }, response, count) => {
        const metadata = { resourceVersion: '9', continue: query['continue'] === undefined ? 'x' : '' };
        if (count === 0) sendJson(response, { metadata, items: [network('old', 1)] });
        else if (count === 1) sendStatus(response, { code: 410, reason: 'Expired' });
        else if (count === 2) sendJson(response, { metadata, items: [network('a', 2)] });
        else sendJson(response, { metadata, items: [network('b', 3)] });
      },
      watch: (_request, response) => sendEvents(response),
    }),
  });
  await drive(clock, () => reflector.hasSynced(), 'the list');
  assert.deepEqual(events, ['initial added a@2', 'initial added b@3']);
});

interface Trouble {
  readonly trouble: Script;
  readonly outcome: ReflectorOutcome;
  /** Position of the watch after the trouble. */
  readonly position: string;
  readonly events?: readonly string[];
}

const firstEvent = ['watch added a@21'];

casesWithContext<Trouble>(
  {
    'a reset before the answer': {
      trouble: (_request, response) => response.destroy(),
      outcome: 'watch_failed',
      position: '20',
    },
    'a reset in the middle': {
      trouble: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        void settle(20).then(() => response.destroy());
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'a half line at the end': {
      trouble: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        response.end(JSON.stringify(added(network('b', 22))).slice(0, 40));
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'a line that is not JSON': {
      trouble: (_request, response) => {
        sendEvents(response, added(network('a', 21)));
        response.write('{"type":\n');
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    'an ERROR event that is not about expiry': {
      trouble: (_request, response) => {
        const error = { type: 'ERROR', object: statusObject({ code: 500, reason: 'InternalError' }) };
        sendEvents(response, added(network('a', 21)), error, added(network('b', 22)));
      },
      outcome: 'watch_failed',
      position: '21',
      events: firstEvent,
    },
    '500': {
      trouble: (_request, response) => sendStatus(response, { code: 500 }),
      outcome: 'watch_failed',
      position: '20',
    },
    '429 without Retry-After': {
      trouble: (_request, response) => sendStatus(response, { code: 429 }),
      outcome: 'watch_failed',
      position: '20',
    },
    '401': {
      trouble: (_request, response) => sendStatus(response, { code: 401 }),
      outcome: 'watch_failed',
      position: '20',
    },
    '403, permissions being changed': {
      trouble: (_request, response) => sendStatus(response, { code: 403 }),
      outcome: 'watch_failed',
      position: '20',
    },
    'the page of a proxy': {
      trouble: (_request, response) => response.end('<html>\n'),
      outcome: 'watch_failed',
      position: '20',
    },
    'a close at once, without an event': {
      trouble: (_request, response) => response.end(),
      outcome: 'watch_closed',
      position: '20',
    },
  },
  async ({ trouble, outcome, position, events: expected = [] }, t) => {
    const { events, outcomes, server, clock } = await start(t, {
      script: listsAndWatches({
        list: (_request, response) => list(response, 20),
        watch: (request, response, count) => {
          if (count === 0) trouble(request, response, count);
          else sendEvents(response, added(network('z', 99)));
        },
      }),
    });
    await eventually(() => server.requests.length === 2 || (clock.nextIn ?? 1) === 0, 'the first list');
    await clock.advance(0);
    await eventually(() => outcomes.length === 2, 'the trouble');
    await settle();
    assert.deepEqual(outcomes, ['listed', outcome]);
    assert.equal(clock.nextIn, 800, 'it waits before the next attempt');
    await drive(clock, () => events.length === expected.length + 1, 'the event of the second watch');
    assert.deepEqual(events, [...expected, 'watch added z@99']);
    assert.equal(server.requests.filter(isWatch)[1]?.query['resourceVersion'], position);
    assert.equal(server.requests.length, 3, 'without a new list');
  },
);

test('Retry-After is honoured by watch and list', async (t) => {
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
  assert.equal(clock.nextIn, 10_500, 'what was asked for and a little jitter');
  await clock.advance(10_500);
  await eventually(() => outcomes.includes('listed'), 'the list');
  await clock.advance(0);
  await eventually(() => outcomes.includes('watch_failed') && clock.timers === 1, 'the 503');
  assert.equal(clock.nextIn, 21_000);
  await clock.advance(21_000);
  await eventually(() => server.requests.length === 4, 'the second watch');
});

test('a server that stays away is asked with growing pauses, 30 s and jitter at most, and found again', async (t) => {
  let away = true;
  const { outcomes, clock, reflector, logger } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => (away ? response.destroy() : list(response, 20, network('a', 1))),
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
  away = false;
  await drive(clock, () => reflector.hasSynced() || clock.nextIn === 30_000, 'the tenth failure');
  await clock.advance(30_000);
  await eventually(() => reflector.hasSynced(), 'the list');
  assert.ok(logger.lines.every(({ message }) => message.length > 0));
});

test('a half-open watch is noticed by its silence and opened again from the last position', async (t) => {
  const { events, outcomes, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 20),
      // The first one sends an event, and then nothing any more although its connection stays open.
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
  assert.deepEqual(
    server.requests.map(({ query }) => query['resourceVersion']),
    [undefined, '20', '21'],
  );
});

test('each byte keeps the watch alive, half lines too', async (t) => {
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
  await eventually(() => outcomes.length > 1, 'the end of patience, counted from the last byte');
  assert.equal(outcomes[1], 'watch_silent');
});

test('a watch that is never answered ends at the deadline of the client and is tried again', async (t) => {
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
  await drive(clock, () => server.requests.length === 3, 'the next watch');
});

test('events that are older than the position are ignored: the store never goes back in time', async (t) => {
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

test('a position of the future is kept for 30 s, then the history of the API server is believed', async (t) => {
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
  assert.ok(clock.monotonic() > 30_000 && clock.monotonic() < 35_000, `believed after ${clock.monotonic()} ms`);
  assert.equal(server.requests.filter((request) => !isWatch(request)).length, 2);
  assert.deepEqual(events.slice(2), ['relist deleted b@450', 'relist modified a@4', 'watch modified a@8']);
  assert.deepEqual([...reflector.entries()], [['n/a', 'a@8']]);
  assert.equal(new Set(outcomes.slice(1, -1)).size, 1);
  assert.ok(logger.lines.some(({ message }) => message.includes('older history')));
});

test('a position of the future that the API server catches up with needs no list', async (t) => {
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
  assert.equal(server.requests.filter((request) => !isWatch(request)).length, 1);
});

test('the patience with a position of the future begins anew after each event', async (t) => {
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
  assert.equal(server.requests.filter((request) => !isWatch(request)).length, 1);
});

test('watches that end at once, each with an event, leave the event loop its turns', async () => {
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
  assert.ok(watches < 1000, `${watches} watches before anything else could run`);
  controller.abort();
  await done;
});

test('a handler that throws loses nothing: the newest event of the key is delivered until it passes', async (t) => {
  let broken = true;
  const passed: string[] = [];
  let stream: ServerResponse | undefined;
  const { errors, reflector, clock } = await start(t, {
    onEvent: ({ key, object }) => {
      if (broken && key !== 'n/good') throw new Error(`no room for ${key}`);
      passed.push(object);
    },
    script: listsAndWatches({
      list: (_request, response) => list(response, 20, network('a', 1), network('good', 2), network('b', 3)),
      watch: (_request, response) => {
        stream = response;
        sendEvents(response);
      },
    }),
  });
  await drive(clock, () => errors.length >= 2 && stream !== undefined, 'two errors');
  assert.deepEqual(passed, ['good@2']);
  assert.ok(reflector.hasSynced(), 'the others go on');
  if (stream !== undefined) sendEvents(stream, modified(network('a', 21)));
  await eventually(() => reflector.get('n/a') === 'a@21', 'the event');
  broken = false;
  await drive(clock, () => passed.length === 3, 'the redelivery');
  assert.deepEqual(passed, ['good@2', 'b@3', 'a@21']);
  await clock.advance(60_000);
  assert.equal(passed.length, 3, 'once');

  broken = true;
  const before = errors.length;
  if (stream !== undefined) sendEvents(stream, modified(network('a', 22)));
  await eventually(() => errors.length === before + 1, 'the next error');
  assert.equal(clock.nextIn, 1000, 'the first pause of a new failure is short');
});

test('a project that throws keeps the last good projection and is reported; undefined leaves an object out', async (t) => {
  const { events, errors, reflector, clock } = await start(t, {
    project: ({ metadata, ...object }: KubeObject) => {
      const type = JSON.stringify(object['spec']);
      if (type.includes('broken')) throw new Error(`cannot read ${metadata.name}`);
      return type.includes('foreign') ? undefined : `${metadata.name}@${metadata.resourceVersion}`;
    },
    script: listsAndWatches({
      list: (_request, response, count) => {
        const before = [
          network('a', 1),
          network('b', 2),
          network('x', 3, { type: 'foreign' }),
          network('y', 4, { type: 'broken' }),
        ];
        if (count === 0) list(response, 20, ...before);
        else list(response, 30, network('a', 28, { type: 'broken' }), network('b', 29, { type: 'foreign' }));
      },
      watch: (_request, response, count) => {
        if (count === 0) {
          const broken = { type: 'broken' };
          const error = { type: 'ERROR', object: statusObject({ code: 410 }) };
          sendEvents(
            response,
            modified(network('a', 21, broken)),
            modified(network('x', 22)),
            deleted(network('x', 23, broken)),
            error,
          );
        } else sendEvents(response, modified(network('a', 31, { type: 'foreign' })));
      },
    }),
  });
  await drive(clock, () => reflector.size === 0 && events.length === 7, 'everything');
  assert.deepEqual(events, [
    'initial added a@1',
    'initial added b@2',
    'watch added x@22',
    'watch deleted x@22',
    'relist deleted b@2',
    'relist modified a@1',
    'watch deleted a@1',
  ]);
  assert.equal(errors.length, 4);
});

test('it ends when its signal aborts: before, during a list, a watch and a pause', async (t) => {
  const stages: Record<string, Script> = {
    list: () => {},
    watch: listsAndWatches({
      list: (_r, response) => list(response, 20),
      watch: (_r, response) => sendEvents(response),
    }),
    pause: (_request, response) => sendStatus(response, { code: 500 }),
  };
  for (const [stage, script] of Object.entries(stages)) {
    const onEvent = () => {
      throw new Error('a retry is due');
    };
    const { controller, done, server, clock, reflector, outcomes } = await start(t, { script, onEvent });
    await eventually(() => server.requests.length > 0, 'a request');
    await eventually(() => stage !== 'watch' || outcomes.length === 1, 'the list');
    await clock.advance(0);
    const before = outcomes.length;
    const waited = reflector.waitForSync(controller.signal);
    controller.abort();
    await done;
    assert.equal(await waited, reflector.hasSynced());
    assert.equal(clock.timers, 0);
    assert.ok(outcomes.length === before || stage === 'pause', 'an abort is no failure');
    await reflector.run(controller.signal);
  }
});
