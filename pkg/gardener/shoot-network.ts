import { parseCidr } from './cidr.ts';
import { shootFacts } from './cluster.ts';
import { annotations, apiVersions } from './constants.ts';
import type { Network } from './network.ts';

/**
 * The Network and Cluster that gardenlet would write for a Shoot (contract.md §1.3), for people who have only the Shoot at hand. Each range
 * is the first that the shoot has, except in dual-stack with IPv6 first, where it is the second.
 */
export function networkOfShoot(shoot: Readonly<Record<string, unknown>>): {
  readonly network: Network;
  readonly cluster: Readonly<Record<string, unknown>>;
} {
  const facts = shootFacts(shoot);
  const { networking, observed } = facts;
  const namespace = technicalId(shoot) ?? `shoot--${facts.namespace.replace(/^garden-/, '')}--${facts.name}`;
  const families = networking.ipFamilies.length === 0 ? ['IPv4'] : networking.ipFamilies;
  const pick = (status: readonly string[], spec: string | undefined): string | undefined => {
    const ranges = status.length > 0 ? status : spec === undefined ? [] : [spec];
    const second = families.length === 2 && families[0] === 'IPv6' && parseCidr(ranges[0] ?? '')?.family === 'IPv6';
    return (second ? ranges[1] : undefined) ?? ranges[0];
  };
  const podCIDR = pick(observed.pods, networking.pods);
  const serviceCIDR = pick(observed.services, networking.services);
  return {
    network: {
      apiVersion: apiVersions.extensions,
      kind: 'Network',
      metadata: { name: facts.name, namespace, generation: 1, annotations: { [annotations.operation]: 'reconcile' } },
      spec: {
        type: networking.type ?? '',
        ...(networking.providerConfig === undefined ? {} : { providerConfig: networking.providerConfig }),
        ...(podCIDR === undefined ? {} : { podCIDR }),
        ...(serviceCIDR === undefined ? {} : { serviceCIDR }),
        ipFamilies: families,
      },
    },
    cluster: { apiVersion: apiVersions.extensions, kind: 'Cluster', metadata: { name: namespace }, spec: { shoot } },
  };
}

function technicalId(shoot: Readonly<Record<string, unknown>>): string | undefined {
  const status = shoot['status'];
  const id = typeof status === 'object' && status !== null && 'technicalID' in status ? status.technicalID : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
