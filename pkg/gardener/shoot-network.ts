import { type Cidr, parseCidr } from './cidr.ts';
import { shootFacts } from './cluster.ts';
import { annotations, apiVersions, selfHostedNamespace } from './constants.ts';
import type { Network } from './network.ts';
import { isRecord, recordOf } from './objects.ts';

/** The Network and Cluster that gardenlet would write for a Shoot (docs/design/gardener.md#who-writes-a-network), for people who have only the Shoot at hand. */
export function networkOfShoot(shoot: Readonly<Record<string, unknown>>): {
  readonly network: Network;
  readonly cluster: Readonly<Record<string, unknown>>;
} {
  const facts = shootFacts(shoot);
  const { networking, observed } = facts;
  const namespace = controlPlaneNamespace(shoot) ?? `shoot--${facts.namespace.replace(/^garden-/, '')}--${facts.name}`;
  const families = networking.ipFamilies.length === 0 ? ['IPv4'] : networking.ipFamilies;
  const podCIDR = rangeFor({ families, spec: networking.pods, status: observed.pods });
  const serviceCIDR = rangeFor({ families, spec: networking.services, status: observed.services });
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
 * The one range that gardenlet puts into the Network: of the spec's range and those of the status, in the order of the families, the
 * first; in dual-stack with IPv6 first the second. A range that cannot be read is passed on, so that validation names it.
 */
function rangeFor(input: {
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

/** `kube-system` when the control plane runs on a worker pool of the shoot itself (docs/design/gardener.md#self-hosted-shoots), else the technical id. */
function controlPlaneNamespace(shoot: Readonly<Record<string, unknown>>): string | undefined {
  const spec = recordOf(shoot['spec']);
  const provider = recordOf(spec['provider']);
  const workers: readonly unknown[] = Array.isArray(provider['workers']) ? provider['workers'] : [];
  if (workers.some((worker) => isRecord(worker) && isRecord(worker['controlPlane']))) return selfHostedNamespace;
  const status = recordOf(shoot['status']);
  const id = status['technicalID'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
