/**
 * Pools of connections to one API server. A pool is replaced when the TLS material changes or its connections may be
 * dead.
 */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ProxyAgent } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { tlsProtocols } from '../../gardener/tls.ts';
import type { TlsMaterial } from './credentials.ts';
import type { Dispatching } from './exchange.ts';

/** Address of an API server. */
export interface ServerConfig {
  /** `https://host:port`, optionally with a path prefix. */
  readonly server: string;
  /** Source of the configuration, for messages: "context prod of /home/me/.kube/config". */
  readonly origin: string;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** HTTP or HTTPS proxy. */
  readonly proxyUrl?: string | undefined;
}

export interface Pool {
  readonly tls: TlsMaterial;
  readonly calls: Dispatching;
  readonly watches: Dispatching;
}

export interface Pools {
  readonly get: (tls: TlsMaterial) => Promise<Pool>;
  /** Replaces a pool on which a call got no response, since its other idle sockets may be dead, too. */
  readonly replace: (pool: Pool) => void;
  readonly close: () => Promise<void>;
}

export interface PoolsOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxConnections?: number;
  /** Closes all sockets, including those being opened. */
  readonly closed: AbortSignal;
}

export function createPools(options: PoolsOptions): Pools {
  const { clock, logger, config } = options;
  const retired = new Set<Pool>();
  let active: Pool | undefined;
  let rejected: TlsMaterial | undefined;
  let replacedAt = Number.NEGATIVE_INFINITY;

  return {
    get: async (tls) => {
      if (active !== undefined && sameTls(active.tls, tls)) return active;
      const Proxy = config.proxyUrl === undefined ? undefined : (await import('undici')).ProxyAgent;
      options.closed.throwIfAborted();
      // Another call may have built the pool during the import.
      if (active !== undefined && sameTls(active.tls, tls)) return active;
      const context = createContext(tls);
      if ('problem' in context) return keepActive(tls, context.problem);
      if (active !== undefined) {
        logger.info({ server: config.server }, 'CA or client certificate changed, using new connections');
        retire(active);
      }
      active = buildPool({ tls, ...context, options, Proxy });
      return active;
    },
    replace: (pool) => {
      if (pool !== active || clock.monotonic() - replacedAt < replaceEveryMs) return;
      replacedAt = clock.monotonic();
      logger.warn({ server: config.server }, 'Request got no response in time, using new connections');
      retire(pool);
    },
    close: async () => {
      const all = [...retired, ...(active === undefined ? [] : [active])];
      retired.clear();
      active = undefined;
      await Promise.all(all.flatMap((pool) => [pool.calls.destroy(), pool.watches.destroy()]));
    },
  };

  /** A key and its certificate are two files, so during a rotation they may briefly not match. */
  function keepActive(tls: TlsMaterial, problem: string): Pool {
    if (active === undefined) throw new Error(`TLS material of ${config.origin}: ${problem}`);
    if (rejected === undefined || !sameTls(rejected, tls)) {
      const fields = { server: config.server, reason: problem };
      logger.warn(fields, 'New CA, client certificate and key do not match, keeping old connections');
    }
    rejected = tls;
    return active;
  }

  /** Running calls and watches continue on the old connections. */
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
  readonly secureContext: SecureContext;
  readonly options: PoolsOptions;
  readonly Proxy: typeof ProxyAgent | undefined;
}

function buildPool({ tls, secureContext, options, Proxy }: PoolInput): Pool {
  const { config } = options;
  const signal = options.closed;
  const requestTls = {
    secureContext,
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

/** Parses the material once for all connections of a pool. Returns why OpenSSL rejects it otherwise. */
function createContext({
  ca,
  cert,
  key,
}: TlsMaterial): { readonly secureContext: SecureContext } | { readonly problem: string } {
  const material = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  try {
    return { secureContext: createSecureContext({ ...material, ...tlsProtocols }) };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

export function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

/** Shorter than the idle timeouts of load balancers (60 s) and API servers (at least 90 s). */
const idleMs = 30_000;
const connectTimeoutMs = 10_000;
const replaceEveryMs = 10_000;
