import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, request as requestSecurely } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A response of the gateway in place of the API server; with 'silence', none is sent and the connection remains open. */
export type Rejection = StatusRejection | 'silence';

export interface StatusRejection {
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/** A request to the gateway. */
export interface GatewayRequest {
  readonly method: string;
  readonly url: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly rejected: boolean;
}

/** A load balancer in front of an API server, which can reject requests. */
export interface Gateway {
  readonly server: string;
  /** All requests so far, in order. */
  readonly requests: readonly GatewayRequest[];
  /** Sets the rule for subsequent requests, which returns undefined to forward one. */
  reject(rule: (received: Omit<GatewayRequest, 'rejected'>) => Rejection | undefined): void;
  /** Replaces the certificate and closes all connections. */
  present(identity: TlsIdentity): void;
  close(): Promise<void>;
}

export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface GatewayInput {
  /** URL of the API server. */
  readonly target: string;
  readonly ca: string | undefined;
  /** Undefined for plain HTTP. */
  readonly identity?: TlsIdentity;
}

/** Starts a gateway that forwards requests to an API server with their credentials, and rejects some of them. */
export async function startGateway({ target, ca, identity }: GatewayInput): Promise<Gateway> {
  const requests: GatewayRequest[] = [];
  let rule: Parameters<Gateway['reject']>[0] = () => undefined;
  const respond = (from: IncomingMessage, to: ServerResponse): void => {
    const received = { method: from.method ?? '', url: from.url ?? '', at: performance.now() };
    const rejection = rule(received);
    requests.push({ ...received, rejected: rejection !== undefined });
    if (rejection === undefined) pass({ from, to, target, ca });
    else if (rejection !== 'silence') reject(to, rejection);
  };
  const secure = identity && createHttpsServer(identity, respond);
  const server = secure ?? createHttpServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;

  return {
    server: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    reject: (next) => {
      rule = next;
    },
    present: (next) => {
      secure?.setSecureContext(next);
      server.closeAllConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Pass {
  readonly from: IncomingMessage;
  readonly to: ServerResponse;
  readonly target: string;
  readonly ca: string | undefined;
}

function pass({ from, to, target, ca }: Pass): void {
  const url = new URL(from.url ?? '/', target);
  const { host: _host, connection: _connection, ...headers } = from.headers;
  const options = { method: from.method, headers, ...(ca === undefined ? {} : { ca }) };
  const send = url.protocol === 'https:' ? requestSecurely : request;
  const upstream = send(url, options, (respond) => {
    to.writeHead(respond.statusCode ?? 502, respond.headers);
    // The client of a watch waits for the head of a response that has no body yet.
    to.flushHeaders();
    respond.pipe(to);
  });
  upstream.on('error', () => to.destroy());
  to.once('close', () => upstream.destroy());
  from.pipe(upstream);
}

/** Responds with a Status, like an API server. */
function reject(to: ServerResponse, { status, retryAfterSeconds }: StatusRejection): void {
  const head = { 'content-type': 'application/json' };
  to.writeHead(status, retryAfterSeconds === undefined ? head : { ...head, 'retry-after': String(retryAfterSeconds) });
  to.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message: 'rejected by a test',
      code: status,
    }),
  );
}
