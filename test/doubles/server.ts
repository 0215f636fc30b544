/** A scripted HTTP(S) server: tests determine each response, byte by byte if necessary. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { TestContext } from 'node:test';
import { type ClientOptions, createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, type Verb } from '../../pkg/kubernetes/client/errors.ts';
import { type ObjectKey, type Resource, resourcePath } from '../../pkg/kubernetes/client/resource.ts';
import {
  type ConnectionConfig,
  createTransport,
  type Transport,
  type TransportOptions,
} from '../../pkg/kubernetes/transport/connection.ts';
import { createFakeClock, createMemoryLogger, type FakeClock } from './fakeclock.ts';

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Client port, which identifies the connection. */
  readonly port: number | undefined;
}

export type Script = (request: SeenRequest, response: ServerResponse, count: number) => void;

export interface ScriptedServer {
  readonly url: string;
  /** In the order in which their bodies completed. */
  readonly requests: readonly SeenRequest[];
  /** Number of accepted connections. */
  readonly connections: number;
  /** Closes every connection abruptly. */
  cut(): void;
}

/** Starts a server on loopback for the duration of the test; `count` is 0 for the first request. */
export async function startServer(t: TestContext, script: Script, tls?: ServerOptions): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://server');
      const query = Object.fromEntries(url.searchParams);
      const body = Buffer.concat(chunks).toString();
      const { method = '', headers } = request;
      const seen = { method, path: url.pathname, query, headers, body, port: request.socket.remotePort };
      requests.push(seen);
      script(seen, response, requests.length - 1);
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    requests,
    get connections() {
      return connections;
    },
    cut: () => server.closeAllConnections(),
  };
}

export function sendJson(response: ServerResponse, body: unknown, code = 200): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export interface StatusInput {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function sendStatus(response: ServerResponse, input: StatusInput): void {
  response.writeHead(input.code, { 'content-type': 'application/json', ...input.headers });
  response.end(JSON.stringify(statusObject(input)));
}

export function statusObject({ code, reason, message, details }: StatusInput): object {
  return {
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    code,
    reason,
    message: message ?? `status ${code}`,
    details,
  };
}

export interface MissingObject extends ObjectKey {
  readonly verb: Verb;
  readonly resource: Resource;
}

/** Returns the error of a request for an object that does not exist, as the API server sends it. */
export function notFound({ verb, resource, ...key }: MissingObject): ApiError {
  const { group, plural } = resource;
  const details = { name: key.name, ...(group !== '' && { group }), kind: plural };
  const status = statusObject({ code: 404, reason: 'NotFound', details });
  return new ApiError({ verb, path: resourcePath({ resource, ...key }), code: 404, status, now: 0 });
}

/** Starts the response of a watch if necessary, and sends events. */
export function sendEvents(response: ServerResponse, ...events: readonly object[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const event of events) response.write(`${JSON.stringify(event)}\n`);
}

export interface TestClient {
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly clock: FakeClock;
  readonly logger: ReturnType<typeof createMemoryLogger>;
}

export type TestClientOptions = Partial<Omit<ClientOptions, 'transport' | 'clock'>> & {
  readonly config?: Partial<ConnectionConfig>;
  readonly transport?: Partial<TransportOptions>;
};

/** Creates a client of the server with a fake clock; it is closed after the test. */
export function connect(t: TestContext, server: { readonly url: string }, options: TestClientOptions = {}): TestClient {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const config: ConnectionConfig = { server: server.url, origin: 'the test', ...options.config };
  const transport = createTransport({ clock, logger, userAgent: 'netext/test', ...options.transport, config });
  t.after(() => transport.close());
  const client = createClient({ random: () => 0.5, ...options, transport, clock });
  return { client, transport, clock, logger };
}
