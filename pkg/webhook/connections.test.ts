import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { test } from 'node:test';
import { limitConnections } from './connections.ts';

class FakeServer extends EventEmitter {
  maxConnections = 0;
  closings = 0;

  closeIdleConnections(): void {
    this.closings += 1;
  }

  /** Opens connections, and returns how often idle ones were closed meanwhile. */
  open(count: number): number {
    const before = this.closings;
    for (let index = 0; index < count; index += 1) this.emit('connection', new EventEmitter());
    return this.closings - before;
  }
}

test('idle connections are closed for each connection from three quarters of the limit on, and for each dropped one', () => {
  const server = new FakeServer();
  limitConnections(server as unknown as Server, 100);
  assert.equal(server.maxConnections, 100);
  assert.equal(server.open(75), 0);
  assert.equal(server.open(10), 10);
  // With all of them busy there was nothing to close; they may be idle when the next one is dropped.
  server.emit('drop');
  assert.equal(server.closings, 11);
});

test('closed connections do not count', () => {
  const server = new FakeServer();
  limitConnections(server as unknown as Server, 4);
  const socket = new EventEmitter();
  for (let index = 0; index < 10; index += 1) {
    server.emit('connection', socket);
    socket.emit('close');
  }
  assert.equal(server.closings, 0);
});

test('the oldest connection without a request is closed once these are a quarter of the limit', () => {
  const server = new FakeServer();
  limitConnections(server as unknown as Server, 8);
  const destroyed: number[] = [];
  const sockets = Array.from({ length: 8 }, (_, remotePort) =>
    Object.assign(new EventEmitter(), {
      remoteAddress: '10.0.0.1',
      remotePort,
      destroy: () => destroyed.push(remotePort),
    }),
  );
  const send = (remotePort: number) => server.emit('request', { socket: { remoteAddress: '10.0.0.1', remotePort } });
  for (const [index, socket] of sockets.slice(0, 7).entries()) {
    server.emit('connection', socket);
    if (index !== 3 && index !== 6) send(index);
  }
  assert.deepEqual(destroyed, [3], 'not those that sent a request');
  server.emit('connection', sockets[7]);
  assert.deepEqual(destroyed, [3, 6]);
  send(7);
  server.emit('drop');
  assert.deepEqual(destroyed, [3, 6], 'fewer than a quarter are silent');
});
