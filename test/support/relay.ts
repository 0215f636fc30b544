import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line between a client and a server on loopback that can be cut. */
export interface Relay {
  /** Where clients connect to in place of the server. */
  readonly port: number;
  /** From now on nothing passes and nobody is told, as behind a firewall that drops packets. */
  cut(): void;
  /** New connections pass again; those of before are reset, since the other side has long forgotten them. */
  heal(): void;
  close(): Promise<void>;
}

export async function startRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  /** The client's ends of all connections, with their other ends as long as there are some. */
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
