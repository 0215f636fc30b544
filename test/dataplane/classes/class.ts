import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Family } from '../arena/topology.ts';
import type { ExpectedLine } from '../cilium/log-lines.ts';
import type { Stage } from '../stage.ts';

/** A class of data paths: a configuration, and what packets must and must not do with it. */
export interface DataPathClass {
  readonly name: string;
  /** One line for the table. */
  readonly about: string;
  readonly families: readonly Family[];
  /** Network and Cluster, as in the goldens of plans. */
  readonly documents: readonly unknown[];
  /** Returns objects to start with in place of those of `documents`. */
  readonly earlier?: () => Promise<readonly KubeObject[]>;
  /** Kernel options without which the class cannot run. */
  readonly kernelOptions?: readonly string[];
  /** Default 2. */
  readonly nodes?: number;
  /** True to put each node into a subnet of its own, which the router connects. */
  readonly subnets?: boolean;
  /** Nameserver in /etc/resolv.conf of nodes. */
  readonly nameserver?: string;
  /** Lines of level warning or worse that this configuration causes. */
  readonly expectedLines?: readonly ExpectedLine[];
  readonly run: (stage: Stage) => Promise<void>;
}

export interface ShootInput {
  readonly families?: readonly Family[];
  /** `spec.kubernetes.kubeProxy.enabled`; default false, since no kube-proxy runs here. */
  readonly kubeProxy?: boolean;
  readonly providerConfig?: Readonly<Record<string, unknown>>;
  readonly nodeLocalDNS?: boolean;
}

const ranges = {
  ipv4: { pods: '100.64.0.0/12', nodes: '10.250.0.0/16', services: '100.104.0.0/16' },
  ipv6: { pods: 'fd00:100::/32', nodes: 'fd00:250::/56', services: 'fd00:10::/112' },
} as const;

/** Returns Network and Cluster of a shoot in the topology of the arena. */
export function shoot(input: ShootInput): readonly unknown[] {
  const { families = ['ipv4'], kubeProxy = false, providerConfig, nodeLocalDNS = false } = input;
  const pods = families.map((family) => ranges[family].pods);
  const nodes = families.map((family) => ranges[family].nodes);
  const [first = 'ipv4'] = families;
  const ipFamilies = families.map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6'));
  return [
    {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Network',
      metadata: { name: 'demo', namespace: 'shoot--team--demo' },
      spec: {
        type: 'cilium',
        ipFamilies,
        podCIDR: pods[0],
        serviceCIDR: ranges[first].services,
        ...(providerConfig === undefined ? {} : { providerConfig }),
      },
    },
    {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'shoot--team--demo' },
      spec: {
        shoot: {
          metadata: { name: 'demo', namespace: 'garden-team' },
          spec: {
            kubernetes: { version: '1.34.2', kubeProxy: { enabled: kubeProxy } },
            networking: { ipFamilies, pods: pods[0], nodes: nodes[0] },
            systemComponents: { nodeLocalDNS: { enabled: nodeLocalDNS } },
          },
          status: {
            advertisedAddresses: [{ name: 'external', url: apiServer[first] }],
            networking: { pods, nodes, services: families.map((family) => ranges[family].services) },
          },
        },
      },
    },
  ];
}

/** The API server of the arena, at the router. */
const apiServer = { ipv4: 'https://10.250.0.1', ipv6: 'https://[fd00:250::1]' } as const;
