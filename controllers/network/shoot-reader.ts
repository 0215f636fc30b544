import type { Clock, Logger, Random } from '../../pkg/clock/clock.ts';
import { selfHostedNamespace } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import { shootKubeconfig } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { createTransport } from '../../pkg/kubernetes/transport/connection.ts';
import type { ShootQuery } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from '../resources.ts';
import type { ShootReader } from './context.ts';

export interface ShootReaderOptions {
  /** Client of the seed, which stores the kubeconfig of the shoot. */
  readonly seed: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Names of Secrets with the kubeconfig; the first existing one is used (docs/design/gardener.md#cluster). */
  readonly secretNames: readonly string[];
  readonly timeoutMs?: number;
}

/**
 * Creates a reader of running shoots, best effort. A missing kubeconfig, a shoot that does not respond, and a kubeconfig with other fields than
 * server, CA and token become a reason in the result, never an exception. No read takes longer than the deadline.
 */
export function createShootReader(options: ShootReaderOptions): ShootReader {
  return async ({ namespace, queries, signal }) => {
    try {
      const value = await readWithin(options, { namespace, queries, signal });
      return { available: true, value };
    } catch (error) {
      return { available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

/**
 * Creates a reader for a process in a self-hosted shoot. Queries for the Network of that shoot are read from its own cluster, for which there
 * is no kubeconfig. The cluster may be a seed as well: queries for shoots in other namespaces go to `others`.
 */
export function createSelfHostedReader({ client, others, timeoutMs = 10_000 }: SelfHostedReaderOptions): ShootReader {
  return async (input) => {
    const { namespace, queries, signal } = input;
    if (namespace !== selfHostedNamespace) return others(input);
    try {
      const results = await Promise.all(queries.map((query) => runQuery(client, { query, signal, timeoutMs })));
      return { available: true, value: results.flat() };
    } catch (error) {
      return { available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

export interface SelfHostedReaderOptions {
  /** Client of the own cluster. */
  readonly client: KubeClient;
  /** Reader for shoots in other namespaces. */
  readonly others: ShootReader;
  readonly timeoutMs?: number;
}

async function readWithin(
  options: ShootReaderOptions,
  { namespace, queries, signal }: Parameters<ShootReader>[0],
): Promise<readonly KubeObject[]> {
  const { clock, random, log } = options;
  const config = shootKubeconfig(await readKubeconfig(options, { namespace, signal }));
  const transport = createTransport({
    config,
    clock,
    logger: log,
    userAgent: 'gardener-extension-networking',
    maxConnections: 2,
  });
  try {
    const client = createClient({
      transport,
      clock,
      random,
      timeoutMs: options.timeoutMs ?? 10_000,
      maxResponseBytes: 32 * 1024 * 1024,
    });
    const results = await Promise.all(queries.map((query) => runQuery(client, { query, signal })));
    return results.flat();
  } finally {
    await transport.close();
  }
}

async function readKubeconfig(
  { seed, secretNames }: ShootReaderOptions,
  { namespace, signal }: Pick<Parameters<ShootReader>[0], 'namespace' | 'signal'>,
): Promise<string> {
  for (const name of secretNames) {
    const secret = await seed.find({ resource: resources.secrets, namespace, name, signal });
    const data = secret !== undefined && isRecord(secret['data']) ? secret['data']['kubeconfig'] : undefined;
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
  }
  throw new Error(`there is no Secret ${secretNames.join(' or ')} with a kubeconfig of the shoot`);
}

interface QueryCall {
  readonly query: ShootQuery;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

async function runQuery(client: KubeClient, { query, ...call }: QueryCall): Promise<readonly KubeObject[]> {
  const resource = resourceOfKind(query.kind);
  if (query.name === undefined) {
    const { items } = await client.list({ resource, namespace: query.namespace, ...call });
    return items.map((item) => ({ ...item, apiVersion: query.apiVersion, kind: query.kind }));
  }
  try {
    return [await client.get({ resource, namespace: query.namespace, name: query.name, ...call })];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
