import assert from 'node:assert/strict';
import type { LineStream } from '../client.ts';
import { isObject, type JsonObject, objectAt } from '../embedded/objects.ts';
import {
  assertStatus,
  type Behaviours,
  listNames,
  mergePatch,
  meta,
  network,
  networkStatus,
  readVersion,
  type World,
} from './world.ts';

/** WATCH: its start, events and end. */
export const watches: Behaviours = {
  'reports the events of an object, each with its version': async (world) => {
    const { expect, networks } = world;
    const stream = await watch(world, readVersion(await expect(200, { path: networks })));
    const created = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const send = { method: 'PATCH', path: `${networks}/a`, contentType: mergePatch } as const;
    const patched = await expect(200, { ...send, body: { metadata: { labels: { a: 'b' } } } });
    await expect(200, { ...send, body: { metadata: { labels: { a: 'b' } } } });
    const status = await expect(200, {
      ...send,
      path: `${networks}/a/status`,
      body: { status: networkStatus('Error') },
    });
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    const events = await take(stream, 4);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'],
    );
    assert.deepEqual(
      events.slice(0, 3).map(({ object }) => object),
      [created, patched, status],
    );
    const versions = events.map(({ object }) => Number(readVersion(object)));
    assert.ok(
      versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0)),
      String(versions),
    );
    assert.deepEqual(events[3]?.object['status'], status['status']);
    stream.close();
  },
  'resumes after the given version': async (world) => {
    const { expect, networks } = world;
    const first = await expect(201, { method: 'POST', path: networks, body: network('a') });
    const second = await expect(201, { method: 'POST', path: networks, body: network('b') });
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    const stream = await watch(world, readVersion(first));
    const events = await take(stream, 2);
    assert.deepEqual(
      events.map(({ type, object }) => [type, meta(object)['name']]),
      [
        ['ADDED', 'b'],
        ['DELETED', 'a'],
      ],
    );
    assert.deepEqual(events[0]?.object, second);
    stream.close();
  },
  'starts with the existing objects without a version': async (world) => {
    const { expect, networks } = world;
    for (const name of ['a', 'b']) await expect(201, { method: 'POST', path: networks, body: network(name) });
    const stream = await watch(world, '');
    const present = await take(stream, 2);
    assert.deepEqual(
      new Set(present.map(({ type, object }) => `${type} ${String(meta(object)['name'])}`)),
      new Set(['ADDED a', 'ADDED b']),
    );
    await expect(201, { method: 'POST', path: networks, body: network('c') });
    assert.equal(meta((await take(stream, 1))[0]?.object ?? {})['name'], 'c');
    stream.close();
  },
  'watches only the namespace of the path': async (world) => {
    const { expect, networks } = world;
    const start = readVersion(await expect(200, { path: networks }));
    const elsewhere = '/apis/extensions.gardener.cloud/v1alpha1/namespaces/default/networks';
    await expect(201, { method: 'POST', path: elsewhere, body: network(world.namespace) });
    await expect(201, { method: 'POST', path: networks, body: network('here') });
    const stream = await watch(world, start);
    assert.equal(meta((await take(stream, 1))[0]?.object ?? {})['name'], 'here');
    stream.close();
  },
  'reports objects that enter and leave a selector as ADDED and DELETED': async (world) => {
    const { expect, networks } = world;
    const start = readVersion(await expect(200, { path: networks }));
    const stream = await watch(world, start, 'labelSelector=in%3Dyes');
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const label = async (value: string | null): Promise<JsonObject> =>
      expect(200, {
        method: 'PATCH',
        path: `${networks}/a`,
        contentType: mergePatch,
        body: { metadata: { labels: { in: value } } },
      });
    const entered = await label('yes');
    const left = await label(null);
    const events = await take(stream, 2);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'DELETED'],
    );
    assert.deepEqual(events[0]?.object, entered);
    const gone = events[1]?.object ?? {};
    assert.deepEqual([meta(gone)['labels'], readVersion(gone)], [{ in: 'yes' }, readVersion(left)]);
    stream.close();
  },
  'reports a deletion with finalizers as one MODIFIED per step and one DELETED': async (world) => {
    const { expect, networks } = world;
    const body = network('a', { metadata: { finalizers: ['example.com/a'] } });
    const stream = await watch(world, readVersion(await expect(201, { method: 'POST', path: networks, body })));
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    await expect(200, {
      method: 'PATCH',
      path: `${networks}/a`,
      contentType: mergePatch,
      body: { metadata: { finalizers: null } },
    });
    await expect(201, { method: 'POST', path: networks, body: network('b') });
    const events = await take(stream, 3);
    assert.deepEqual(
      events.map(({ type, object }) => [type, meta(object)['name']]),
      [
        ['MODIFIED', 'a'],
        ['DELETED', 'a'],
        ['ADDED', 'b'],
      ],
    );
    assert.notEqual(meta(events[1]?.object ?? {})['deletionTimestamp'], undefined);
    stream.close();
  },
  'ends the stream gracefully after timeoutSeconds, with a final bookmark': async (world) => {
    const { expect, networks } = world;
    const start = readVersion(await expect(200, { path: networks }));
    const stream = await watch(world, start, 'timeoutSeconds=5&allowWatchBookmarks=true');
    await expect(201, { method: 'POST', path: networks, body: network('a') });
    const events = await readToEnd(stream);
    const types = events.map(({ type }) => type);
    assert.equal(types[0], 'ADDED');
    assert.ok(types.length > 1 && types.slice(1).every((type) => type === 'BOOKMARK'), types.join());
    const bookmark = events.at(-1)?.object ?? {};
    assert.deepEqual([bookmark['kind'], bookmark['apiVersion']], ['Network', 'extensions.gardener.cloud/v1alpha1']);
    assert.ok(Number(readVersion(bookmark)) >= Number(readVersion(events[0]?.object)));
  },
  'sends bookmarks only on request': async (world) => {
    const start = readVersion(await world.expect(200, { path: world.networks }));
    assert.deepEqual(await readToEnd(await watch(world, start, 'timeoutSeconds=3')), []);
  },
  'sends an ERROR event with 410 for a compacted version and ends': async (world) => {
    const events = await readToEnd(await watch(world, '1'));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ERROR'],
    );
    assertStatus(events[0]?.object ?? {}, { code: 410, reason: 'Expired' });
  },
  'waits for a future version without reporting earlier events': async (world) => {
    const stream = await watch(world, '999999999999', 'timeoutSeconds=1');
    await world.expect(201, { method: 'POST', path: world.networks, body: network('a') });
    assert.deepEqual(await readToEnd(stream), []);
  },
  'rejects an invalid version': async ({ expect, networks }) => {
    await expect(500, { path: `${networks}?watch=true&resourceVersion=abc` });
  },
};

/** Behaviours after compaction; they run separately, because a real API server restarts for it. */
export const forgotten: Behaviours = {
  'returns 410 for older versions and continue tokens, and serves the current state': async (world) => {
    const { expect, networks, controlPlane, served } = world;
    for (const name of ['a', 'b', 'c']) await expect(201, { method: 'POST', path: networks, body: network(name) });
    const page = await expect(200, { path: `${networks}?limit=1` });
    await expect(201, { method: 'POST', path: networks, body: network('d') });
    await controlPlane.forgetHistory();
    await served();
    const next = `${networks}?limit=1&continue=${encodeURIComponent(String(meta(page)['continue']))}`;
    const expired = await expect(410, { path: next });
    assertStatus(expired, { code: 410, reason: 'Expired' });
    const rest = `${networks}?continue=${encodeURIComponent(String(meta(expired)['continue']))}`;
    assert.deepEqual(listNames(await expect(200, { path: rest })), ['b', 'c', 'd']);
    const exact = `${networks}?resourceVersion=${readVersion(page)}&resourceVersionMatch=Exact`;
    assertStatus(await expect(410, { path: exact }), { code: 410, reason: 'Expired' });
    const events = await readToEnd(await watch(world, readVersion(page)));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ERROR'],
    );
    assertStatus(events[0]?.object ?? {}, { code: 410, reason: 'Expired' });
    const now = await expect(200, { path: networks });
    const stream = await watch(world, readVersion(now));
    await expect(200, { method: 'DELETE', path: `${networks}/a` });
    assert.equal((await take(stream, 1))[0]?.type, 'DELETED');
    stream.close();
  },
};

interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

async function watch(world: World, resourceVersion: string, query = ''): Promise<LineStream> {
  const stream = await world.client.lines(`${world.networks}?watch=true&resourceVersion=${resourceVersion}&${query}`);
  assert.equal(stream.status, 200);
  return stream;
}

async function take(stream: LineStream, count: number): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  while (events.length < count) {
    const line = await stream.next();
    assert.ok(line !== undefined, `the stream ended after ${events.length} of ${count} events`);
    events.push(parse(line));
  }
  return events;
}

async function readToEnd(stream: LineStream): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for (let line = await stream.next(); line !== undefined; line = await stream.next()) events.push(parse(line));
  return events;
}

function parse(line: string): WatchEvent {
  const event: unknown = JSON.parse(line);
  assert.ok(isObject(event) && typeof event['type'] === 'string', line);
  return { type: event['type'], object: objectAt(event, 'object') };
}
