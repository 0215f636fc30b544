import assert from 'node:assert/strict';
import { rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createConnection, createServer as createTcpServer, type Socket } from 'node:net';
import path from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { test } from 'node:test';
import { createAuthority, temporaryFolder } from '../../../test/doubles/certificates.ts';
import { eventually, settle } from '../../../test/doubles/fakeclock.ts';
import { connect, type Script, sendEvents, sendJson, sendStatus, startServer } from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import { isAborted, isUnauthorized, NetworkError } from '../client/errors.ts';

const secrets = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const key = { resource: secrets, namespace: 'n', name: 's' };
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'n', name: 's', resourceVersion: '1' } };
const ok: Script = (_request, response) => sendJson(response, secret);

/** Responds 401 to all other tokens. */
function guarded(accepted: Set<string>): Script {
  return (request, response, count) => {
    if (accepted.has(request.headers.authorization ?? '')) ok(request, response, count);
    else sendStatus(response, { code: 401, reason: 'Unauthorized' });
  };
}

test('reads a token file again only when its mtime changes', async (t) => {
  const file = path.join(temporaryFolder(t), 'token');
  writeFileSync(file, 'first\n');
  const server = await startServer(t, ok);
  const { client, clock } = connect(t, server, { config: { token: { file } } });
  await client.get(key);
  writeFileSync(file, 'second\n');
  utimesSync(file, 1e9, 1e9);
  await client.get(key);
  await clock.advance(1000);
  await client.get(key);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer first', 'Bearer second'],
    'within a second the file is not looked at',
  );
});

test('detects the new token when a projected volume swaps its symlink', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'token');
  writeFileSync(path.join(folder, 'a'), 'first');
  writeFileSync(path.join(folder, 'b'), 'second');
  for (const name of ['a', 'b']) utimesSync(path.join(folder, name), 1e9, 1e9);
  symlinkSync('a', file);
  const server = await startServer(t, ok);
  const { client, clock } = connect(t, server, { config: { token: { file } } });
  await client.get(key);
  unlinkSync(file);
  symlinkSync('b', file);
  await clock.advance(1000);
  await client.get(key);
  assert.equal(server.requests[1]?.headers.authorization, 'Bearer second');
});

test('after a 401 it reads the token file and sends the request again, including writes', async (t) => {
  const file = path.join(temporaryFolder(t), 'token');
  writeFileSync(file, 'old');
  const accepted = new Set(['Bearer old']);
  const server = await startServer(t, guarded(accepted));
  const { client, clock } = connect(t, server, { config: { token: { file } } });
  await client.get(key);
  accepted.delete('Bearer old');
  accepted.add('Bearer new');
  writeFileSync(file, 'new');
  await client.create({ resource: secrets, object: secret });
  assert.deepEqual(
    server.requests.map(({ method, headers }) => `${method} ${headers.authorization}`),
    ['GET Bearer old', 'POST Bearer old', 'POST Bearer new'],
  );

  accepted.clear();
  await clock.advance(5000);
  await assert.rejects(client.get(key), isUnauthorized, 'a rejected token is not sent again');
  assert.equal(server.requests.length, 4);
  assert.equal(clock.timers, 0);
});

test('concurrent calls with a 401 share the token that one of them reads', async (t) => {
  const file = path.join(temporaryFolder(t), 'token');
  writeFileSync(file, 'old');
  const server = await startServer(t, guarded(new Set(['Bearer new'])));
  const { client, clock } = connect(t, server, { config: { token: { file } } });
  await assert.rejects(client.get(key), isUnauthorized);
  // The file changes right after its mtime was checked, so only the handling of a 401 finds the new token.
  await clock.advance(5000);
  await assert.rejects(client.get(key), isUnauthorized);
  await clock.advance(4999);
  await assert.rejects(client.get(key), isUnauthorized);
  await clock.advance(1);
  writeFileSync(file, 'new');
  await Promise.all([1, 2, 3].map(() => client.get(key)));
});

test('reopens a watch with the new token after a 401', async (t) => {
  const file = path.join(temporaryFolder(t), 'token');
  writeFileSync(file, 'old');
  const server = await startServer(t, (request, response) => {
    if (request.headers.authorization === 'Bearer new') sendEvents(response, { type: 'ADDED', object: secret });
    else {
      writeFileSync(file, 'new');
      sendStatus(response, { code: 401 });
    }
  });
  const { client } = connect(t, server, { config: { token: { file } } });
  const events = client.watch({ resource: secrets, resourceVersion: '1' });
  assert.equal((await events.next()).value?.type, 'ADDED');
  await events.return(undefined);
});

const header = 'eyJhbGciOiJSUzI1NiJ9';

casesWithContext<{ readonly broken: string | undefined; readonly reason: RegExp }>(
  {
    'keeps the last token when its file disappears': { broken: undefined, reason: /ENOENT/ },
    'keeps the last token when its file is empty': { broken: ' \n', reason: /empty/ },
    'keeps the last token when its file is truncated in the payload': { broken: `${header}.eyJ`, reason: /truncated/ },
    'keeps the last token when its file is truncated before the signature': {
      broken: `${header}.e30.`,
      reason: /truncated/,
    },
    'keeps the last token when its file is binary': { broken: 'a\u0000b', reason: /not allowed in a header/ },
    'keeps the last token when its file is too large': { broken: 'x'.repeat(2 * 1024 * 1024), reason: /2097152 bytes/ },
  },
  async ({ broken, reason }, t) => {
    const file = path.join(temporaryFolder(t), 'token');
    writeFileSync(file, `${header}.e30.c2ln`);
    const server = await startServer(t, ok);
    const { client, clock, logger } = connect(t, server, { config: { token: { file } } });
    await client.get(key);
    if (broken === undefined) rmSync(file);
    else writeFileSync(file, broken);
    await clock.advance(1000);
    await client.get(key);
    await clock.advance(1000);
    await client.get(key);
    assert.equal(server.requests[2]?.headers.authorization, `Bearer ${header}.e30.c2ln`, 'the last good token is used');
    assert.equal(logger.lines.length, 1, 'logged once');
    assert.match(JSON.stringify(logger.lines[0]), reason);
    assert.match(logger.lines[0]?.message ?? '', /^Credential file is invalid, keeping the last good content$/);

    writeFileSync(file, 'healed');
    await clock.advance(1000);
    await client.get(key);
    assert.equal(server.requests[3]?.headers.authorization, 'Bearer healed');
    assert.equal(logger.lines[1]?.message, 'Credential file is valid again');
  },
);

test('sends nothing without a valid token, and the error names the file', async (t) => {
  const file = path.join(temporaryFolder(t), 'token');
  const server = await startServer(t, ok);
  const { client, clock } = connect(t, server, { config: { token: { file }, origin: 'in-cluster' } });
  await assert.rejects(client.get(key), (error) => {
    assert.ok(error instanceof NetworkError);
    assert.equal(error.reason, 'Credentials');
    assert.ok(error.message.includes(`credentials of in-cluster: token file ${file} cannot be used: ENOENT`));
    return true;
  });
  assert.equal(server.requests.length, 0);
  writeFileSync(file, 'there');
  await client.get(key);
  assert.equal(clock.timers, 0);
});

test('refreshes a credential plugin after a 401, at most every five seconds', async (t) => {
  const server = await startServer(t, guarded(new Set(['Bearer t2'])));
  const asked: boolean[] = [];
  let tokens = 0;
  const plugin = ({ refresh }: { readonly refresh: boolean }) => {
    asked.push(refresh);
    if (refresh) tokens += 1;
    return Promise.resolve({ token: `t${tokens}` });
  };
  const { client, clock } = connect(t, server, { config: { plugin } });
  await assert.rejects(client.get(key), isUnauthorized);
  await assert.rejects(client.get(key), isUnauthorized);
  assert.equal(asked.filter(Boolean).length, 1);
  await clock.advance(5000);
  await client.get(key);
});

test('sends basic authentication and impersonation headers', async (t) => {
  const server = await startServer(t, ok);
  const basic = { username: 'u', password: 'p:w' };
  const { client } = connect(t, server, { config: { basic, impersonateUser: 'someone' } });
  await client.get(key);
  const { authorization, 'impersonate-user': user } = server.requests[0]?.headers ?? {};
  assert.deepEqual([authorization, user], [`Basic ${Buffer.from('u:p:w').toString('base64')}`, 'someone']);
});

test('prefixes every path with the path of the server', async (t) => {
  const server = await startServer(t, ok);
  const { client } = connect(t, { url: `${server.url}/k8s/clusters/c-1/` });
  await client.get(key);
  assert.equal(server.requests[0]?.path, '/k8s/clusters/c-1/api/v1/namespaces/n/secrets/s');
});

test('TLS: trusts only the CA of the connection, and verifies the host name', async (t) => {
  const authority = createAuthority(t, 'right');
  if (authority === undefined) return;
  const server = await startServer(t, ok, authority.issue('server'));
  const trusted = connect(t, server, { config: { ca: { data: authority.ca } } });
  await trusted.client.get(key);

  const other = createAuthority(t, 'wrong');
  const refused = async (config: object, reason: RegExp): Promise<void> => {
    const { client } = connect(t, server, { config });
    await assert.rejects(client.mergePatch({ ...key, patch: {} }), reason);
  };
  await refused({ ca: { data: other?.ca ?? '' } }, /signature|self-signed|issuer|unable to verify/i);
  await refused({}, /self-signed|unable to verify/i);
  await refused({ ca: { data: authority.ca }, tlsServerName: 'other.test' }, /altnames/);
  assert.equal(server.requests.length, 1);

  await connect(t, server, { config: { ca: { data: authority.ca }, tlsServerName: 'api.test' } }).client.get(key);
  await connect(t, server, { config: { insecureSkipTlsVerify: true } }).client.get(key);
});

test('TLS: refuses servers without authenticated encryption, and versions below 1.2', async (t) => {
  const authority = createAuthority(t, 'right');
  if (authority === undefined) return;
  const only = async (protocols: object): Promise<unknown> => {
    const server = await startServer(t, ok, { ...authority.issue('server'), ...protocols });
    // Not a GET, which is repeated.
    return await connect(t, server, { config: { ca: { data: authority.ca } } }).client.mergePatch({
      ...key,
      patch: {},
    });
  };
  const cbc = 'ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA';
  await assert.rejects(only({ maxVersion: 'TLSv1.2', ciphers: cbc }), /handshake failure/i);
  await assert.rejects(
    only({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    /version|handshake/i,
  );
  await only({ maxVersion: 'TLSv1.2' });
  await only({ minVersion: 'TLSv1.3' });
});

test('TLS: calls and watches use a tunnel through the proxy of the kubeconfig', async (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const script: Script = (request, response, count) =>
    'watch' in request.query ? sendEvents(response, { type: 'ADDED', object: secret }) : ok(request, response, count);
  const server = await startServer(t, script, authority.issue('server'));
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer().on('connect', (request, socket: Duplex) => {
    tunnels.push(request.url);
    const target = createConnection(Number(request.url?.split(':')[1]), '127.0.0.1');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    pipeline(socket, target, socket, () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  const config = { ca: { data: authority.ca }, proxyUrl: `http://127.0.0.1:${address.port}` };
  const { client, transport } = connect(t, server, { config });
  await client.get(key);
  const events = client.watch({ resource: secrets, resourceVersion: '1' });
  assert.equal((await events.next()).value?.type, 'ADDED');
  await events.return(undefined);
  assert.deepEqual(new Set(tunnels), new Set([server.url.replace('https://', '')]));
  await transport.close();
});

test('TLS: uses HTTP/1.1 although the server offers HTTP/2', async (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const server = await startServer(t, ok, { ...authority.issue('server'), ALPNProtocols: ['h2', 'http/1.1'] });
  await connect(t, server, { config: { ca: { data: authority.ca } } }).client.get(key);
});

test('TLS: a rotated CA or client certificate uses new connections, and running watches keep theirs', async (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const folder = temporaryFolder(t);
  const files = { ca: path.join(folder, 'ca'), cert: path.join(folder, 'cert'), key: path.join(folder, 'key') };
  const first = authority.issue('first');
  writeFileSync(files.ca, authority.ca);
  writeFileSync(files.cert, first.cert);
  writeFileSync(files.key, first.key);
  const mutual = { ...authority.issue('server'), ca: authority.ca, requestCert: true, rejectUnauthorized: true };
  let beat = (): void => {};
  const server = await startServer(
    t,
    (request, response, count) => {
      if (!('watch' in request.query)) return ok(request, response, count);
      beat = () => sendEvents(response, { type: 'ADDED', object: secret });
      return beat();
    },
    mutual,
  );
  const config = { ca: { file: files.ca }, cert: { file: files.cert }, key: { file: files.key } };
  const { client, clock, logger } = connect(t, server, { config });
  const events = client.watch({ resource: secrets, resourceVersion: '1' });
  await events.next();
  await client.get(key);
  const before = server.requests.map(({ port }) => port);

  const second = authority.issue('second');
  writeFileSync(files.key, second.key);
  writeFileSync(files.cert, second.cert);
  await clock.advance(1000);
  await client.get(key);
  assert.ok(!before.includes(server.requests[2]?.port), 'uses a new connection');
  beat();
  assert.equal((await events.next()).value?.type, 'ADDED', 'the watch continues');
  await events.return(undefined);

  writeFileSync(files.ca, authority.ca.slice(0, 100));
  await clock.advance(1000);
  await client.get(key);
  assert.match(JSON.stringify(logger.lines.at(-1)), /0 complete PEM certificates of 1.*Credential file is invalid/);

  const after = server.requests.at(-1)?.port;
  utimesSync(files.cert, 1e9, 1e9);
  await clock.advance(1000);
  for (let count = 0; count < 3; count += 1) await client.get(key);
  const later = server.requests.slice(-3).map(({ port }) => port);
  assert.ok(later.includes(after), 'a new mtime with the same bytes keeps the connections');
});

test('TLS: a certificate and a key that do not match never replace a valid pair', async (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const folder = temporaryFolder(t);
  const files = { cert: path.join(folder, 'cert'), key: path.join(folder, 'key') };
  const [first, second] = [authority.issue('first'), authority.issue('second')];
  writeFileSync(files.cert, first.cert);
  writeFileSync(files.key, first.key);
  const mutual = { ...authority.issue('server'), ca: authority.ca, requestCert: true, rejectUnauthorized: true };
  const server = await startServer(t, ok, mutual);
  const config = { ca: { data: authority.ca }, cert: { file: files.cert }, key: { file: files.key } };
  const { client, clock, logger } = connect(t, server, { config });
  await client.get(key);
  writeFileSync(files.cert, second.cert);
  await clock.advance(1000);
  await client.mergePatch({ ...key, patch: {} });
  await client.mergePatch({ ...key, patch: {} });
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    ['New CA, client certificate and key do not match, keeping old connections'],
  );
  writeFileSync(files.key, second.key);
  await clock.advance(1000);
  await client.mergePatch({ ...key, patch: {} });
  assert.equal(logger.lines.at(-1)?.message, 'CA or client certificate changed, using new connections');
});

test('limits the connections of calls, not of watches', async (t) => {
  let busy = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const server = await startServer(t, (request, response, count) => {
    if ('watch' in request.query) return sendEvents(response, { type: 'ADDED', object: secret });
    busy += 1;
    most = Math.max(most, busy);
    waiting.push(() => {
      busy -= 1;
      ok(request, response, count);
    });
    return undefined;
  });
  const { client } = connect(t, server, { transport: { maxConnections: 2 } });
  const watches = [1, 2, 3].map(() => client.watch({ resource: secrets, resourceVersion: '1' }));
  await Promise.all(watches.map((watch) => watch.next()));
  const calls = [1, 2, 3, 4].map(() => client.get(key));
  for (let left = 4; left > 0; left -= 1) {
    await eventually(() => waiting.length > 0, 'a call');
    await settle();
    waiting.shift()?.();
  }
  await Promise.all(calls);
  assert.equal(most, 2);
  await Promise.all(watches.map((watch) => watch.return(undefined)));
});

test('a closed transport rejects new calls and aborts running ones', async (t) => {
  const server = await startServer(t, () => {});
  const { client, transport } = connect(t, server);
  const running = client.mergePatch({ ...key, patch: {} });
  await eventually(() => server.requests.length === 1, 'the request');
  await Promise.all([assert.rejects(running, NetworkError), transport.close()]);
  await assert.rejects(client.mergePatch({ ...key, patch: {} }), /was closed/);
});

test('closing aborts running requests, including those on retired connections', async (t) => {
  const server = await startServer(t, (request, response) => {
    if ('watch' in request.query) sendEvents(response, { type: 'ADDED', object: secret });
  });
  const { client, transport, clock } = connect(t, server, { transport: { maxConnections: 2 } });
  const watch = client.watch({ resource: secrets, resourceVersion: '1' });
  await watch.next();
  const write = { ...key, patch: {}, timeoutMs: 60_000 };
  const old = [1, 2, 3].map(() => client.mergePatch(write));
  await eventually(() => server.requests.length === 3, 'two of three writes, the last one waits for a connection');
  const timedOut = client.mergePatch({ ...write, timeoutMs: 1_000 });
  const late = assert.rejects(timedOut, { reason: 'Timeout' });
  await clock.advance(1_000);
  await late;
  const read = client.get(key);
  await eventually(() => server.requests.length === 4, 'a read on a new connection');
  const ended = [...old, read, watch.next()].map((call) =>
    assert.rejects(call, isAborted, 'an abort is not a failure'),
  );
  await transport.close();
  await Promise.all(ended);
  assert.equal(clock.timers, 0);
});

test('TLS: closing does not wait for a server that accepts connections and sends nothing', async (t) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { client, transport } = connect(t, { url: `https://127.0.0.1:${address.port}` });
  const call = assert.rejects(client.get(key), isAborted);
  await eventually(() => sockets.length === 1, 'a connection');
  const [socket] = sockets;
  const gone = new Promise((resolve) => socket?.once('close', resolve).on('error', resolve).resume());
  await transport.close();
  await Promise.all([call, gone]);
});
