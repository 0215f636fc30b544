import { connect, createServer, type Socket } from 'node:net';
import { readPort } from '../controlplane/ports.ts';

/** One address on loopback for several servers, like a Service. */
export interface Service {
  readonly port: number;
  /** Adds a server, which gets connections in turn with the others. */
  add(port: number): void;
  close(): Promise<void>;
}

/** Starts a service without servers. It skips servers that do not listen, and closes connections together with their server. */
export async function startService(): Promise<Service> {
  const targets: number[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => open.delete(client));
    const first = targets.shift();
    if (first !== undefined) targets.push(first);
    join(client, [...targets]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: readPort(server),
    add: (port) => void targets.push(port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of open) client.destroy();
      }),
  };
}

/** Connects the client to the first port that accepts; closes it if none does. */
function join(client: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    client.destroy();
    return;
  }
  const upstream = connect({ host: '127.0.0.1', port });
  const refused = (): void => join(client, others);
  upstream.once('error', refused);
  upstream.once('connect', () => {
    upstream.off('error', refused);
    upstream.on('error', () => client.destroy());
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
}
