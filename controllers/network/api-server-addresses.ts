import { Resolver } from 'node:dns/promises';
import type { Clock } from '../../pkg/clock/clock.ts';
import { apiServerRecordSelector, apiServerTargets } from '../../pkg/gardener/dns-record.ts';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { apiServerAddresses } from '../../pkg/network/api-server-addresses.ts';
import { resources } from '../resources.ts';
import type { ApiServerAddressReader } from './context.ts';

/** Resolves a host name to all its addresses; rejects if the resolution fails. */
export type HostResolver = (host: string) => Promise<readonly string[]>;

export interface ApiServerAddressOptions {
  /** Client for the seed, which contains the DNSRecords. */
  readonly client: KubeClient;
  readonly resolve: HostResolver;
  /** Deadline of the list, default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Creates a reader of the addresses of shoots' API servers, from DNSRecords whose host names are resolved. A failed list rejects, as every read of
 * the seed does, so that a missing permission is an error in the status. A name that cannot be resolved is a reason in the result, and the run
 * is retried. A call takes at most the deadlines of one list and one resolution.
 */
export function createApiServerAddressReader(options: ApiServerAddressOptions): ApiServerAddressReader {
  const { client, resolve, timeoutMs = 10_000 } = options;
  return async ({ namespace, signal }) => {
    const { items } = await client.list({
      resource: resources.dnsRecords,
      namespace,
      labelSelector: apiServerRecordSelector,
      signal,
      timeoutMs,
    });
    try {
      // Items of a list have no kind.
      const targets = apiServerTargets(items.map((item) => ({ ...item, kind: 'DNSRecord' })));
      const resolved = await Promise.all(targets.hosts.map(resolve));
      return apiServerAddresses(targets, resolved.flat());
    } catch (error) {
      return { available: false, reason: errorMessage(error) };
    }
  };
}

const resolutionMs = 5_000;
/** Error codes for a name without an address of the family. */
const noAddress: readonly unknown[] = ['ENODATA', 'ENOTFOUND'];

export interface HostResolverOptions {
  readonly clock: Pick<Clock, 'setTimeout'>;
  /** `address:port` of name servers; default: those of the pod. */
  readonly servers?: readonly string[];
}

/** Creates a resolver of both families, with a timeout of five seconds. */
export function createHostResolver({ clock, servers }: HostResolverOptions): HostResolver {
  return async (host) => {
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancelTimeout = clock.setTimeout(() => resolver.cancel(), resolutionMs);
    try {
      const families = await Promise.all([
        emptyWithoutAddress(resolver.resolve4(host)),
        emptyWithoutAddress(resolver.resolve6(host)),
      ]);
      return families.flat();
    } finally {
      cancelTimeout();
    }
  };
}

async function emptyWithoutAddress(addresses: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await addresses;
  } catch (error) {
    if (isRecord(error) && noAddress.includes(error['code'])) return [];
    throw error;
  }
}
