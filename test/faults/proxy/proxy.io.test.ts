/** The proxy between a client and a server of this test: each fault is what its name says, on the wire. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readPort } from '../../controlplane/ports.ts';
import type { EventFault, RequestFault } from './faults.ts';
import { type Proxy, startProxy } from './proxy.ts';

const secret = { kind: 'Secret', metadata: { name: 'made', resourceVersion: '7' } };
const secrets = '/api/v1/namespaces/n/secrets';
const watch = '/apis/extensions.gardener.cloud/v1alpha1/networks?watch=true';
const event = (name: string): string =>
  JSON.stringify({ type: 'ADDED', object: { metadata: { namespace: 'n', name } } });

let proxy: Proxy;
/** Requests that came through. */
const arrived: string[] = [];
const watches: ServerResponse[] = [];
const server = createServer((from, to) => {
  arrived.push(`${from.method} ${from.url}`);
  if (from.url?.includes('watch=true') === true) {
    watches.push(to);
    to.writeHead(200);
    to.write(`${event('one')}\n${event('two')}\n`);
  } else {
    to.writeHead(201, { 'content-type': 'application/json' });
    to.end(JSON.stringify(secret));
  }
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = `http://127.0.0.1:${readPort(server)}`;
  proxy = await startProxy({ target, ca: undefined, writer: 'tested', label: 'session=a' });
});
after(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

/** Creates a Secret under a fault; returns what the client saw and whether the server saw the request. */
async function create(
  fault: RequestFault,
  patienceMs = 20_000,
): Promise<{ readonly seen: string; readonly arrived: boolean }> {
  const disarm = proxy.useRule(() => fault);
  arrived.length = 0;
  try {
    const response = await fetch(`${proxy.server}${secrets}`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(patienceMs),
    });
    return { seen: `${response.status} ${await response.text()}`, arrived: arrived.length > 0 };
  } catch (error) {
    const seen = error instanceof DOMException && error.name === 'TimeoutError' ? 'silence' : 'broken';
    return { seen, arrived: arrived.length > 0 };
  } finally {
    disarm();
  }
}

const response = { status: 503, body: 'no' };
const whole = `201 ${JSON.stringify(secret)}`;

suite('faults of requests', () => {
  const table: readonly (readonly [name: string, fault: RequestFault, seen: string, arrives: boolean])[] = [
    ['refuse', { when: 'before', act: 'refuse', response }, '503 no', false],
    ['reset', { when: 'before', act: 'reset' }, 'broken', false],
    ['hang', { when: 'before', act: 'hang' }, 'silence', false],
    ['a hook that forwards', { when: 'before', act: 'hook', hook: async () => 'forward' }, whole, true],
    ['a hook that drops', { when: 'before', act: 'hook', hook: async () => 'drop' }, 'broken', false],
    ['lose', { when: 'after', act: 'lose' }, 'silence', true],
    ['reset after', { when: 'after', act: 'reset' }, 'broken', true],
    ['cut', { when: 'after', act: 'cut' }, 'broken', true],
    ['truncate', { when: 'after', act: 'truncate' }, whole.slice(0, 4 + JSON.stringify(secret).length / 2), true],
    ['replace', { when: 'after', act: 'replace', response }, '503 no', true],
    ['a hook that drops the response', { when: 'after', act: 'hook', hook: async () => 'drop' }, 'broken', true],
  ];
  for (const [name, fault, seen, arrives] of table)
    test(name, async () =>
      assert.deepEqual(await create(fault, seen === 'silence' ? 400 : undefined), { seen, arrived: arrives }),
    );

  test('a write that was committed is noted with its version, whatever the client saw', async () => {
    const earlier = proxy.writes.length;
    await create({ when: 'after', act: 'reset' });
    await create({ when: 'before', act: 'refuse', response });
    const [write, ...more] = proxy.writes.slice(earlier);
    assert.deepEqual([write?.writer, write?.name, write?.resourceVersion, more.length], ['tested', 'made', '7', 0]);
  });
});

/** What a client reads of a watch in a while, by names of objects, and how it ended. */
async function read(fault: RequestFault | undefined, eventFault?: EventFault): Promise<string> {
  const disarm = [
    proxy.useRule(() => fault),
    proxy.useEventRule(({ name }) => (name === 'one' ? eventFault : undefined)),
  ];
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), 600);
  let text = '';
  let end = 'closed';
  try {
    const { body } = await fetch(`${proxy.server}${watch}`, { signal: aborter.signal });
    for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    end = aborter.signal.aborted ? 'open' : 'broken';
  }
  clearTimeout(timer);
  for (const one of disarm) one();
  const names = text
    .split('\n')
    .flatMap((line) => /"name":"(?<name>\w+)"\}/.exec(line)?.groups?.['name'] ?? (line === '' ? [] : '?'));
  return [...names, end].join(' ');
}

suite('faults of watches', () => {
  test('undisturbed, with the label of the proxy', async () => {
    arrived.length = 0;
    assert.equal(await read(undefined), 'one two open');
    assert.match(arrived[0] ?? '', /labelSelector=session%3Da/);
  });
  test('dropped', async () => assert.equal(await read(undefined, { act: 'drop' }), 'two open'));
  test('swapped', async () => assert.equal(await read(undefined, { act: 'swap' }), 'two one open'));
  test('replaced', async () => assert.equal(await read(undefined, { act: 'replace', text: 'null' }), '? two open'));
  test('cut in the middle', async () => assert.equal(await read(undefined, { act: 'cut' }), '? broken'));
  test('closed after one event', async () =>
    assert.equal(await read({ when: 'stream', act: 'close', afterEvents: 1 }), 'one closed'));
  test('reset after a time', async () =>
    assert.equal(await read({ when: 'stream', act: 'reset', afterMs: 100 }), 'one two broken'));
  test('the watch of the server ends with that of the client', async () => {
    await read(undefined);
    for (let tries = 0; tries < 50 && watches.some((one) => !one.destroyed); tries += 1) await delay(20);
    assert.ok(watches.every((one) => one.destroyed));
  });
});
