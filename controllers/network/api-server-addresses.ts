import { Resolver } from 'node:dns/promises';
import type { Clock } from '../../pkg/clock/clock.ts';
import { apiServerRecordSelector, apiServerTargets } from '../../pkg/gardener/dns-record.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { apiServerAddresses } from '../../pkg/network/api-server-addresses.ts';
import { resources } from '../resources.ts';
import type { ApiServerAddressReader } from './context.ts';

/** Returns all addresses of a host name; rejects when they cannot be looked up. */
export type HostResolver = (host: string) => Promise<readonly string[]>;

export interface ApiServerAddressOptions {
  /** The client of the seed, where the DNSRecords are. */
  readonly client: KubeClient;
  readonly resolve: HostResolver;
  readonly timeoutMs?: number;
}

/**
 * Reads the DNSRecords of a shoot's API server and resolves their host names, best effort: whatever fails is a reason in the result, never an
 * exception, and never holds a worker longer than the deadlines of one list and one resolution. The run that needs the addresses is repeated.
 */
export function createApiServerAddressReader(options: ApiServerAddressOptions): ApiServerAddressReader {
  const { client, resolve, timeoutMs = 10_000 } = options;
  return async ({ namespace, signal }) => {
    try {
      const { items } = await client.list({
        resource: resources.dnsRecords,
        namespace,
        labelSelector: apiServerRecordSelector,
        signal,
        timeoutMs,
      });
      // Items of a list have no kind of their own.
      const targets = apiServerTargets(items.map((item) => ({ ...item, kind: 'DNSRecord' })));
      const resolved = await Promise.all(targets.hosts.map(resolve));
      return apiServerAddresses(targets, resolved.flat());
    } catch (error) {
      return { available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

const resolutionMs = 5_000;
/** What resolvers answer for a name that has no address of a family. */
const noAddress: readonly unknown[] = ['ENODATA', 'ENOTFOUND'];

export interface HostResolverOptions {
  readonly clock: Pick<Clock, 'setTimeout'>;
  /** `address:port` of name servers; by default those of the pod. */
  readonly servers?: readonly string[];
}

/** Resolves both families, within five seconds. */
export function createHostResolver({ clock, servers }: HostResolverOptions): HostResolver {
  return async (host) => {
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const late = clock.setTimeout(() => resolver.cancel(), resolutionMs);
    try {
      const families = await Promise.all([orNone(resolver.resolve4(host)), orNone(resolver.resolve6(host))]);
      return families.flat();
    } finally {
      late();
    }
  };
}

async function orNone(addresses: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await addresses;
  } catch (error) {
    if (isRecord(error) && noAddress.includes(error['code'])) return [];
    throw error;
  }
}
