import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { createFakeClock, createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { cases } from '../../test/support/cases.ts';
import { metricsRoute, type Route } from './endpoints.ts';
import { createMetrics } from './metrics/metrics.ts';
import { systemProbe } from './metrics/process.ts';
import { servePlain } from './server.ts';

const page: Route = (path) => {
  if (path === '/broken') throw new Error('secret reason');
  return path === '/page' ? { status: 200, contentType: 'text/plain', body: 'é\n' } : undefined;
};

async function start(t: TestContext, host?: string) {
  const log = createMemoryLogger();
  const server = await servePlain({ name: 'health', address: { host, port: 0 }, route: page, log });
  t.after(() => server.close());
  return { ...server, log };
}

/** Returns the response to these bytes until the server closes the connection. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

test('GET returns the page, HEAD only its length', async (t) => {
  const { port } = await start(t);
  const got = await fetch(`http://127.0.0.1:${port}/page?verbose=1`);
  assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [200, 'text/plain', 'é\n']);
  const head = await fetch(`http://127.0.0.1:${port}/page`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '3', '']);
});

cases<{ readonly path?: string; readonly init?: RequestInit; readonly status: number; readonly body: string }>(
  {
    'an unknown page is not found': { path: '/pages', status: 404, body: 'not found\n' },
    'a page that fails is an internal error without its reason': {
      path: '/broken',
      status: 500,
      body: 'internal error, see the log\n',
    },
    'another method is not allowed': { init: { method: 'POST' }, status: 405, body: 'only GET and HEAD are allowed\n' },
    'another method with a body is not allowed': {
      init: { method: 'PUT', body: 'x'.repeat(100_000) },
      status: 405,
      body: 'only GET and HEAD are allowed\n',
    },
  },
  async ({ path = '/page', init = {}, status, body }) => {
    const log = createMemoryLogger();
    const server = await servePlain({ name: 'health', address: { host: '127.0.0.1', port: 0 }, route: page, log });
    try {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
      assert.deepEqual([response.status, await response.text()], [status, body]);
      if (status === 405) assert.equal(response.headers.get('allow'), 'GET, HEAD');
    } finally {
      await server.close();
    }
  },
);

cases<{ readonly bytes: string; readonly status: string }>(
  {
    'bytes that are not HTTP are rejected': { bytes: '\u0000\u0001\r\n\r\n', status: '400' },
    'a head that is too large is rejected': {
      bytes: `GET /page HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      status: '400',
    },
    'a path that is too long is rejected': {
      bytes: `GET /${'y'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
      status: '400',
    },
    'a GET with a body is rejected': {
      bytes: 'GET /page HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc',
      status: '413',
    },
    'a GET with chunks is rejected': {
      bytes: 'GET /page HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
      status: '413',
    },
    'a request with two lengths is rejected': {
      bytes: 'GET /page HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na',
      status: '400',
    },
    'a malformed path is not found': {
      bytes: 'GET http://[:::/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      status: '404',
    },
    'a CONNECT gets no response': { bytes: 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', status: '' },
    'an upgrade is ignored': {
      bytes: 'GET /page HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      status: '200',
    },
  },
  async ({ bytes, status }) => {
    const log = createMemoryLogger();
    const server = await servePlain({ name: 'health', address: { host: '127.0.0.1', port: 0 }, route: page, log });
    try {
      assert.equal(/^HTTP\/1\.1 (\d+)/.exec(await raw(server.port, bytes))?.[1] ?? '', status);
      const after = await fetch(`http://127.0.0.1:${server.port}/page`);
      assert.equal(after.status, 200, 'the server still responds');
    } finally {
      await server.close();
    }
  },
);

test('connections that are reset at any point do not crash the server', async (t) => {
  const { port } = await start(t);
  for (const bytes of ['', 'GET /pa', 'GET /page HTTP/1.1\r\nhost: a\r\n\r\n']) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    socket.resetAndDestroy();
    await once(socket, 'close');
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/page`)).status, 200);
});

test('close closes idle connections', async () => {
  const log = createMemoryLogger();
  const server = await servePlain({ name: 'health', address: { host: '127.0.0.1', port: 0 }, route: page, log });
  const idle = connect(server.port, '127.0.0.1');
  idle.on('error', () => undefined);
  await once(idle, 'connect');
  const closed = once(idle, 'close');
  await Promise.all([server.close(), closed]);
});

test('the metrics of a process are served at /metrics', async (t) => {
  const log = createMemoryLogger();
  const clock = createFakeClock();
  const metrics = createMetrics({
    command: 'controller',
    clock,
    log,
    version: '1',
    types: ['calico'],
    rules: {},
    probe: systemProbe(),
  });
  const address = { host: '127.0.0.1', port: 0 };
  const server = await servePlain({ name: 'metrics', address, route: metricsRoute(metrics), log });
  t.after(() => server.close());
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await response.text(), /^process_resident_memory_bytes [1-9]\d+$/m);
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/`)).status, 404);
});

test('a port in use is an error with server, address and cause', async (t) => {
  const { port } = await start(t);
  const log = createMemoryLogger();
  await assert.rejects(servePlain({ name: 'metrics', address: { host: '127.0.0.1', port }, route: page, log }), {
    message: `the server for metrics cannot listen on 127.0.0.1:${port}: the port is in use`,
  });
});

test('an address of another machine is an error', async () => {
  const log = createMemoryLogger();
  await assert.rejects(servePlain({ name: 'metrics', address: { host: '192.0.2.1', port: 0 }, route: page, log }), {
    message: 'the server for metrics cannot listen on 192.0.2.1:0: the address is not available on this machine',
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test('the server listens on IPv6', { skip: !hasIPv6 && 'this machine has no ::1' }, async (t) => {
  const { port } = await start(t, '::1');
  assert.equal((await fetch(`http://[::1]:${port}/page`)).status, 200);
  const everywhere = await start(t, undefined);
  for (const host of ['[::1]', '127.0.0.1'])
    assert.equal((await fetch(`http://${host}:${everywhere.port}/page`)).status, 200, host);
});

test('idle connections do not keep a probe out', async (t) => {
  const { port } = await start(t);
  for (let index = 0; index < 100; index += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.write('GET /page HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
  }
  assert.match(await raw(port, 'GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /);
});
