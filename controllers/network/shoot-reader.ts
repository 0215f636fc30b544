import type { Clock, Logger, Random } from '../../pkg/clock/clock.ts';
import { selfHostedNamespace } from '../../pkg/gardener/constants.ts';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { type DeadlineInput, startDeadline } from '../../pkg/kubernetes/client/deadline.ts';
import { isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import { shootKubeconfig } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { createTransport, type Transport } from '../../pkg/kubernetes/transport/connection.ts';
import type { ListCheck, ObjectQuery, ShootQuery } from '../../pkg/network/plugin.ts';
import { resourceOfKind, resources } from '../resources.ts';
import type { ShootReader } from './context.ts';
import { limitReading, readingLimits, retained } from './reading-limits.ts';

export interface ShootReaderOptions {
  /** Client of the seed, which stores the kubeconfig of the shoot. */
  readonly seed: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Names of Secrets with the kubeconfig; the first existing one is used (docs/design/gardener.md#cluster). */
  readonly secretNames: readonly string[];
  /** For a complete reading: the kubeconfig, all queries, pages and retries. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Opens the connection for one reading with the text of a kubeconfig. Default: only server, CA and token are used. */
  readonly connect?: (kubeconfig: string) => Transport;
}

/**
 * Creates a reader of running shoots, best effort. A missing kubeconfig, a shoot that does not respond, and a kubeconfig with other fields than
 * server, CA and token become a reason in the result, never an exception. One deadline and one limit of bytes apply to a whole reading, so that no
 * shoot holds a worker longer or fills the memory (docs/design/faults.md#limits-of-what-is-read).
 */
export function createShootReader(options: ShootReaderOptions): ShootReader {
  return async ({ namespace, queries, signal }) => {
    const { clock, timeoutMs = defaultTimeout } = options;
    return observed({ clock, signal, timeoutMs }, (limited) =>
      readShoot(options, { namespace, queries, signal: limited }),
    );
  };
}

const defaultTimeout = 10_000;

/**
 * Creates a reader for a process in a self-hosted shoot. Queries for the Network of that shoot are read from its own cluster, for which there
 * is no kubeconfig. The cluster may be a seed as well: queries for shoots in other namespaces go to `others`.
 */
export function createSelfHostedReader(options: SelfHostedReaderOptions): ShootReader {
  const { client, others, clock, timeoutMs = defaultTimeout } = options;
  return async (input) => {
    const { namespace, queries, signal } = input;
    if (namespace !== selfHostedNamespace) return others(input);
    return observed({ clock, signal, timeoutMs }, (limited) => runQueries(client, { queries, signal: limited }));
  };
}

export interface SelfHostedReaderOptions {
  /** Client of the own cluster. */
  readonly client: KubeClient;
  /** Reader for shoots in other namespaces. */
  readonly others: ShootReader;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** Runs a reading with a deadline for all of its requests. Returns its failure as a reason. */
async function observed(
  deadlineInput: DeadlineInput,
  read: (signal: AbortSignal) => Promise<readonly KubeObject[]>,
): ReturnType<ShootReader> {
  const deadline = startDeadline(deadlineInput);
  try {
    return { available: true, value: await read(deadline.signal) };
  } catch (error) {
    return { available: false, reason: errorMessage(error) };
  } finally {
    deadline.end();
  }
}

async function readShoot(
  options: ShootReaderOptions,
  { namespace, queries, signal }: Parameters<ShootReader>[0],
): Promise<readonly KubeObject[]> {
  const { clock, random, log, timeoutMs = defaultTimeout } = options;
  const open = (kubeconfig: string): Transport =>
    createTransport({ ...connection, config: shootKubeconfig(kubeconfig), clock, logger: log });
  const transport = (options.connect ?? open)(await readKubeconfig(options, { namespace, signal }));
  try {
    const client = createClient({ transport: limitReading(transport), clock, random, timeoutMs });
    return await runQueries(client, { queries, signal });
  } finally {
    await transport.close();
  }
}

const connection = { userAgent: 'gardener-extension-networking', maxConnections: 2 } as const;

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

type Reading = Pick<Parameters<ShootReader>[0], 'queries' | 'signal'>;

async function runQueries(client: KubeClient, { queries, signal }: Reading): Promise<readonly KubeObject[]> {
  const results = await Promise.all(queries.map((query) => runQuery(client, query, signal)));
  return results.flat();
}

async function runQuery(client: KubeClient, query: ShootQuery, signal: AbortSignal): Promise<readonly KubeObject[]> {
  if ('check' in query) return checkList(client, query, signal);
  const resource = resourceOfKind(query.kind);
  const { namespace, name } = query;
  if (name === undefined) return listAll(client, query, signal);
  try {
    return [retained(await client.get({ resource, namespace, name, signal }))];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/**
 * Without its definition a resource is not served. The 404 of a list alone does not show that, since a proxy may have sent it
 * (docs/design/faults.md#responses). The client rejects a list without a resourceVersion.
 */
async function checkList(client: KubeClient, { check }: ListCheck, signal: AbortSignal): Promise<readonly []> {
  const name = `${check.plural}.${check.group}`;
  const definitions = resources.customResourceDefinitions;
  const definition = await client.find({ resource: definitions, name, metadataOnly: true, signal });
  if (definition === undefined) return [];
  const resource = { ...check, namespaced: false };
  const { resourceVersion } = await client.listPage({ resource, metadataOnly: true, pageSize: 0, signal });
  if (resourceVersion === '0') throw new Error(`the watch cache of ${name} is not ready`);
  return [];
}

/** Not `client.list`: it has no limit of pages, and starts again without pages if a continue token expires. */
async function listAll(client: KubeClient, query: ObjectQuery, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const { apiVersion, kind, namespace } = query;
  const { pageSize, pages, objects } = readingLimits;
  const found: KubeObject[] = [];
  let token: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const list = { resource: resourceOfKind(kind), namespace, pageSize, signal };
    const { items, continue: next } = await client.listPage({ ...list, ...(token && { continue: token }) });
    found.push(...items.map((item) => retained({ ...item, apiVersion, kind })));
    if (found.length > objects) break;
    if (next === undefined) return found;
    token = next;
  }
  throw new Error(`the list of kind ${kind} has more than ${pages} pages or ${objects} objects`);
}
