import assert from 'node:assert/strict';
import { connect as connectTcp, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { eventually } from '../../test/doubles/fakeclock.ts';
import {
  type Client,
  certified,
  responseOf,
  reviewText,
  type Serving,
  startClient,
  startServing,
} from '../../test/doubles/webhook-client.ts';
import { casesWithContext } from '../../test/support/cases-with-context.ts';
import { systemClock } from '../clock/clock.ts';
import type { ReviewHandler } from './review.ts';
import { createWebhookServer, type WebhookServerOptions } from './server.ts';

const first = await certified();
const allow: ReviewHandler = () => ({ allowed: true });

interface Fixture extends Serving {
  readonly client: Client;
  /** Asserts that the server still responds. */
  readonly assertAlive: () => Promise<void>;
}

async function serve(
  t: TestContext,
  options: { readonly handler?: ReviewHandler; readonly limits?: NonNullable<WebhookServerOptions['limits']> } = {},
): Promise<Fixture> {
  const { handler = allow, limits = {} } = options;
  const serving = await startServing(t, { routes: { '/test': handler }, limits, pair: first.server });
  const client = startClient({ port: serving.port, ca: first.authority.cert });
  t.after(() => client.close());
  const assertAlive = async (): Promise<void> => {
    const other = startClient({ port: serving.port, ca: first.authority.cert });
    assert.equal(responseOf(await other.post(reviewText('alive')), 'alive')['allowed'], true);
    other.close();
  };
  return { ...serving, client, assertAlive };
}

/** Opens a TLS connection for raw bytes; `all` resolves with all received data when the server closes it. */
async function rawConnection(port: number): Promise<{ readonly socket: TLSSocket; readonly all: Promise<string> }> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: first.authority.cert });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const all = new Promise<string>((resolve) => socket.once('close', () => resolve(Buffer.concat(chunks).toString())));
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return { socket, all };
}

const head = 'POST /test HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

test('responds on a persistent connection and notifies the observer', async (t) => {
  const { client, seen, server } = await serve(t, {
    handler: ({ object }) => ({ allowed: false, code: 403, message: `not ${object?.metadata.name}` }),
  });
  const response = responseOf(await client.post(reviewText('1')), '1');
  assert.deepEqual(response['status'], { status: 'Failure', code: 403, reason: 'Forbidden', message: 'not x' });
  assert.equal((await client.post(reviewText('2'))).reused, true);
  assert.deepEqual(seen, ['/test 200 false', '/test 200 false']);
  assert.equal(server.isServing(), true);
});

test('closes a connection after the maximum number of requests', async (t) => {
  const { client } = await serve(t, { limits: { requestsPerConnection: 3 } });
  const reused: boolean[] = [];
  for (let index = 0; index < 7; index += 1) {
    const reply = await client.post(reviewText(`${index}`));
    responseOf(reply, `${index}`);
    reused.push(reply.reused);
  }
  assert.deepEqual(reused, [false, true, true, false, true, true, false]);
});

test('rejects other methods, paths and content types', async (t) => {
  const { client, seen } = await serve(t);
  const get = await client.post('', { method: 'GET' });
  assert.deepEqual([get.status, get.headers['allow']], [405, 'POST']);
  for (const path of ['/', '/other', '/constructor', '/test/', '//test', '*'])
    assert.equal((await client.post(reviewText('1'), { path })).status, 404, path);
  for (const type of ['application/yaml', 'application/jsonp', ''])
    assert.equal((await client.post(reviewText('1'), { headers: { 'content-type': type } })).status, 415, type);
  const charset = { headers: { 'content-type': 'Application/JSON; charset=utf-8' } };
  assert.equal((await client.post(reviewText('1'), charset)).status, 200);
  assert.deepEqual([...new Set(seen)], ['/test 405 -', 'other 404 -', '/test 415 -', '/test 200 true']);
});

test('responds to unreadable bodies with a line of text, and to invalid requests with a review', async (t) => {
  const { client, assertAlive } = await serve(t);
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'the body is not JSON': '{',
    'the body is not valid UTF-8': Uint8Array.of(0x22, 0xff, 0x22),
    'the body is nested more than 200 levels deep': '['.repeat(100_000),
    'request.uid is missing': reviewText(''),
  };
  for (const [message, body] of Object.entries(bodies)) {
    const reply = await client.post(body);
    assert.deepEqual([reply.status, reply.body], [400, `${message}\n`]);
  }
  const connecting = reviewText('1').replace('"CREATE"', '"CONNECT"').replace('"metadata":{"name":"x"},', '');
  assert.equal(responseOf(await client.post(connecting), '1')['allowed'], true);
  const deleting = reviewText('2')
    .replace('"CREATE"', '"DELETE"')
    .replace(/"object":\{.*\},"oldObject"/, '"object":null,"oldObject"');
  assert.equal(responseOf(await client.post(deleting), '2')['allowed'], true);
  const odd = responseOf(await client.post(reviewText('3').replace('"CREATE"', '"MELT"')), '3');
  assert.equal((odd['status'] as { readonly code: number }).code, 400);
  await assertAlive();
});

test('responds with 500 if a handler throws, and logs the error without returning its message', async (t) => {
  const failures: readonly ReviewHandler[] = [
    () => {
      throw new Error('the secret is 42');
    },
    () => Promise.reject(new Error('the secret is 42')),
    // Not an Error.
    () => Promise.reject(undefined),
  ];
  let index = 0;
  const { client, log, assertAlive } = await serve(t, {
    handler: (request) => (request.uid === 'alive' ? { allowed: true } : (failures[index] ?? allow)(request)),
  });
  for (; index < failures.length; index += 1) {
    const reply = await client.post(reviewText('7'));
    assert.doesNotMatch(reply.body, /secret/);
    assert.equal((responseOf(reply, '7')['status'] as { readonly code: number }).code, 500);
  }
  assert.equal(log.lines.filter((line) => line.level === 'error').length, failures.length);
  await assertAlive();
});

test('responds with 500 if a handler exceeds its timeout', async (t) => {
  const { client } = await serve(t, { handler: () => new Promise(() => undefined), limits: { handlerTimeoutMs: 50 } });
  const { status } = responseOf(await client.post(reviewText('1')), '1') as {
    readonly status: { readonly code: number };
  };
  assert.equal(status.code, 500);
});

test('rejects a body of 8 MiB before reading it completely: with Content-Length, chunked, and after Expect: 100-continue', async (t) => {
  const { client, assertAlive } = await serve(t);
  const large = reviewText('1', 8 * 1024 * 1024);
  const announced = await client.post(large);
  assert.deepEqual([announced.status, announced.body], [413, 'the body is larger than 7340032 bytes\n']);
  const chunked = { headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } };
  assert.equal((await client.post(large, chunked)).status, 413);
  const { socket, all } = await rawConnection((await serve(t)).port);
  socket.write(`${head}Content-Length: 8388608\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
  assert.match(await all, /^HTTP\/1\.1 413 /);
  const fits = responseOf(await client.post(reviewText('2', 6 * 1024 * 1024)), '2');
  assert.equal(fits['allowed'], true);
  await assertAlive();
});

test('replies to an endless body and closes the connection', async (t) => {
  const { port, assertAlive } = await serve(t, { limits: { maxBytes: 1_000_000, timeoutMs: 2_000 } });
  const { socket, all } = await rawConnection(port);
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const pump = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  pump();
  assert.match(await all, /^HTTP\/1\.1 413 /);
  await assertAlive();
});

test('replies to a slow body and closes the connection', async (t) => {
  const { port, assertAlive } = await serve(t, { limits: { timeoutMs: 200 } });
  const { socket, all } = await rawConnection(port);
  socket.write(`${head}Content-Length: 1000\r\n\r\n{`);
  assert.match(await all, /^HTTP\/1\.1 408 [^]*the body was not complete after 200 ms/);
  await assertAlive();
});

test('closes connections with slow or oversized headers', async (t) => {
  const { port, assertAlive } = await serve(t, { limits: { timeoutMs: 200 } });
  const slow = await rawConnection(port);
  slow.socket.write('POST /test HTTP/1.1\r\nHost:');
  assert.match(await slow.all, /^HTTP\/1\.1 408 /);
  const large = await rawConnection(port);
  large.socket.write(`${head}X: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(await large.all, /^HTTP\/1\.1 431 /);
  await assertAlive();
});

test('rejects the largest of the bodies that exceed the total, and no small one', async (t) => {
  const { port, client, assertAlive } = await serve(t, { limits: { maxTotalBytes: 200_000 } });
  const stalled = await Promise.all(Array.from({ length: 4 }, () => rawConnection(port)));
  for (const { socket } of stalled) socket.write(`${head}Content-Length: 300000\r\n\r\n${'x'.repeat(60_000)}`);
  await eventually(() => stalled.every(({ socket }) => socket.bytesWritten >= 60_000), 'the bodies are on their way');
  responseOf(await client.post(reviewText('small', 50_000)), 'small');
  assert.match((await client.post(reviewText('largest', 150_000))).body, /^too many concurrent large requests/);
  const [first_] = stalled;
  assert.ok(first_ !== undefined);
  first_.socket.write('x'.repeat(100_000));
  assert.match(await first_.all, /^HTTP\/1\.1 503 /);
  for (const { socket } of stalled) socket.destroy();
  await assertAlive();
});

test('closes idle connections before their number reaches the limit', async (t) => {
  const { port, assertAlive } = await serve(t, { limits: { maxConnections: 8 } });
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 8; index += 1) {
      const { socket } = await rawConnection(port);
      socket.write(
        `POST /test HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${reviewText('1').length}\r\n\r\n`,
      );
      socket.write(reviewText('1'));
      await new Promise((resolve) => socket.once('data', resolve));
    }
    await assertAlive();
  }
});

casesWithContext<{ readonly open: (port: number) => Promise<Socket> }>(
  {
    'connections that never start TLS keep no client out': {
      open: async (port) => {
        const socket = connectTcp({ port, host: '127.0.0.1' });
        socket.on('error', () => undefined);
        await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
        return socket;
      },
    },
    'connections that never send a request keep no client out': {
      open: async (port) => (await rawConnection(port)).socket,
    },
    'connections with the beginning of a request keep no client out': {
      open: async (port) => {
        const { socket } = await rawConnection(port);
        socket.write(head);
        return socket;
      },
    },
  },
  async ({ open }, t) => {
    const { port, assertAlive } = await serve(t, { limits: { maxConnections: 16 } });
    const sockets: Socket[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (let index = 0; index < 16; index += 1) sockets.push(await open(port));
      await assertAlive();
    }
    for (const socket of sockets) socket.destroy();
  },
);

test('closes the connection soon after a request that is no review', async (t) => {
  const { port } = await serve(t);
  for (const text of [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    `POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`,
  ]) {
    const { socket, all } = await rawConnection(port);
    socket.write(text);
    // A connection that stays open for the usual two minutes exceeds the time limit of the test run.
    assert.match(await all, /^HTTP\/1\.1 4\d\d /);
  }
});

test('TLS 1.2 only offers authenticated encryption', async (t) => {
  const { port } = await serve(t);
  const negotiate = (options: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: first.authority.cert,
        ...options,
      });
      socket.once('secureConnect', () => {
        resolve(socket.getCipher().standardName);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  const old = { maxVersion: 'TLSv1.2', ciphers: 'ALL:@SECLEVEL=0' };
  assert.match(await negotiate(old), /_GCM_|_CHACHA20_/);
  assert.match(await negotiate({}), /^TLS_AES_/);
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-ECDSA-AES128-SHA256'])
    await assert.rejects(negotiate({ maxVersion: 'TLSv1.2', ciphers }), { code: /HANDSHAKE_FAILURE|ALERT/ });
});

test('logs names of requests without control characters and cut to the length of names', async (t) => {
  const handler: ReviewHandler = () => {
    throw new Error('no');
  };
  const { client, log } = await serve(t, { handler });
  const name = `a\nERROR forged \u001b[31m${'x'.repeat(100_000)}`;
  await client.post(reviewText('1').replace('"name":"x","object"', `"name":${JSON.stringify(name)},"object"`));
  const line = JSON.stringify(log.lines.filter(({ level }) => level === 'error'));
  assert.match(line, /a\?ERROR forged \?\[31mxxx/);
  assert.ok(line.length < 2_000, `${line.length} characters`);
});

test('survives CONNECT, upgrades, malformed requests and plain text instead of TLS', async (t) => {
  const { port, assertAlive } = await serve(t);
  const texts: Readonly<Record<string, RegExp>> = {
    'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n': /^HTTP\/1\.1 405 /,
    'GET /test HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n': /^HTTP\/1\.1 405 /,
    'SELECT 1;\r\n\r\n': /^HTTP\/1\.1 400 /,
    'POST /test HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n': /^HTTP\/1\.1 400 /,
    '\0\0\0\0': /^HTTP\/1\.1 400 /,
  };
  for (const [text, reply] of Object.entries(texts)) {
    const { socket, all } = await rawConnection(port);
    socket.write(text);
    assert.match(await all, reply, text);
  }
  for (const bytes of ['GET / HTTP/1.0\r\n\r\n', '\x16\x03\x01\x00\xffgarbage', '']) {
    const socket = connectTcp(port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await assertAlive();
});

test('serves 64 concurrent clients, some of which disconnect early', async (t) => {
  const { port, assertAlive } = await serve(t, {
    handler: async () => (await new Promise(setImmediate), { allowed: true }),
  });
  const client = startClient({ port, ca: first.authority.cert, sockets: 64 });
  t.after(() => client.close());
  const posts = Array.from({ length: 64 }, async (_, index) => {
    if (index % 4 === 0) {
      const { socket } = await rawConnection(port);
      socket.write(`${head}Content-Length: 100000\r\n\r\n{`, () => socket.destroy());
      return;
    }
    responseOf(await client.post(reviewText(`${index}`, 100_000)), `${index}`);
  });
  await Promise.all(posts);
  await assertAlive();
});

test('replies 503 until the first certificate is available', async (t) => {
  const serving = await startServing(t, { routes: { '/test': allow } });
  const client = startClient({ port: serving.port, ca: undefined });
  t.after(() => client.close());
  assert.equal(serving.server.isServing(), false);
  const early = await client.post(reviewText('1'));
  assert.deepEqual([early.status, early.body], [503, 'the webhook has no certificate yet\n']);
  serving.use(first.server);
  assert.equal(serving.server.isServing(), true);
  const trusting = startClient({ port: serving.port, ca: first.authority.cert });
  t.after(() => trusting.close());
  responseOf(await trusting.post(reviewText('2')), '2');
});

test('uses a new certificate for new connections without closing open ones or losing requests', async (t) => {
  const { port, use } = await serve(t);
  const second = await certified();
  const bothAuthorities = `${second.authority.cert}${first.authority.cert}`;
  const standing = startClient({ port, ca: bothAuthorities, sockets: 4 });
  t.after(() => standing.close());
  let done = 0;
  const worker = async (id: number): Promise<void> => {
    for (; done < 400; done += 1) {
      if (done === 200) use(second.server);
      const uid = `${id}-${done}`;
      responseOf(await standing.post(reviewText(uid)), uid);
      if (done % 10 > 0) continue;
      const fresh = startClient({ port, ca: bothAuthorities });
      responseOf(await fresh.post(reviewText(uid)), uid);
      fresh.close();
    }
  };
  await Promise.all([1, 2, 3, 4].map(worker));
  assert.equal((await standing.post(reviewText('x'))).reused, true);
  const old = startClient({ port, ca: first.authority.cert });
  await assert.rejects(old.post(reviewText('1')), { code: /CERT|VERIFY/ });
  const fresh = startClient({ port, ca: second.authority.cert });
  responseOf(await fresh.post(reviewText('2')), '2');
  for (const client of [old, fresh]) client.close();
});

test('retains the previous certificate if the new one is unusable', async (t) => {
  const { use, log, assertAlive } = await serve(t);
  use({ cert: first.server.cert, key: first.authority.key });
  use({ cert: 'x', key: 'y' });
  assert.equal(log.lines.filter((line) => line.level === 'error').length, 2);
  assert.doesNotMatch(JSON.stringify(log.lines), /PRIVATE KEY/);
  await assertAlive();
});

test('close waits for running requests up to the deadline', async (t) => {
  let release = (): void => undefined;
  const asked = new Promise<void>((entered) => {
    release = entered;
  });
  let reply = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    reply = resolve;
  });
  const { client, server, port } = await serve(t, {
    handler: async ({ uid }) => {
      release();
      if (uid === 'held') await held;
      return { allowed: true };
    },
  });
  const running = client.post(reviewText('held'));
  await asked;
  const closing = server.close(10_000);
  assert.equal(server.isServing(), false);
  await assert.rejects(startClient({ port, ca: first.authority.cert }).post(reviewText('late')), {
    code: 'ECONNREFUSED',
  });
  reply();
  const last = await running;
  responseOf(last, 'held');
  assert.equal(last.headers['connection'], 'close');
  await closing;

  const stuck = await serve(t, { handler: () => new Promise(() => undefined) });
  const lost = stuck.client.post(reviewText('1'));
  lost.catch(() => undefined);
  await eventually(() => stuck.server.isServing(), 'it serves');
  await stuck.server.close(20);
  await assert.rejects(lost);
});

test('listen rejects if the port is in use', async (t) => {
  const { port } = await serve(t);
  const certificates = { serving: () => first.server, subscribe: () => () => undefined };
  const log = (await startServing(t, { routes: {} })).log;
  const second = createWebhookServer({ routes: {}, certificates, clock: systemClock(), log, host: '127.0.0.1', port });
  await assert.rejects(second.listen(), { code: 'EADDRINUSE' });
});
