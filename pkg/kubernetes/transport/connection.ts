/**
 * The way to one API server: a pool of connections that is shared by everything that talks to it, and replaced only
 * when the CA or the client certificate have other bytes, or when a call got no answer at all. HTTP/1.1 only, because
 * watches over HTTP/2 leaked in other controllers, and one TLS handshake per call would cost more than the call.
 */
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { ProxyAgent } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { Clock, Logger } from '../../clock/clock.ts';
import { type CredentialsConfig, createCredentials, type Resolved, type TlsMaterial } from './credentials.ts';
import { type Dispatching, exchange, type HttpAnswer, type HttpStream, openStream } from './exchange.ts';

/** Where an API server is and who we are there; kubeconfig.ts makes these. */
export interface ConnectionConfig extends CredentialsConfig {
  /** `https://host:port`, perhaps with a path in front of /api. */
  readonly server: string;
  /** Where this description comes from, for messages: "context prod of /home/me/.kube/config". */
  readonly origin: string;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** http: or https: proxy. */
  readonly proxyUrl?: string | undefined;
}

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
    super(`credentials of ${origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
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

interface Pool {
  readonly tls: TlsMaterial;
  readonly calls: Dispatching;
  readonly watches: Dispatching;
}

interface Pools {
  readonly get: (tls: TlsMaterial) => Promise<Pool>;
  /** A call on this pool got no answer: its other idle sockets may be as dead, so the next call takes new ones. */
  readonly suspect: (pool: Pool) => void;
  readonly close: () => Promise<void>;
}

interface PoolsOptions extends TransportOptions {
  /** Ends sockets, those that are being opened among them. */
  readonly closed: AbortSignal;
}

function createPools(options: PoolsOptions): Pools {
  const { clock, logger, config } = options;
  const retired = new Set<Pool>();
  let active: Pool | undefined;
  let refused: TlsMaterial | undefined;
  let suspectedAt = Number.NEGATIVE_INFINITY;

  return {
    get: async (tls) => {
      if (active !== undefined && sameTls(active.tls, tls)) return active;
      const Proxy = config.proxyUrl === undefined ? undefined : (await import('undici')).ProxyAgent;
      if (options.closed.aborted) throw new TransportClosed(config.server);
      // Another call may have been here during the import.
      if (active !== undefined && sameTls(active.tls, tls)) return active;
      const problem = mismatch(tls);
      if (problem !== undefined) return keep(tls, problem);
      if (active !== undefined) {
        logger.info({ server: config.server }, 'CA or client certificate changed, new connections are used');
        retire(active);
      }
      active = buildPool({ tls, options, Proxy });
      return active;
    },
    suspect: (pool) => {
      if (pool !== active || clock.monotonic() - suspectedAt < suspectEveryMs) return;
      suspectedAt = clock.monotonic();
      logger.warn({ server: config.server }, 'a call got no answer in time, new connections are used');
      retire(pool);
    },
    close: async () => {
      const all = [...retired, ...(active === undefined ? [] : [active])];
      retired.clear();
      active = undefined;
      await Promise.all(all.flatMap((pool) => [pool.calls.destroy(), pool.watches.destroy()]));
    },
  };

  /** A key and its certificate are two files, and for a moment one of them is older than the other. */
  function keep(tls: TlsMaterial, problem: string): Pool {
    if (active === undefined) throw new Error(`TLS material of ${config.origin}: ${problem}`);
    if (refused === undefined || !sameTls(refused, tls)) {
      const fields = { server: config.server, reason: problem };
      logger.warn(fields, 'the new CA, client certificate and key do not fit together, keeping the old connections');
    }
    refused = tls;
    return active;
  }

  /** Running calls and watches finish on the old connections. */
  function retire(pool: Pool): void {
    if (active === pool) active = undefined;
    retired.add(pool);
    Promise.all([pool.calls.close(), pool.watches.close()])
      .catch(ignore)
      .finally(() => retired.delete(pool));
  }
}

interface PoolInput {
  readonly tls: TlsMaterial;
  readonly options: PoolsOptions;
  readonly Proxy: typeof ProxyAgent | undefined;
}

function buildPool({ tls, options, Proxy }: PoolInput): Pool {
  const { config } = options;
  const signal = options.closed;
  const requestTls = {
    ...given(tls),
    signal,
    ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
  };
  const connect = { ...requestTls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: connectTimeoutMs };
  const common = { allowH2: false, keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs };
  const calls = { ...common, connections: options.maxConnections ?? 64 };
  if (config.proxyUrl === undefined || Proxy === undefined) {
    return { tls, calls: new Agent({ ...calls, connect }), watches: new Agent({ ...common, connect }) };
  }
  const proxied = { uri: config.proxyUrl, requestTls };
  return { tls, calls: new Proxy({ ...calls, ...proxied }), watches: new Proxy({ ...common, ...proxied }) };
}

function same(a: Resolved, b: Resolved): boolean {
  return a.headers['authorization'] === b.headers['authorization'] && sameTls(a.tls, b.tls);
}

function given({ ca, cert, key }: TlsMaterial): SecureContextOptions {
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

/** Why OpenSSL does not take this material; undefined when it does. */
function mismatch(tls: TlsMaterial): string | undefined {
  try {
    createSecureContext(given(tls));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

function ignore(): void {}

/** Shorter than what load balancers (60 s) and API servers (90 s and more) close idle connections after. */
const idleMs = 30_000;
const connectTimeoutMs = 10_000;
const refreshEveryMs = 5_000;
const suspectEveryMs = 10_000;
/** undici's own timers are a second line of defence; the signal is to fire first. */
const undiciSlack = 5_000;
