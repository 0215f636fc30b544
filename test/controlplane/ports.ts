import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Returns TCP ports of 127.0.0.1 on which nothing listens. A port is returned once per process, and test processes that run side by
 * side get different ones, so that a server may be started on it much later. The ports are outside of the range that the kernel
 * assigns to clients (32768 and up on Linux), because a connection of another test could occupy such a port meanwhile.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await nextPort();
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** The port that a server listens on. */
export function readPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a TCP port');
  return address.port;
}

const firstPort = 15_000;
const blockSize = 100;
const blockCount = 170;
/** The ports of this process that have not been returned yet. */
let remaining: number[] = [];
let claiming: Promise<void> | undefined;

async function nextPort(): Promise<number> {
  for (;;) {
    const port = remaining.shift();
    if (port !== undefined) return port;
    claiming ??= claimBlock().finally(() => {
      claiming = undefined;
    });
    await claiming;
  }
}

/**
 * Claims a block of ports for this process by listening on its first port until the process ends. The kernel releases it then, however
 * the process ends.
 */
async function claimBlock(): Promise<void> {
  const start = Math.floor(Math.random() * blockCount);
  for (let offset = 0; offset < blockCount; offset += 1) {
    const first = firstPort + ((start + offset) % blockCount) * blockSize;
    const server = await listen(first);
    if (server === undefined) continue;
    server.unref();
    remaining = Array.from({ length: blockSize - 1 }, (_, index) => first + 1 + index);
    return;
  }
  throw new Error(
    `no block of ${blockSize} ports is free between ${firstPort} and ${firstPort + blockCount * blockSize}`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Undefined when the port is in use. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  const failed = once(server, 'error').then(
    () => undefined,
    () => undefined,
  );
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  return Promise.race([
    once(server, 'listening').then(
      () => server,
      () => undefined,
    ),
    failed,
  ]);
}
