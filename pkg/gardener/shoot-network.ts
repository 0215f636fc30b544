import { type Cidr, parseCidr } from './cidr.ts';
import { shootFacts } from './cluster.ts';
import { annotations, apiVersions, selfHostedNamespace } from './constants.ts';
import type { Network } from './network.ts';
import { isRecord, recordOf } from './objects.ts';

/** Returns the Network and Cluster that gardenlet would create for a Shoot (docs/design/gardener.md#who-writes-a-network). */
export function deriveNetwork(shoot: Readonly<Record<string, unknown>>): {
  readonly network: Network;
  readonly cluster: Readonly<Record<string, unknown>>;
} {
  const facts = shootFacts(shoot);
  const { networking, observed } = facts;
  const namespace = controlPlaneNamespace(shoot) ?? `shoot--${facts.namespace.replace(/^garden-/, '')}--${facts.name}`;
  const families = networking.ipFamilies.length === 0 ? ['IPv4'] : networking.ipFamilies;
  const podCIDR = chooseRange({ families, spec: networking.pods, status: observed.pods });
  const serviceCIDR = chooseRange({ families, spec: networking.services, status: observed.services });
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

/**
 * Chooses the range that gardenlet writes into the Network: the ranges of spec and status are ordered by family; the first one wins, or in
 * dual-stack with IPv6 first the second one. An unparsable range is returned as it is, so that validation reports it.
 */
function chooseRange(input: {
  readonly families: readonly string[];
  readonly spec: string | undefined;
  readonly status: readonly string[];
}): string | undefined {
  const { families, spec, status } = input;
  const known = [...new Set([...(spec === undefined ? [] : [spec]), ...status])];
  const ranges: Cidr[] = [];
  for (const text of known) {
    const range = parseCidr(text);
    if (range === undefined) return text;
    ranges.push(range);
  }
  const sorted = [...new Set(families)].flatMap((family) =>
    ranges.filter((range) => range.family === family).map(({ text }) => text),
  );
  const second = families.length === 2 && families[0] === 'IPv6';
  return (second ? sorted[1] : undefined) ?? sorted[0] ?? known[0];
}

/** Returns `kube-system` if a worker pool of the shoot runs its control plane (docs/design/gardener.md#self-hosted-shoots), else the technical ID. */
function controlPlaneNamespace(shoot: Readonly<Record<string, unknown>>): string | undefined {
  const spec = recordOf(shoot['spec']);
  const provider = recordOf(spec['provider']);
  const workers: readonly unknown[] = Array.isArray(provider['workers']) ? provider['workers'] : [];
  if (workers.some((worker) => isRecord(worker) && isRecord(worker['controlPlane']))) return selfHostedNamespace;
  const status = recordOf(shoot['status']);
  const id = status['technicalID'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
