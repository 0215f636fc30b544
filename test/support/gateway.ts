import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, request as requestSecurely } from 'node:https';
import type { AddressInfo } from 'node:net';

/** An answer that the gateway gives in place of the API server; 'silence' is none, on a connection that stays. */
export type Rejection = StatusRejection | 'silence';

export interface StatusRejection {
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/** A request that came to the gateway. */
export interface GatewayRequest {
  readonly method: string;
  readonly url: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly rejected: boolean;
}

/** What stands in front of an API server: a load balancer with moods. */
export interface Gateway {
  readonly server: string;
  /** Everything that came, in its order. */
  readonly requests: readonly GatewayRequest[];
  /** Asked for each request from now on; undefined lets it pass. */
  reject(rule: (received: Omit<GatewayRequest, 'rejected'>) => Rejection | undefined): void;
  /** Shows another certificate from now on, and ends all connections. */
  present(identity: TlsIdentity): void;
  close(): Promise<void>;
}

export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface GatewayInput {
  /** Of the API server. */
  readonly target: string;
  readonly ca: string | undefined;
  /** Undefined: plain http. */
  readonly identity?: TlsIdentity;
}

/** Passes requests on to an API server, with the credentials that they carry, and answers some of them itself. */
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
    // The client of a watch waits for the head of an answer that has no body yet.
    to.flushHeaders();
    respond.pipe(to);
  });
  upstream.on('error', () => to.destroy());
  to.once('close', () => upstream.destroy());
  from.pipe(upstream);
}

/** As an API server says it. */
function reject(to: ServerResponse, { status, retryAfterSeconds }: StatusRejection): void {
  const head = { 'content-type': 'application/json' };
  to.writeHead(status, retryAfterSeconds === undefined ? head : { ...head, 'retry-after': String(retryAfterSeconds) });
  to.end(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'a test says no', code: status }),
  );
}
