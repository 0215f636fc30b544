/**
 * Program that runs in the network namespace of a pod or host: `node peer.ts NAME PORT [PORT...]`. It listens on the ports for TCP and UDP and
 * replies with the address of the client, and sends requests of its own. Commands and results are lines of JSON on standard input and output.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { type Stream, type StreamInput, type StreamResult, startStream } from './stream.ts';

/** One request to another peer. */
export interface Attempt {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

export interface Outcome {
  /** What the receiver replied; undefined without a reply. */
  readonly reply?: { readonly name: string; readonly source: string };
  /** Why there is no reply. */
  readonly error?: string;
  readonly ms: number;
}

/** A command with a number that is repeated in the result. `end` ends the stream that the command of this number started. */
export type Command =
  | { readonly id: number; readonly attempt: Attempt }
  | { readonly id: number; readonly stream: StreamInput }
  | { readonly id: number; readonly end: number };

export interface Result {
  readonly id: number;
  readonly result: Outcome | StreamResult | 'started';
}

if (import.meta.main) {
  const [name = '', ...ports] = process.argv.slice(2);
  await Promise.all(ports.flatMap((port) => [listenTcp(name, Number(port)), listenUdp(name, Number(port))]));
  write('ready');
  const streams = new Map<number, Stream>();
  createInterface({ input: process.stdin }).on('line', (line) => {
    const command = JSON.parse(line) as Command;
    void execute(command, streams).then((result) => write({ id: command.id, result } satisfies Result));
  });
}

async function execute(command: Command, streams: Map<number, Stream>): Promise<Result['result']> {
  if ('attempt' in command) return request(command.attempt);
  if ('stream' in command) {
    streams.set(command.id, startStream(command.stream));
    return 'started';
  }
  const stream = streams.get(command.end);
  if (stream === undefined) throw new Error(`there is no stream ${command.end}`);
  return stream.end();
}

function write(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function reply(name: string, source: string): string {
  return JSON.stringify({ name, source: source.replace(/^::ffff:/, '') });
}

function listenTcp(name: string, port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Replies to each request of a connection, so that a connection can be observed for longer.
    socket.on('data', () => socket.write(`${reply(name, socket.remoteAddress ?? '')}\n`));
  });
  return new Promise((resolve) => server.listen({ port, host: '::' }, () => resolve()));
}

function listenUdp(name: string, port: number): Promise<void> {
  const socket = createSocket('udp6');
  socket.on('message', (_, from) => socket.send(reply(name, from.address), from.port, from.address));
  return new Promise((resolve) => socket.bind({ port, address: '::' }, () => resolve()));
}

async function request(attempt: Attempt): Promise<Outcome> {
  const started = performance.now();
  const ms = (): number => Math.round((performance.now() - started) * 10) / 10;
  try {
    const text = await (attempt.protocol === 'tcp' ? requestTcp(attempt) : requestUdp(attempt));
    return { reply: JSON.parse(text) as NonNullable<Outcome['reply']>, ms: ms() };
  } catch (error) {
    return { error: error instanceof Error && 'code' in error ? String(error.code) : String(error), ms: ms() };
  }
}

function requestTcp({ host, port, timeoutMs }: Attempt): Promise<string> {
  const socket = connect({ host, port });
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout()), timeoutMs);
    socket.once('connect', () => socket.write('request\n'));
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'closed' })));
    socket.once('data', (data) => resolve(data.toString('utf8')));
    socket.once('close', () => clearTimeout(timer));
  }).finally(() => socket.destroy());
}

function requestUdp({ host, port, timeoutMs }: Attempt): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout()), timeoutMs);
    socket.once('message', (data) => resolve(data.toString('utf8')));
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(timer));
    // Connected, so that an ICMP error arrives.
    socket.connect(port, host, () => socket.send('request'));
  }).finally(() => socket.close());
}

function timeout(): Error {
  return Object.assign(new Error('timeout'), { code: 'timeout' });
}
