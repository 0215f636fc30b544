import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createFakeClock } from '../../test/doubles/fakeclock.ts';
import { type Body, createBodyReader } from './body.ts';

const limits = { maxBytes: 1_000_000, timeoutMs: 5_000, maxTotalBytes: 400_000 };

function createRequest(): IncomingMessage & EventEmitter {
  return Object.assign(new EventEmitter(), { headers: {} }) as unknown as IncomingMessage;
}

async function outcome(body: Promise<Body>): Promise<string> {
  const result = await body;
  return result.outcome === 'rejected' ? `${result.outcome} ${result.status}` : result.outcome;
}

test('copies chunks, so that a body of many small ones takes no more memory than a body of one', async () => {
  const request = createRequest();
  const body = createBodyReader({ clock: createFakeClock(), limits }).read(request);
  const chunk = Buffer.alloc(1);
  for (let index = 0; index < 100_000; index += 1) {
    chunk[0] = index % 251;
    request.emit('data', chunk);
  }
  request.emit('end');
  const result = await body;
  assert.ok(result.outcome === 'read');
  assert.equal(result.body.length, 100_000);
  assert.ok(result.body.every((byte, index) => byte === index % 251));
  assert.ok(result.body.buffer.byteLength <= 200_000, 'at most twice the memory of the body');
});

test('a body beyond the total rejects the largest one, whichever grows', async () => {
  const reader = createBodyReader({ clock: createFakeClock(), limits });
  const [large, medium, small] = [createRequest(), createRequest(), createRequest()];
  const [first, second, third] = [reader.read(large), reader.read(medium), reader.read(small)];
  large.emit('data', Buffer.alloc(250_000));
  medium.emit('data', Buffer.alloc(100_000));
  for (let index = 0; index < 60; index += 1) small.emit('data', Buffer.alloc(1_000));
  assert.equal(await outcome(first), 'rejected 503');
  medium.emit('end');
  small.emit('end');
  assert.deepEqual([await outcome(second), await outcome(third)], ['read', 'read']);
});

test('small bodies pass whatever their sum is', async () => {
  const reader = createBodyReader({ clock: createFakeClock(), limits });
  const requests = Array.from({ length: 20 }, createRequest);
  const bodies = requests.map((request) => reader.read(request));
  for (const request of requests) request.emit('data', Buffer.alloc(64 * 1024));
  for (const request of requests) request.emit('end');
  assert.deepEqual(
    await Promise.all(bodies.map(outcome)),
    requests.map(() => 'read'),
  );
});
