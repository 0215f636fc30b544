import type { Clock, Logger, Random } from '../../pkg/clock/clock.ts';
import { selfHostedNamespace } from '../../pkg/gardener/constants.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import { shootKubeconfig } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { createTransport } from '../../pkg/kubernetes/transport/connection.ts';
import type { ShootQuery } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from '../seed/resources.ts';
import type { ShootReader } from './context.ts';

export interface ShootReaderOptions {
  /** The client of the seed, where the kubeconfig of the shoot is. */
  readonly seed: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Secrets to look for, the first that exists counts (docs/design/gardener.md#cluster). */
  readonly secretNames: readonly string[];
  readonly timeoutMs?: number;
}

/**
 * Reads from running shoots, best effort: missing kubeconfigs, shoots that do not answer and kubeconfigs that ask for more than a server,
 * a CA and a token are a reason in the answer, never an exception, and never hold a worker longer than the deadline.
 */
export function createShootReader(options: ShootReaderOptions): ShootReader {
  return async ({ namespace, queries, signal }) => {
    try {
      const value = await readWithin(options, { namespace, queries, signal });
      return { known: true, value };
    } catch (error) {
      return { known: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

/**
 * For a self-hosted shoot: what its own Network asks for is read from the cluster that this runs in, of which there is no kubeconfig. It
 * may be a seed, too, and the cluster says nothing about the shoots whose control planes are in its other namespaces.
 */
export function createOwnReader({ client, others, timeoutMs = 10_000 }: OwnReaderOptions): ShootReader {
  return async (reading) => {
    const { namespace, queries, signal } = reading;
    if (namespace !== selfHostedNamespace) return others(reading);
    try {
      const answers = await Promise.all(queries.map((query) => answer(client, { query, signal, timeoutMs })));
      return { known: true, value: answers.flat() };
    } catch (error) {
      return { known: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

export interface OwnReaderOptions {
  readonly client: KubeClient;
  /** Of shoots with another namespace. */
  readonly others: ShootReader;
  readonly timeoutMs?: number;
}

interface Reading {
  readonly namespace: string;
  readonly queries: readonly ShootQuery[];
  readonly signal: AbortSignal;
}

async function readWithin(
  options: ShootReaderOptions,
  { namespace, queries, signal }: Reading,
): Promise<readonly KubeObject[]> {
  const { clock, random, log } = options;
  const config = shootKubeconfig(await kubeconfigOf(options, { namespace, signal }));
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
    const answers = await Promise.all(queries.map((query) => answer(client, { query, signal })));
    return answers.flat();
  } finally {
    await transport.close();
  }
}

async function kubeconfigOf(
  { seed, secretNames }: ShootReaderOptions,
  { namespace, signal }: Omit<Reading, 'queries'>,
): Promise<string> {
  for (const name of secretNames) {
    const secret = await seed.find({ resource: resources.secrets, namespace, name, signal });
    const data = secret !== undefined && isRecord(secret['data']) ? secret['data']['kubeconfig'] : undefined;
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
  }
  throw new Error(`there is no Secret ${secretNames.join(' or ')} with a kubeconfig of the shoot`);
}

interface Asked {
  readonly query: ShootQuery;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

async function answer(client: KubeClient, { query, ...call }: Asked): Promise<readonly KubeObject[]> {
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
