import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { eventually, settle } from '../../../test/doubles/fakeclock.ts';
import {
  connect,
  type Script,
  sendEvents,
  sendJson,
  sendStatus,
  startServer,
  statusObject,
} from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import type { ListInput } from './client.ts';
import { ApiError, isAborted, isConflict, isNotFound, NetworkError } from './errors.ts';

const networks = { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'networks', namespaced: true };
const key = { resource: networks, namespace: 'shoot--a--b', name: 'b' };
const collection = '/apis/extensions.gardener.cloud/v1alpha1/namespaces/shoot--a--b/networks';

const listKind = { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'NetworkList' };

function network(name: string, resourceVersion = '7') {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { namespace: 'shoot--a--b', name, resourceVersion },
  };
}

/** Responds to every request with the object in its path or body, or a Status to a deletion. */
const echo: Script = ({ method, body }, response) => {
  if (method === 'DELETE') sendJson(response, { apiVersion: 'v1', kind: 'Status', status: 'Success' });
  else sendJson(response, body === '' ? network('b') : JSON.parse(body));
};

test('each operation sends the verb, path, query and content type that the API server expects', async (t) => {
  const server = await startServer(t, echo);
  const { client } = connect(t, server);

  await client.get({ ...key, metadataOnly: true });
  await client.create({ resource: networks, object: network('b'), fieldManager: 'netext' });
  await client.replace({ resource: networks, object: network('b'), dryRun: true });
  await client.mergePatch({ ...key, patch: { ...network('b'), status: { x: null } }, subresource: 'status' });
  await client.delete({ ...key, preconditions: { uid: 'u' }, propagationPolicy: 'Foreground' });
  const metadataOnly = true;
  await client.create({ resource: networks, object: network('b'), metadataOnly });
  await client.mergePatch({ ...key, patch: network('b'), metadataOnly });
  for (let count = 0; count < 10; count += 1) await client.delete(key);

  const sent = server.requests
    .slice(0, 7)
    .map((r) => [r.method, r.path, r.query, r.headers['content-type'], r.headers.accept]);
  const json = 'application/json';
  assert.deepEqual(sent, [
    ['GET', `${collection}/b`, {}, undefined, `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`],
    ['POST', collection, { fieldManager: 'netext' }, json, json],
    ['PUT', `${collection}/b`, { dryRun: 'All' }, json, json],
    ['PATCH', `${collection}/b/status`, {}, 'application/merge-patch+json', json],
    ['DELETE', `${collection}/b`, {}, json, json],
    ['POST', collection, {}, json, `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`],
    [
      'PATCH',
      `${collection}/b`,
      {},
      'application/merge-patch+json',
      `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`,
    ],
  ]);
  assert.equal(server.requests[0]?.headers['user-agent'], 'netext/test');
  assert.deepEqual(JSON.parse(server.requests[3]?.body ?? ''), { ...network('b'), status: { x: null } });
  assert.deepEqual(JSON.parse(server.requests[4]?.body ?? ''), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: 'u' },
    propagationPolicy: 'Foreground',
  });
  // undici opens a second connection if the first response has only just been read.
  assert.ok(server.connections <= 2, `${server.connections} connections for calls one after the other`);
});

test('an error response becomes an ApiError with reason, details and target, without the request body', async (t) => {
  const server = await startServer(t, (_request, response) =>
    sendStatus(response, {
      code: 409,
      reason: 'Conflict',
      message: 'the object has been modified',
      details: { name: 'b' },
    }),
  );
  const { client } = connect(t, server);
  const refused = client.replace({ resource: networks, object: { ...network('b'), secret: 'hunter2' } });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof ApiError && isConflict(error));
    assert.equal(error.message, `update ${collection}/b: the object has been modified (409)`);
    assert.deepEqual([error.reason, error.details, error.verb], ['Conflict', { name: 'b' }, 'update']);
    assert.ok(!JSON.stringify(error).includes('hunter2'));
    return true;
  });
});

test('find returns undefined for a missing object; its error differs from that of a missing CRD', async (t) => {
  const server = await startServer(t, (_request, response, count) => {
    const details = { name: 'b', group: networks.group, kind: 'networks' };
    if (count === 0) sendStatus(response, { code: 404, reason: 'NotFound', details });
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
  });
  const { client } = connect(t, server);
  assert.equal(await client.find(key), undefined);
  await assert.rejects(client.find(key), (error) => error instanceof ApiError && !isNotFound(error));
});

test('does not follow redirects', async (t) => {
  const elsewhere = await startServer(t, echo);
  const server = await startServer(t, (_request, response) =>
    response.writeHead(302, { location: `${elsewhere.url}/stolen` }).end(),
  );
  const { client } = connect(t, server, { config: { token: { data: 'secret-token' } } });
  await assert.rejects(client.get(key), (error) => error instanceof ApiError && error.code === 302);
  assert.equal(elsewhere.requests.length, 0);
});

interface RetryCase {
  readonly verb: 'get' | 'patch';
  /** Responses before the successful one: a code, or 'cut' for a broken connection. */
  readonly failures: readonly (number | 'cut')[];
  readonly headers?: Record<string, string>;
  readonly expect: { readonly requests: number; readonly code?: number; readonly network?: string };
}

casesWithContext<RetryCase>(
  {
    'retries a read after 503': { verb: 'get', failures: [503, 503], expect: { requests: 3 } },
    'retries a read after a broken connection': {
      verb: 'get',
      failures: ['cut', 'cut'],
      expect: { requests: 3 },
    },
    'retries a read after 429 without Retry-After': { verb: 'get', failures: [429], expect: { requests: 2 } },
    'returns the last error of a read after five retries': {
      verb: 'get',
      failures: Array.from({ length: 9 }, () => 500),
      expect: { requests: 6, code: 500 },
    },
    'does not retry a read after 403': { verb: 'get', failures: [403], expect: { requests: 1, code: 403 } },
    'retries a write after 429 with Retry-After, since it was not executed': {
      verb: 'patch',
      failures: [429, 429],
      headers: { 'retry-after': '1' },
      expect: { requests: 3 },
    },
    'does not retry a write after 429 without Retry-After': {
      verb: 'patch',
      failures: [429],
      expect: { requests: 1, code: 429 },
    },
    'does not retry a write after 503, even with Retry-After': {
      verb: 'patch',
      failures: [503],
      headers: { 'retry-after': '1' },
      expect: { requests: 1, code: 503 },
    },
    'does not retry a write after a broken connection, since it may have been executed': {
      verb: 'patch',
      failures: ['cut'],
      expect: { requests: 1, network: 'Connection' },
    },
    'returns the error if Retry-After exceeds the deadline': {
      verb: 'get',
      failures: [429],
      headers: { 'retry-after': '60' },
      expect: { requests: 1, code: 429 },
    },
  },
  async ({ verb, failures, headers, expect }, t) => {
    const server = await startServer(t, (_request, response, count) => {
      const failure = failures[count];
      if (failure === undefined) sendJson(response, network('b'));
      else if (failure === 'cut') response.destroy();
      else sendStatus(response, { code: failure, ...(headers && { headers }) });
    });
    const codes: number[] = [];
    const { client, clock } = connect(t, server, { onRequest: ({ code }) => codes.push(code) });
    let settled = false;
    const outcome = attempt(() => (verb === 'get' ? client.get(key) : client.mergePatch({ ...key, patch: {} })));
    const done = outcome.finally(() => {
      settled = true;
    });
    const until = performance.now() + 10_000;
    while (performance.now() < until) {
      await settle();
      if (settled) break;
      // Fires back-off timers only; the deadline is 30 s away.
      if (server.requests.length === codes.length && (clock.nextIn ?? 30_000) < 15_000)
        await clock.advance(clock.nextIn ?? 0);
    }
    await done;
    assert.deepEqual({ requests: server.requests.length, ...(await outcome) }, expect);
    assert.equal(codes.length, expect.requests, 'every request was reported to onRequest');
    assert.equal(clock.timers, 0, 'no timer remains');
  },
);

async function attempt(call: () => Promise<unknown>): Promise<{ readonly code?: number; readonly network?: string }> {
  try {
    await call();
    return {};
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code };
    assert.ok(error instanceof NetworkError);
    return { network: error.reason };
  }
}

test('honours Retry-After in seconds and as a date', async (t) => {
  const asDate = (now: number) => new Date(now + 5000).toUTCString();
  const server = await startServer(t, (_request, response, count) => {
    if (count === 0) sendStatus(response, { code: 429, headers: { 'retry-after': '3' } });
    else if (count === 1) sendStatus(response, { code: 503, headers: { 'retry-after': asDate(clock.now()) } });
    else sendJson(response, network('b'));
  });
  const { client, clock } = connect(t, server, { random: () => 0 });
  const done = client.get(key);
  await eventually(() => clock.timers === 2, 'waiting after the 429');
  await clock.advance(2999);
  assert.equal(server.requests.length, 1);
  await clock.advance(1);
  await eventually(() => server.requests.length === 2 && clock.timers === 2, 'waiting after the 503');
  assert.equal(clock.nextIn, 5000);
  await clock.advance(5000);
  await done;
});

test('a call without a response ends at the deadline, and its connection is not reused', async (t) => {
  const server = await startServer(t, (_request, response, count) => {
    if (count !== 1) sendJson(response, network('b'));
  });
  const { client, clock, logger } = connect(t, server);
  await client.get(key);
  const silent = client.mergePatch({ ...key, patch: {}, timeoutMs: 5000 });
  await eventually(() => server.requests.length === 2, 'the second request');
  void clock.advance(5000);
  await assert.rejects(silent, (error) => {
    assert.ok(error instanceof NetworkError);
    assert.equal(error.reason, 'Timeout');
    assert.equal(error.message, `patch ${collection}/b: no complete response within 5000 ms`);
    return true;
  });
  await client.get(key);
  const [first, second, third] = server.requests.map(({ port }) => port);
  assert.ok(third !== first && third !== second, 'connections opened before the timeout are not reused');
  assert.equal(logger.lines[0]?.message, 'Request got no response in time, using new connections');
});

test('the caller can abort a call before and during its request', async (t) => {
  const server = await startServer(t, () => {});
  const { client, clock } = connect(t, server);
  const controller = new AbortController();
  const running = client.get({ ...key, signal: controller.signal });
  await eventually(() => server.requests.length === 1, 'the request');
  controller.abort(new Error('shutting down'));
  await assert.rejects(running, isAborted);
  await assert.rejects(client.get({ ...key, signal: controller.signal }), isAborted);
  assert.equal(server.requests.length, 1);
  assert.equal(clock.timers, 0);
});

test('a call that is aborted while it waits for a connection is not sent', async (t) => {
  const server = await startServer(t, () => {});
  const { client } = connect(t, server, { transport: { maxConnections: 1 } });
  const first = client.get(key);
  first.catch(() => {});
  await eventually(() => server.requests.length === 1, 'the first request');
  const controller = new AbortController();
  const second = client.mergePatch({ ...key, patch: {}, signal: controller.signal });
  await settle();
  controller.abort();
  await assert.rejects(second, isAborted);
  server.cut();
  await settle(20);
  assert.deepEqual(
    server.requests.filter(({ method }) => method === 'PATCH'),
    [],
  );
});

test('rejects a response above the maximum size without buffering it', async (t) => {
  const server = await startServer(t, (_request, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  const { client } = connect(t, server, { maxResponseBytes: 1024 * 1024 });
  await assert.rejects(client.get(key), (error) => error instanceof NetworkError && error.reason === 'Unusable');
});

test('rejects a response that is not JSON or not an object, without quoting it', async (t) => {
  const server = await startServer(t, (_request, response, count) =>
    response.end(count === 0 ? '{"token":hunter2' : '[1]'),
  );
  const { client } = connect(t, server);
  const check = (error: unknown) => error instanceof NetworkError && !error.message.includes('hunter2');
  await assert.rejects(client.get(key), check);
  await assert.rejects(client.get(key), check);
});

test('assertMayWrite prevents writes immediately before they are sent, and never reads', async (t) => {
  const server = await startServer(t, (_request, response, count) => {
    if (count === 1) sendStatus(response, { code: 429, headers: { 'retry-after': '1' } });
    else echo(_request, response, count);
  });
  let leading = true;
  const assertMayWrite = () => {
    if (!leading) throw new Error('not the leader any more');
  };
  const { client, clock } = connect(t, server, { assertMayWrite });
  await client.mergePatch({ ...key, patch: network('b') });
  const retried = client.mergePatch({ ...key, patch: network('b') });
  await eventually(() => server.requests.length === 2 && clock.timers === 2, 'waiting for the retry');
  leading = false;
  void clock.advance(1100);
  await assert.rejects(retried, /not the leader any more/);
  await assert.rejects(client.delete(key), /not the leader any more/);
  await client.get(key);
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ['PATCH', 'PATCH', 'GET'],
  );
});

test('list reads all pages and starts again when a continue token expires', async (t) => {
  const server = await startServer(t, ({ query }, response, count) => {
    const page = (items: readonly string[], token = '') =>
      sendJson(response, {
        ...listKind,
        metadata: { resourceVersion: '9', continue: token },
        items: items.map((name) => network(name)),
      });
    if (count === 1) sendStatus(response, { code: 410, reason: 'Expired' });
    else if (query['continue'] === 'c1') page(['c']);
    else page(['a', 'b'], 'c1');
  });
  const { client } = connect(t, server);
  const input: ListInput = { resource: networks, labelSelector: 'a=b', pageSize: 2 };
  const { items, resourceVersion } = await client.list(input);
  assert.deepEqual([items.map(({ metadata }) => metadata.name), resourceVersion], [['a', 'b', 'c'], '9']);
  const limited = { labelSelector: 'a=b', limit: '2' };
  assert.deepEqual(
    server.requests.map(({ query }) => query),
    [limited, { ...limited, continue: 'c1' }, limited, { ...limited, continue: 'c1' }],
  );
  assert.equal(server.requests[0]?.path, '/apis/extensions.gardener.cloud/v1alpha1/networks');
});

test('list disables paging in the third attempt if tokens keep expiring', async (t) => {
  const server = await startServer(t, ({ query }, response) => {
    if ('continue' in query) sendStatus(response, { code: 410, reason: 'Expired' });
    else {
      const metadata = { resourceVersion: '9', continue: 'limit' in query ? 'x' : '' };
      sendJson(response, { ...listKind, metadata, items: null });
    }
  });
  const { client } = connect(t, server);
  assert.deepEqual(await client.list({ resource: networks }), { items: [], resourceVersion: '9', continue: undefined });
  assert.deepEqual(
    server.requests.map(({ query }) => query['limit']),
    ['500', '500', '500', '500', undefined],
  );
});

test('a watch decodes events from chunks split within lines and UTF-8 sequences', async (t) => {
  const events = ['ä€🦄', 'b', 'c'].map((name, index) => ({ type: 'MODIFIED', object: network(name, String(index)) }));
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const server = await startServer(t, (_request, response) => {
    response.writeHead(200).flushHeaders();
    dribble(response, bytes, 200).catch(assert.ifError);
  });
  const { client } = connect(t, server);
  const seen: unknown[] = [];
  let chunks = 0;
  const input = { resource: networks, resourceVersion: '5', timeoutSeconds: 250, onBytes: () => chunks++ };
  for await (const event of client.watch(input)) seen.push(event);
  assert.deepEqual(seen, events);
  assert.ok(chunks > 50, `the bytes came in ${chunks} chunks`);
  assert.deepEqual(server.requests[0]?.query, {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '5',
    timeoutSeconds: '250',
  });
});

/** Splits off the first bytes one by one; the rest remains one chunk. */
async function dribble(response: ServerResponse, bytes: Buffer, slowly: number): Promise<void> {
  for (const byte of bytes.subarray(0, slowly)) {
    response.write(Buffer.of(byte));
    await settle(1);
  }
  response.end(bytes.subarray(slowly));
}

const good = `${JSON.stringify({ type: 'ADDED', object: network('a') })}\n`;

interface BadWatch {
  readonly text: string;
  readonly expect: RegExp;
}

casesWithContext<BadWatch>(
  {
    'a watch fails on a truncated event': {
      text: `${good}{"type":"ADD`,
      expect: /ended within an event, after 12 bytes/,
    },
    'a watch fails on a complete event without a newline': { text: good + good.trim(), expect: /within an event/ },
    'a watch fails on a line that is not JSON': {
      text: `${good}{"secret":hunter2}\n`,
      expect: /not JSON \(SyntaxError\)$/,
    },
    'a watch fails on an unknown event type': {
      text: `${good}${JSON.stringify({ type: 'X', object: {} })}\n`,
      expect: /event of type X/,
    },
    'a watch fails on an event without an object': { text: `${good}{"type":"ADDED"}\n`, expect: /event of type ADDED/ },
    'a watch fails on a line above the maximum size': {
      text: `${good}"${'x'.repeat(3000)}`,
      expect: /more than 2048 bytes/,
    },
    'a watch fails on an ERROR event of any code': {
      text: `${good}${JSON.stringify({ type: 'ERROR', object: statusObject({ code: 500, reason: 'InternalError' }) })}\n${good}`,
      expect: /status 500 \(500\)$/,
    },
  },
  async ({ text, expect }, t) => {
    const server = await startServer(t, (_request, response) => response.end(text));
    const { client } = connect(t, server, { maxResponseBytes: 2048 });
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { object } of client.watch({ resource: networks, resourceVersion: '5' })) {
        seen.push(object.metadata.name);
      }
    };
    await assert.rejects(read(), expect);
    assert.deepEqual(seen, ['a'], 'events before the error are yielded');
  },
);

test('a rejected watch throws its Status as an ApiError; a watch without a response ends at the deadline', async (t) => {
  const server = await startServer(t, (_request, response, count) => {
    if (count === 0) sendStatus(response, { code: 410, reason: 'Expired', message: 'too old resource version' });
  });
  const { client, clock } = connect(t, server);
  await assert.rejects(client.watch({ resource: networks, resourceVersion: '5' }).next(), /too old.*\(410\)$/);
  const silent = client.watch({ resource: networks, resourceVersion: '5' }).next();
  await eventually(() => server.requests.length === 2, 'the second watch');
  void clock.advance(30_000);
  await assert.rejects(silent, (error) => error instanceof NetworkError && error.reason === 'Timeout');
});

test('an open watch has no deadline, and its connection closes when the reader leaves', async (t) => {
  let closed = false;
  const server = await startServer(t, (_request, response) => {
    response.on('close', () => {
      closed = true;
    });
    sendEvents(response, { type: 'ADDED', object: network('a') });
  });
  const { client, clock } = connect(t, server);
  const events = client.watch({ resource: networks, resourceVersion: '5' });
  assert.equal((await events.next()).value?.object.metadata.name, 'a');
  await clock.advance(600_000);
  assert.equal(closed, false);
  await events.return(undefined);
  await eventually(() => closed, 'the server saw the end');
});

test('a watch pauses the socket while its reader is slow', async (t) => {
  const line = `${JSON.stringify({ type: 'ADDED', object: { ...network('a'), data: 'x'.repeat(64 * 1024) } })}\n`;
  let written = 0;
  const server = await startServer(t, (_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      for (let room = true; room && !response.destroyed; written += 1) room = response.write(line);
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  const { client } = connect(t, server);
  const events = client.watch({ resource: networks, resourceVersion: '5' });
  await events.next();
  await settle(500);
  const ahead = written;
  await settle(500);
  assert.ok(ahead < 2000, `${ahead} events of 64 KiB were taken from the server ahead of the reader`);
  for (let read = 0; read < ahead + 10; read += 1) await events.next();
  assert.ok(written > ahead, 'and resumes with the reader');
  await events.return(undefined);
});
