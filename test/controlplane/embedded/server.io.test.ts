/** Features of the in-memory API server only, such as faults and recorded requests. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cases } from '../../support/cases.ts';
import { type Client, createClient, type LineStream } from '../client.ts';
import { eventually } from '../testing.ts';
import { expiredEventLine, type FaultAction, type StreamFault } from './faults.ts';
import { type EmbeddedApiServer, startEmbeddedApiServer } from './server.ts';

const secrets = '/api/v1/namespaces/default/secrets';
const token = 'secret';

let server: EmbeddedApiServer;
let client: Client;
beforeEach(async () => {
  server = await startEmbeddedApiServer([token], { bookmarkIntervalMs: 20 });
  client = createClient({ server: server.url, token });
});
afterEach(async () => {
  await client.close();
  await server.stopListening();
});

async function create(name: string): Promise<number> {
  return (await client.call({ method: 'POST', path: secrets, body: { metadata: { name } } })).status;
}

async function exists(name: string): Promise<boolean> {
  return (await client.call({ path: `${secrets}/${name}` })).status === 200;
}

async function watch(query = ''): Promise<LineStream> {
  return client.lines(`${secrets}?watch=true&resourceVersion=${await version()}${query}`);
}

async function version(): Promise<string> {
  return JSON.parse((await client.call({ path: secrets })).text).metadata.resourceVersion;
}

describe('faults of requests', () => {
  test('replaces one response, including headers', async () => {
    const body = { kind: 'Status', code: 429 };
    const action: FaultAction = { kind: 'response', status: 429, headers: { 'retry-after': '7' }, body };
    const fault = server.faults.add({ method: 'POST', path: /secrets$/, action });
    const reply = await client.call({ method: 'POST', path: secrets, body: { metadata: { name: 'a' } } });
    assert.deepEqual([reply.status, reply.headers['retry-after'], JSON.parse(reply.text)], [429, '7', body]);
    assert.equal(await exists('a'), false);
    assert.equal(await create('a'), 201);
    assert.equal(fault.hits(), 1);
  });

  test('affects only the selected requests', async () => {
    const action: FaultAction = { kind: 'response', status: 500 };
    const fault = server.faults.add({ verb: 'create', nth: 2, times: 2, action });
    const statuses = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      statuses.push(await create(name));
      await exists(name);
    }
    assert.deepEqual([statuses, fault.hits()], [[201, 500, 500, 201], 2]);
  });

  test('applies the first matching fault, and no removed faults', async () => {
    const first = server.faults.add({ times: Infinity, action: { kind: 'response', status: 501 } });
    server.faults.add({ times: Infinity, action: { kind: 'response', status: 502 } });
    assert.equal(await create('a'), 501);
    first.remove();
    assert.equal(await create('a'), 502);
    server.faults.clear();
    assert.equal(await create('a'), 201);
  });

  cases<{ readonly action: FaultAction; readonly written: boolean }>(
    {
      'a connection broken before the write': { action: { kind: 'reset', moment: 'before' }, written: false },
      'a connection broken after the write': { action: { kind: 'reset', moment: 'after' }, written: true },
    },
    async ({ action, written }) => {
      server.faults.add({ method: 'POST', action });
      await assert.rejects(create('a'), /ECONNRESET|other side closed/);
      assert.equal(await exists('a'), written);
    },
  );

  cases<{ readonly action: FaultAction; readonly written: boolean }>(
    {
      'silence before the write': { action: { kind: 'hang', moment: 'before' }, written: false },
      'silence after the write': { action: { kind: 'hang', moment: 'after' }, written: true },
    },
    async ({ action, written }) => {
      const fault = server.faults.add({ method: 'POST', action });
      let responded = false;
      const pending = assert.rejects(async () => {
        await create('a');
        responded = true;
      });
      await eventually('the request arrived', () => fault.hits() === 1);
      assert.deepEqual([await exists('a'), responded], [written, false]);
      await server.stopListening();
      await pending;
      await server.startListening();
    },
  );

  test('a mere delay does not change the response', async () => {
    const fault = server.faults.add({ method: 'POST', delayMs: 50 });
    let responded = false;
    const pending = create('a').then((status) => {
      responded = true;
      return status;
    });
    await eventually('the request arrived', () => fault.hits() === 1);
    assert.deepEqual([await exists('a'), responded], [false, false]);
    assert.equal(await pending, 201);
  });
});

describe('faults of watches', () => {
  interface Row {
    readonly fault: StreamFault;
    /** The names in complete lines, the remainder, and the end of the stream. */
    readonly lines: readonly string[];
    readonly end: 'end' | 'broken' | 'open';
  }
  cases<Row>(
    {
      'ends before the first event': { fault: { afterEvents: 0, afterwards: 'end' }, lines: [], end: 'end' },
      'is reset at once': { fault: { afterEvents: 0, afterwards: 'reset' }, lines: [], end: 'broken' },
      'is cut after one event': { fault: { afterEvents: 1, afterwards: 'cut' }, lines: ['a'], end: 'broken' },
      'ends after two events': { fault: { afterEvents: 2, afterwards: 'end' }, lines: ['a', 'b'], end: 'end' },
      'hangs after one event': { fault: { afterEvents: 1, afterwards: 'hang' }, lines: ['a'], end: 'open' },
      'sends half a line and ends': {
        fault: { afterEvents: 1, write: 'half-line', afterwards: 'end' },
        lines: ['a', 'half'],
        end: 'end',
      },
      'sends half a line and hangs': {
        fault: { afterEvents: 1, write: 'half-line', afterwards: 'hang' },
        lines: ['a'],
        end: 'open',
      },
      'sends half a line and is reset': {
        fault: { afterEvents: 0, write: 'half-line', afterwards: 'reset' },
        lines: [],
        end: 'broken',
      },
      'sends an invalid line and continues': {
        fault: { afterEvents: 1, write: 'garbage\n', afterwards: 'continue' },
        lines: ['a', 'garbage', 'b', 'c'],
        end: 'open',
      },
      'sends an ERROR event with 410 and ends': {
        fault: { afterEvents: 0, write: expiredEventLine(), afterwards: 'end' },
        lines: ['410'],
        end: 'end',
      },
    },
    async ({ fault, lines, end }) => {
      server.faults.add({ verb: 'watch', action: { kind: 'stream', ...fault } });
      const stream = await watch();
      assert.equal(stream.status, 200);
      const seen: string[] = [];
      const reading = read(stream, seen);
      for (const name of ['a', 'b', 'c']) assert.equal(await create(name), 201);
      const outcome = await Promise.race([reading, quiet(seen)]);
      assert.deepEqual([seen, outcome], [lines, end]);
      stream.close();
    },
  );

  test('a hanging watch sends no bookmarks and ignores the timeout', async () => {
    server.faults.add({ verb: 'watch', action: { kind: 'stream', afterEvents: 0, afterwards: 'hang' } });
    const deaf = await watch('&allowWatchBookmarks=true&timeoutSeconds=1');
    const heard = await watch('&allowWatchBookmarks=true&timeoutSeconds=1');
    const seen: string[] = [];
    const pending = read(deaf, seen).catch(() => 'broken');
    while ((await heard.next()) !== undefined);
    assert.deepEqual([seen, server.openWatches()], [[], 1]);
    server.closeWatches('reset');
    assert.equal(await pending, 'broken');
  });

  test('sends bookmarks with the latest version at intervals', async () => {
    const stream = await watch('&allowWatchBookmarks=true');
    await create('a');
    let line = await stream.next();
    while (line !== undefined && !line.includes('BOOKMARK')) line = await stream.next();
    const seen = JSON.parse((await stream.next()) ?? '');
    assert.deepEqual([seen.type, seen.object.metadata.resourceVersion], ['BOOKMARK', await version()]);
    stream.close();
  });

  async function read(stream: LineStream, seen: string[]): Promise<'end' | 'broken'> {
    try {
      for (let line = await stream.next(); line !== undefined; line = await stream.next()) seen.push(shorten(line));
      return 'end';
    } catch {
      return 'broken';
    }
  }

  function shorten(line: string): string {
    if (line.includes('"code":410')) return '410';
    return /"name":"(\w)".*\}\}$/.exec(line)?.[1] ?? (line.startsWith('{') ? 'half' : line);
  }

  /** Resolves after a period without new lines. */
  async function quiet(seen: readonly string[]): Promise<'open'> {
    for (let before = -1; before !== seen.length; ) {
      before = seen.length;
      await sleep(150);
    }
    return 'open';
  }
});

describe('control', () => {
  test('records requests in order with verb and resource', async () => {
    server.clearRequests();
    await create('a');
    await client.call({
      method: 'PATCH',
      path: `${secrets}/a`,
      body: { data: {} },
      contentType: 'application/merge-patch+json',
    });
    const [first, second, ...more] = server.requests();
    assert.equal(more.length, 0);
    assert.deepEqual(
      [first?.verb, first?.resource, first?.namespace, first?.name, first?.contentType, first?.bodyBytes],
      ['create', 'secrets', 'default', '', 'application/json', '{"metadata":{"name":"a"}}'.length],
    );
    assert.deepEqual([second?.verb, second?.name, second?.body], ['patch', 'a', '{"data":{}}']);
    assert.match(server.metrics(), /apiserver_request_total\{code="201",.*resource="secrets".*verb="POST".*\} 1/);
  });

  test('revokes and restores a token', async () => {
    server.setToken(token, false);
    assert.equal(await create('a'), 401);
    server.setToken(token, true);
    assert.equal(await create('a'), 201);
  });

  test('accepts requests without a token only if anonymous requests are allowed, and never a wrong token', async (t) => {
    const open = await startEmbeddedApiServer([token], { allowAnonymous: true });
    t.after(() => open.stopListening());
    const status = async ({ url }: EmbeddedApiServer, authorization?: string): Promise<number> =>
      (await fetch(`${url}${secrets}`, authorization === undefined ? {} : { headers: { authorization } })).status;
    assert.deepEqual(
      [
        await status(open),
        await status(open, `Bearer ${token}`),
        await status(open, 'Bearer wrong'),
        await status(server),
      ],
      [200, 200, 401, 401],
    );
  });

  test('a restart breaks watches and retains data and port', async () => {
    await create('a');
    const stream = await watch();
    await server.stopListening();
    await assert.rejects(async () => stream.next());
    await assert.rejects(create('b'), /ECONNREFUSED/);
    await server.startListening();
    assert.equal(await exists('a'), true);
    assert.equal(server.openWatches(), 0);
  });

  test('ends watches gracefully and no longer counts them', async () => {
    const stream = await watch();
    await eventually('the watch is open', () => server.openWatches() === 1);
    server.closeWatches('end');
    assert.equal(await stream.next(), undefined);
    await eventually('the watch is closed', () => server.openWatches() === 0);
  });

  test('discovery lists built-in and custom resources', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'things', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
      },
    };
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    assert.equal((await client.call({ path: '/apis/example.com/v1' })).status, 404);
    assert.equal((await client.call({ method: 'POST', path: definitions, body: definition })).status, 201);
    const names = async (path: string): Promise<readonly string[]> =>
      JSON.parse((await client.call({ path })).text).resources.map((entry: { name: string }) => entry.name);
    assert.deepEqual(await names('/apis/example.com/v1'), ['things', 'things/status']);
    assert.ok((await names('/api/v1')).includes('secrets'));
    const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' } };
    assert.equal((await client.call({ method: 'POST', path: '/apis/example.com/v1/things', body: thing })).status, 201);
    assert.equal((await client.call({ method: 'DELETE', path: `${definitions}/things.example.com` })).status, 200);
    assert.equal((await client.call({ path: '/apis/example.com/v1/things' })).status, 404);
  });
});
