import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay to a server on loopback that can drop packets. */
export interface Relay {
  /** Address for clients. */
  readonly port: number;
  /** Stops forwarding without closing connections, like a firewall that drops packets. */
  cut(): void;
  /** Forwards new connections again, and resets existing ones, which the server has closed. */
  heal(): void;
  close(): Promise<void>;
}

export async function startRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  /** The sockets to clients of all connections, with those to the server while they exist. */
  const open = new Map<Socket, Socket | undefined>();
  let isCut = false;
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    client.once('close', () => open.delete(client));
    open.set(client, isCut ? undefined : joined(client, target));
    if (isCut) client.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const [client, upstream] of open) {
        client.unpipe();
        client.pause();
        upstream?.unpipe();
        upstream?.removeAllListeners('close');
        upstream?.destroy();
        open.set(client, undefined);
      }
    },
    heal() {
      isCut = false;
      for (const [client, upstream] of open) if (upstream === undefined) client.resetAndDestroy();
    },
    close: () => closed(server, [...open.keys()]),
  };
}

function joined(client: Socket, target: { readonly host: string; readonly port: number }): Socket {
  const upstream = connect(target);
  upstream.on('error', () => client.destroy());
  upstream.once('close', () => client.destroy());
  client.once('close', () => upstream.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
  return upstream;
}

function closed(server: Server, clients: readonly Socket[]): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const client of clients) client.destroy();
  });
}
