/** Pools of connections to one API server, one for each set of TLS material, and no more of one that may be dead. */
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { ProxyAgent } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import type { TlsMaterial } from './credentials.ts';
import type { Dispatching } from './exchange.ts';

/** Where an API server is. */
export interface ServerConfig {
  /** `https://host:port`, perhaps with a path in front of /api. */
  readonly server: string;
  /** Where this description comes from, for messages: "context prod of /home/me/.kube/config". */
  readonly origin: string;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** http: or https: proxy. */
  readonly proxyUrl?: string | undefined;
}

export interface Pool {
  readonly tls: TlsMaterial;
  readonly calls: Dispatching;
  readonly watches: Dispatching;
}

export interface Pools {
  readonly get: (tls: TlsMaterial) => Promise<Pool>;
  /** A call on this pool got no answer: its other idle sockets may be as dead, so the next call takes new ones. */
  readonly suspect: (pool: Pool) => void;
  readonly close: () => Promise<void>;
}

export interface PoolsOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxConnections?: number;
  /** Ends sockets, those that are being opened among them. */
  readonly closed: AbortSignal;
}

export function createPools(options: PoolsOptions): Pools {
  const { clock, logger, config } = options;
  const retired = new Set<Pool>();
  let active: Pool | undefined;
  let refused: TlsMaterial | undefined;
  let suspectedAt = Number.NEGATIVE_INFINITY;

  return {
    get: async (tls) => {
      if (active !== undefined && sameTls(active.tls, tls)) return active;
      const Proxy = config.proxyUrl === undefined ? undefined : (await import('undici')).ProxyAgent;
      options.closed.throwIfAborted();
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
      .catch(() => undefined)
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

function given({ ca, cert, key }: TlsMaterial): SecureContextOptions {
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

/** Why OpenSSL does not take this material; undefined when it does. */
function mismatch(tls: TlsMaterial): string | undefined {
  try {
    createSecureContext(given(tls));
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

export function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

/** Shorter than what load balancers (60 s) and API servers (90 s and more) close idle connections after. */
const idleMs = 30_000;
const connectTimeoutMs = 10_000;
const suspectEveryMs = 10_000;
