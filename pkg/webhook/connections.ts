import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the number of connections of a server. From three quarters of the limit on, each new connection closes the idle ones, so that
 * clients that only hold connections cannot keep others out. It also closes the oldest connection without a request, if these are a quarter of
 * the limit: clients that never send one, or never start TLS, would keep others out until a timeout. Connections beyond the limit are closed at
 * once.
 */
export function limitConnections(
  server: Pick<Server, 'on' | 'closeIdleConnections' | 'maxConnections'>,
  max: number,
): void {
  server.maxConnections = max;
  /** Connections that have not sent a request yet, oldest first. */
  const silent = new Map<string, Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    const peer = describePeer(socket);
    open += 1;
    silent.set(peer, socket);
    socket.once('close', () => {
      open -= 1;
      if (silent.get(peer) === socket) silent.delete(peer);
    });
    if (open > max * 0.75) makeRoom();
  });
  // A TLS socket is another object than its connection, so the address identifies it.
  server.on('request', ({ socket }: IncomingMessage) => silent.delete(describePeer(socket)));
  server.on('drop', makeRoom);

  function makeRoom(): void {
    server.closeIdleConnections();
    const [oldest] = silent;
    if (oldest === undefined || silent.size < max / 4) return;
    silent.delete(oldest[0]);
    oldest[1].destroy();
  }
}

function describePeer({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
