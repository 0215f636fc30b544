import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { eventually } from '../../../test/doubles/fakeclock.ts';
import {
  added,
  bookmark,
  deleted,
  drive,
  kindOf,
  list,
  listKind,
  listsAndWatches,
  modified,
  network,
  start,
} from '../../../test/doubles/reflection.ts';
import { type Script, sendEvents, sendJson, sendStatus, statusObject } from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import type { KubeObject } from '../../gardener/objects.ts';

test('lists in pages, then watches from the resourceVersion of the list with bookmarks and a random timeout', async (t) => {
  let stream: ServerResponse | undefined;
  const { events, server, reflector, clock } = await start(t, {
    pageSize: 2,
    namespace: 'n',
    labelSelector: 'a=b',
    script: listsAndWatches({
      list: ({ query }, response) => {
        const first = query['continue'] === undefined;
        const metadata = { resourceVersion: '30', continue: first ? 'page2' : '' };
        sendJson(response, {
          ...listKind,
          metadata,
          items: first ? [network('a', 10), network('b', 11)] : [network('c', 12)],
        });
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
  await drive(clock, () => server.requests.length === 5, 'the next watch');
  assert.deepEqual(server.requests.slice(3).map(kindOf), ['probe', 'watch']);
  assert.equal(server.requests[4]?.query['resourceVersion'], '33', 'continues from the last event');
});

test('a bookmark advances the position without an event', async (t) => {
  const { events, server, clock } = await start(t, {
    script: listsAndWatches({
      list: (_request, response) => list(response, 5),
      watch: (_request, response, count) => {
        sendEvents(response, bookmark(100 + count));
        if (count < 2) response.end();
      },
    }),
  });
  await drive(clock, () => server.requests.length === 6, 'three watches');
  assert.deepEqual(events, []);
  assert.deepEqual(
    server.requests.filter((request) => kindOf(request) === 'watch').map(({ query }) => query['resourceVersion']),
    ['5', '100', '101'],
  );
});

interface Expired {
  readonly expire: (response: ServerResponse) => void;
}

casesWithContext<Expired>(
  {
    '410 as an HTTP response': { expire: (response) => sendStatus(response, { code: 410, reason: 'Expired' }) },
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
    assert.equal(clock.monotonic(), 0, 'relists immediately, since the position had advanced');
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

test('backs off when the watch expires right after each list (kubernetes#133810)', async (t) => {
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

test('a list restarts when its continue token expires, and discards the pages of the first attempt', async (t) => {
  const { events, reflector, clock } = await start(t, {
    script: listsAndWatches({
      list: ({ query }, response, count) => {
        const metadata = { resourceVersion: '9', continue: query['continue'] === undefined ? 'x' : '' };
        if (count === 0) sendJson(response, { ...listKind, metadata, items: [network('old', 1)] });
        else if (count === 1) sendStatus(response, { code: 410, reason: 'Expired' });
        else if (count === 2) sendJson(response, { ...listKind, metadata, items: [network('a', 2)] });
        else sendJson(response, { ...listKind, metadata, items: [network('b', 3)] });
      },
      watch: (_request, response) => sendEvents(response),
    }),
  });
  await drive(clock, () => reflector.hasSynced(), 'the list');
  assert.deepEqual(events, ['initial added a@2', 'initial added b@3']);
});

test('redelivers the newest event of a key until the handler succeeds', async (t) => {
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
  assert.ok(reflector.hasSynced(), 'other keys are not affected');
  if (stream !== undefined) sendEvents(stream, modified(network('a', 21)));
  await eventually(() => reflector.get('n/a') === 'a@21', 'the event');
  broken = false;
  await drive(clock, () => passed.length === 3, 'the redelivery');
  assert.deepEqual(passed, ['good@2', 'b@3', 'a@21']);
  await clock.advance(60_000);
  assert.equal(passed.length, 3, 'delivered once');

  broken = true;
  const before = errors.length;
  if (stream !== undefined) sendEvents(stream, modified(network('a', 22)));
  await eventually(() => errors.length === before + 1, 'the next error');
  assert.equal(clock.nextIn, 1000, 'the back-off starts again at its base');
});

test('reports exceptions of project and retains the last good projection; undefined excludes an object', async (t) => {
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

test('stops when its signal aborts before the run, during a list, during a watch and during a back-off', async (t) => {
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
    assert.ok(outcomes.length === before || stage === 'pause', 'an abort does not count as a failure');
    await reflector.run(controller.signal);
  }
});
