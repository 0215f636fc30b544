import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../pkg/clock/clock.ts';
import { limitConnections } from '../../pkg/webhook/connections.ts';
import { type ListenAddress, orListenError } from '../../pkg/webhook/listen.ts';
import type { PlainResponse, Route } from './endpoints.ts';

export interface PlainServerInput {
  /** For messages, such as `metrics`. */
  readonly name: string;
  readonly address: ListenAddress;
  readonly route: Route;
  readonly log: Logger;
}

export interface PlainServer {
  /** The actual port, if the address has port 0. */
  readonly port: number;
  /** Closes all connections, including those with a request in progress. */
  close(): Promise<void>;
}

/**
 * Serves texts over HTTP without authentication: GET and HEAD only, no request bodies, a limited number of short-lived connections. No
 * request can crash it. Rejects with ListenError.
 */
export async function servePlain(input: PlainServerInput): Promise<PlainServer> {
  const { name, address, log } = input;
  const server = createServer(limits, (request, response) => {
    respond(input, { request, response }).catch((error: unknown) => {
      log.error({ server: name, err: error }, 'Failed to respond to request');
      response.destroy();
    });
  });
  // A probe and two Prometheus need one each.
  limitConnections(server, 64);
  server.on('clientError', (_error, socket) => reject(socket));
  await listen(server, input);
  server.on('error', (error) => log.error({ server: name, err: error }, 'Server failed'));
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

async function respond({ route, log, name }: PlainServerInput, { request, response }: Exchange): Promise<void> {
  const { method = '', url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, plain(405, 'only GET and HEAD are allowed'), true);
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0';
  if (hasBody) return reply(response, plain(413, 'a request body is not allowed'), true);
  const [path = ''] = url.split('?', 1);
  try {
    reply(response, (await route(path)) ?? plain(404, 'not found'));
  } catch (error) {
    log.error({ server: name, path: path.slice(0, 200), err: error }, 'Failed to render page');
    reply(response, plain(500, 'internal error, see the log'));
  }
}

function plain(status: number, text: string): PlainResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/** Node omits the body of responses to HEAD. */
function reply(response: ServerResponse, { status, contentType, body }: PlainResponse, last = false): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(last ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/** Rejects a request that is not HTTP, too large or too slow. The response repeats no part of it. */
function reject(socket: Pick<Duplex, 'writable' | 'end' | 'destroy'>): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  else socket.destroy();
}
