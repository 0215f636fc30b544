import type { ApiServerTargets } from '../gardener/dns-record.ts';
import type { Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import type { Lookup, PlanContext } from './plugin.ts';

const report = reporter(networkRules);

/** Merges the addresses in the DNSRecords of the API server with those to which their host names resolve, without duplicates. */
export function apiServerAddresses(
  { addresses, problems }: Pick<ApiServerTargets, 'addresses' | 'problems'>,
  resolved: readonly string[],
): Lookup<readonly string[]> {
  if (problems.length > 0) return { available: false, reason: problems.join('; ') };
  const all = [...new Set([...addresses, ...resolved])];
  return all.length === 0
    ? { available: false, reason: 'no DNSRecord of the API server has an address yet' }
    : { available: true, value: all };
}

/** Returns the finding for objects that need the addresses if these are not available; offline, the objects are omitted. */
export function apiServerProblem(
  network: Network,
  { apiServerAddresses: addresses, offline }: Pick<PlanContext, 'apiServerAddresses' | 'offline'>,
): Diagnostic | undefined {
  if (addresses?.available === true) return undefined;
  const message = `the addresses of the API server cannot be read: ${addresses?.reason ?? 'nothing was read'}`;
  const code = offline === true ? 'network-api-server-left-out' : 'network-api-server-pending';
  return report(code, { object: describeObject(network), path: '', message });
}
