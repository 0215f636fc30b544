/**
 * The way to one API server: a pool of connections that is shared by everything that talks to it, and replaced only
 * when the CA or the client certificate have other bytes, or when a call got no answer at all. HTTP/1.1 only, because
 * watches over HTTP/2 leaked in other controllers, and one TLS handshake per call would cost more than the call.
 */
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { type CredentialsConfig, createCredentials, type Resolved } from './credentials.ts';
import { exchange, type HttpAnswer, type HttpStream, openStream } from './exchange.ts';
import { createPools, type ServerConfig, sameTls } from './pools.ts';

/** Where an API server is and who we are there; kubeconfig.ts makes these. */
export interface ConnectionConfig extends CredentialsConfig, ServerConfig {}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query, without the path of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Aborted by the caller, or with a DeadlineExceeded. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface Transport {
  readonly server: string;
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** For watches: a socket of its own, which is closed afterwards, and no limit between two chunks. */
  stream(request: HttpRequest): Promise<HttpStream>;
  /** Ends every call and watch with TransportClosed, also those that wait for a connection, and closes all connections. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly config: ConnectionConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /** Connections for calls, watches aside; 64 unless told. */
  readonly maxConnections?: number;
  /** How often the mtime of credential files is looked at; 1,000 ms unless told. */
  readonly checkFilesEveryMs?: number;
}

/** The reason with which the signal of a request is aborted when its time is over. */
export class DeadlineExceeded extends Error {
  constructor(timeoutMs: number) {
    super(`no complete answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/** The transport was closed: by this process, as it ends. */
export class TransportClosed extends Error {
  constructor(server: string) {
    super(`the connection to ${server} was closed`);
    this.name = 'TransportClosed';
  }
}

/** Credentials could not be had: a token file that never was readable, a plugin that failed. */
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
  // undici forgets the connections of a pool that is retired, so closing it a second time would end nothing that runs there.
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
        (refused) => refused.cancel(),
      ),
    close: () => {
      closing.abort(new TransportClosed(config.server));
      return pools.close();
    },
  };

  async function deliver(request: HttpRequest, resolved: Resolved): Promise<HttpAnswer> {
    const pool = await pools.get(resolved.tls);
    try {
      const options = { ...describe(request, resolved), bodyTimeout: request.timeoutMs + undiciSlack };
      return await exchange({ ...request, closed: closing.signal, dispatcher: pool.calls, options });
    } catch (error) {
      if (error instanceof DeadlineExceeded) pools.suspect(pool);
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
      headersTimeout: request.timeoutMs + undiciSlack,
      // Without this undici closes the connection after every DELETE with a body.
      reset: false,
    };
  }

  /** A 401 was not executed, so that it may be sent again with other credentials, whatever its verb. */
  async function authenticated<A extends { readonly status: number }>(
    attempt: (resolved: Resolved) => Promise<A>,
    discard: (refused: A) => void,
  ): Promise<A> {
    const used = await resolve(() => credentials.resolve());
    const answer = await attempt(used);
    if (answer.status !== 401) return answer;
    const other = await renewed(used);
    if (other === undefined) return answer;
    discard(answer);
    return await attempt(other);
  }

  /** Other credentials than those that were refused; undefined when there are none. */
  async function renewed(used: Resolved): Promise<Resolved | undefined> {
    const current = await resolve(() => credentials.resolve());
    if (!same(current, used)) return current;
    if (refreshing === undefined) {
      // Every call is answered 401 while an account is missing; plugins and disks are not asked for each of them.
      if (clock.monotonic() - refreshedAt < refreshEveryMs) return undefined;
      refreshedAt = clock.monotonic();
      refreshing = resolve(() => credentials.refresh()).finally(() => {
        refreshing = undefined;
      });
    }
    const fresh = await refreshing;
    return same(fresh, used) ? undefined : fresh;
  }

  async function resolve(how: () => Promise<Resolved>): Promise<Resolved> {
    try {
      return await how();
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
/** undici's own timers are a second line of defence; the signal is to fire first. */
const undiciSlack = 5_000;
