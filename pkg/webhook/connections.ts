import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits the number of connections of a server. From three quarters of the limit on, each new connection closes the idle ones, so that
 * clients that only hold connections cannot keep others out. Connections beyond the limit are closed at once.
 */
export function limitConnections(
  server: Pick<Server, 'on' | 'closeIdleConnections' | 'maxConnections'>,
  max: number,
): void {
  server.maxConnections = max;
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open > max * 0.75) server.closeIdleConnections();
  });
  server.on('drop', () => server.closeIdleConnections());
}
