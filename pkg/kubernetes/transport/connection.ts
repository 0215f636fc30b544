/**
 * The transport to one API server: credentials, and a pool of connections shared by all clients. The pool is replaced
 * only when the bytes of the CA or the client certificate change, or when a call gets no response. HTTP/1.1 only,
 * because watches over HTTP/2 leaked in other controllers; connections are kept alive, because a TLS handshake costs
 * more than a call.
 */
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { type CredentialsConfig, createCredentials, type Resolved } from './credentials.ts';
import { exchange, type HttpResponse, type HttpStream, openStream } from './exchange.ts';
import { createPools, type ServerConfig, sameTls } from './pools.ts';

/** Address of an API server and credentials for it, as kubeconfig.ts returns them. */
export interface ConnectionConfig extends CredentialsConfig, ServerConfig {}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query, without the path prefix of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Aborts with the caller, or with a DeadlineExceeded. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface Transport {
  readonly server: string;
  send(request: HttpRequest): Promise<HttpResponse>;
  /** For watches: uses a separate socket, which is closed afterwards, and has no timeout between two chunks. */
  stream(request: HttpRequest): Promise<HttpStream>;
  /**
   * Aborts every call and watch with TransportClosed, including those waiting for a connection, and closes all
   * connections.
   */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly config: ConnectionConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /** Maximum number of connections for calls, without watches. Default: 64. */
  readonly maxConnections?: number;
  /** Interval for checking the mtime of credential files. Default: 1,000 ms. */
  readonly checkFilesEveryMs?: number;
}

/** Abort reason of a request whose deadline has passed. */
export class DeadlineExceeded extends Error {
  constructor(timeoutMs: number) {
    super(`no complete response within ${timeoutMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/** The transport was closed by this process. */
export class TransportClosed extends Error {
  constructor(server: string) {
    super(`the connection to ${server} was closed`);
    this.name = 'TransportClosed';
  }
}

/** Credentials are not available: a token file was never readable, or a plugin failed. */
export class CredentialsError extends Error {
  constructor(origin: string, cause: unknown) {
    super(`credentials of ${origin}: ${errorMessage(cause)}`, { cause });
    this.name = 'CredentialsError';
  }
}

export function createTransport(options: TransportOptions): Transport {
  const { config, clock } = options;
  const server = new URL(config.server);
  const prefix = server.pathname.replace(/\/+$/, '');
  const credentials = createCredentials({ ...options, checkEveryMs: options.checkFilesEveryMs });
  // undici drops the connections of a retired pool, so closing that pool again would not abort the requests on them.
  const closing = new AbortController();
  const pools = createPools({ ...options, closed: closing.signal });
  let refreshing: Promise<Resolved> | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;

  return {
    server: config.server,
    send: (request) => authenticated((resolved) => deliver(request, resolved), ignore),
    stream: (request) =>
      authenticated(
        (resolved) => open(request, resolved),
        (rejected) => rejected.cancel(),
      ),
    close: () => {
      closing.abort(new TransportClosed(config.server));
      return pools.close();
    },
  };

  async function deliver(request: HttpRequest, resolved: Resolved): Promise<HttpResponse> {
    const pool = await pools.get(resolved.tls);
    try {
      const options = { ...describe(request, resolved), bodyTimeout: request.timeoutMs + undiciSlackMs };
      return await exchange({ ...request, closed: closing.signal, dispatcher: pool.calls, options });
    } catch (error) {
      if (error instanceof DeadlineExceeded) pools.replace(pool);
      throw error;
    }
  }

  async function open(request: HttpRequest, resolved: Resolved): Promise<HttpStream> {
    const pool = await pools.get(resolved.tls);
    const options = { ...describe(request, resolved), bodyTimeout: 0, reset: true };
    return await openStream({ ...request, closed: closing.signal, dispatcher: pool.watches, options });
  }

  function describe(request: HttpRequest, resolved: Resolved) {
    return {
      origin: server.origin,
      path: prefix + request.path,
      method: request.method,
      headers: { 'user-agent': options.userAgent, ...resolved.headers, ...request.headers },
      body: request.body ?? null,
      headersTimeout: request.timeoutMs + undiciSlackMs,
      // Without this undici closes the connection after every DELETE with a body.
      reset: false,
    };
  }

  /** A request answered with 401 was not executed, so any verb may be sent again with other credentials. */
  async function authenticated<A extends { readonly status: number }>(
    attempt: (resolved: Resolved) => Promise<A>,
    discard: (rejected: A) => void,
  ): Promise<A> {
    const used = await resolve(() => credentials.resolve());
    const response = await attempt(used);
    if (response.status !== 401) return response;
    const other = await renewed(used);
    if (other === undefined) return response;
    discard(response);
    return await attempt(other);
  }

  /** Returns credentials that differ from the rejected ones; undefined if there are none. */
  async function renewed(used: Resolved): Promise<Resolved | undefined> {
    const current = await resolve(() => credentials.resolve());
    if (!same(current, used)) return current;
    if (refreshing === undefined) {
      // While an account is missing, every call gets a 401; plugins and files must not be read for each of them.
      if (clock.monotonic() - refreshedAt < refreshEveryMs) return undefined;
      refreshedAt = clock.monotonic();
      refreshing = resolve(() => credentials.refresh()).finally(() => {
        refreshing = undefined;
      });
    }
    const fresh = await refreshing;
    return same(fresh, used) ? undefined : fresh;
  }

  async function resolve(read: () => Promise<Resolved>): Promise<Resolved> {
    try {
      return await read();
    } catch (error) {
      throw new CredentialsError(config.origin, error);
    }
  }
}

function same(a: Resolved, b: Resolved): boolean {
  return a.headers['authorization'] === b.headers['authorization'] && sameTls(a.tls, b.tls);
}

function ignore(): void {}

const refreshEveryMs = 5_000;
/** undici's own timeouts are a fallback; the signal has to fire first. */
const undiciSlackMs = 5_000;
