import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../pkg/clock/clock.ts';
import { type ListenAddress, orListenError } from '../../pkg/webhook/listen.ts';
import type { PlainAnswer, Route } from './endpoints.ts';

export interface PlainServerInput {
  /** For messages: `metrics`. */
  readonly name: string;
  readonly address: ListenAddress;
  readonly route: Route;
  readonly log: Logger;
}

export interface PlainServer {
  /** The one that was taken when the address had port 0. */
  readonly port: number;
  /** Ends all connections; what is being answered is cut off. */
  close(): Promise<void>;
}

/**
 * Serves texts over plain HTTP to whoever asks: GET and HEAD only, no bodies, few and short-lived connections. No request can end it.
 * Rejects with ListenError.
 */
export async function servePlain(input: PlainServerInput): Promise<PlainServer> {
  const { name, address, log } = input;
  const server = createServer(limits, (request, response) => {
    answer(input, { request, response }).catch((error: unknown) => {
      log.error({ server: name, err: error }, 'A request could not be answered');
      response.destroy();
    });
  });
  // A probe and two Prometheus keep one each; more of them are refused before they cost anything.
  server.maxConnections = 64;
  server.on('clientError', (_error, socket) => refuse(socket));
  await listen(server, input);
  server.on('error', (error) => log.error({ server: name, err: error }, 'A server failed'));
  const { port } = server.address() as AddressInfo;
  log.info({ server: name, host: address.host, port }, 'Serving');
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

function listen(server: Server, { name, address }: PlainServerInput): Promise<void> {
  const { host, port } = address;
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  return orListenError(listening, { name: `the server for ${name}`, address });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ route, log, name }: PlainServerInput, { request, response }: Exchange): Promise<void> {
  const { method = '', url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, plain(405, 'only GET and HEAD are answered'), true);
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0';
  if (hasBody) return reply(response, plain(413, 'no body is taken'), true);
  const [path = ''] = url.split('?', 1);
  try {
    reply(response, (await route(path)) ?? plain(404, 'there is nothing here'));
  } catch (error) {
    log.error({ server: name, path: path.slice(0, 200), err: error }, 'A page could not be made');
    reply(response, plain(500, 'internal error, see the log'));
  }
}

function plain(status: number, text: string): PlainAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/** Node leaves out the body of answers to HEAD by itself. */
function reply(response: ServerResponse, { status, contentType, body }: PlainAnswer, last = false): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(last ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/** Not HTTP at all, too large or too slow: nothing of it is repeated in the answer. */
function refuse(socket: Pick<Duplex, 'writable' | 'end' | 'destroy'>): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  else socket.destroy();
}
