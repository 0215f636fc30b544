import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { systemClock } from '../../pkg/clock/clock.ts';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { createHostResolver } from './api-server-addresses.ts';

/** Addresses by name and family; other names do not exist, and `silent` means no response. */
const zone: Readonly<Record<string, { readonly A?: readonly number[]; readonly AAAA?: readonly number[] } | 'silent'>> =
  {
    'both.example.com': { A: [192, 0, 2, 1], AAAA: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
    'old.example.com': { A: [192, 0, 2, 2] },
    'silent.example.com': 'silent',
  };

const server = createSocket('udp4');
let servers: readonly string[] = [];

before(async () => {
  server.on('message', (query, { port, address }) => {
    const response = responseTo(query);
    if (response !== undefined) server.send(response, port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  servers = [`127.0.0.1:${server.address().port}`];
});
after(() => server.close());

test('returns addresses of both families', async () => {
  const resolve = createHostResolver({ clock: systemClock(), servers });
  assert.deepEqual(await resolve('both.example.com'), ['192.0.2.1', '2001:db8::1']);
});

test('accepts a name without addresses of one family', async () => {
  const resolve = createHostResolver({ clock: systemClock(), servers });
  assert.deepEqual(await resolve('old.example.com'), ['192.0.2.2']);
});

test('returns no addresses for a name that does not exist', async () => {
  const resolve = createHostResolver({ clock: systemClock(), servers });
  assert.deepEqual(await resolve('none.example.com'), []);
});

test('rejects after the timeout if the server does not respond', async () => {
  const clock = createFakeClock();
  const resolving = createHostResolver({ clock, servers })('silent.example.com');
  const rejected = assert.rejects(resolving, /ECANCELLED|ETIMEOUT/);
  await clock.advance(5_000);
  await rejected;
});

/** Returns the response to a query with one question by RFC 1035; undefined for no response. */
function responseTo(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
    offset += length + 1;
  }
  const type = query.readUInt16BE(offset + 1);
  const question = query.subarray(12, offset + 5);
  const entry = zone[labels.join('.').toLowerCase()];
  if (entry === 'silent') return undefined;
  const data = type === 1 ? entry?.A : type === 28 ? entry?.AAAA : undefined;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(entry === undefined ? 0x8183 : 0x8180, 2);
  for (const [at, count] of [1, data === undefined ? 0 : 1, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * at);
  if (data === undefined) return Buffer.concat([header, question]);
  const answer = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]);
  return Buffer.concat([header, question, answer]);
}
