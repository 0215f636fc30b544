import { type KubeObject, recordOf } from '../../../pkg/gardener/objects.ts';
import { type Family, ranges } from '../arena/topology.ts';
import type { ExpectedLine } from '../cni/log-lines.ts';
import type { Cni } from '../cni/rendering.ts';
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
  /** Programs without which the class cannot run, and which this project does not build. */
  readonly missingPrograms?: () => readonly string[];
  /** True if `run` starts kube-proxy although the Shoot has none at first. */
  readonly startsKubeProxy?: boolean;
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
  /** Type of the Network; default cilium. */
  readonly cni?: Cni;
  readonly families?: readonly Family[];
  /** `spec.kubernetes.kubeProxy.enabled`, with which kube-proxy runs; default true for Calico, false for Cilium. */
  readonly kubeProxy?: boolean;
  readonly providerConfig?: Readonly<Record<string, unknown>>;
  readonly nodeLocalDNS?: boolean;
}

/** Returns Network and Cluster of a shoot in the topology of the arena. */
export function shoot(input: ShootInput): readonly unknown[] {
  const { cni = 'cilium', families = ['ipv4'], providerConfig, nodeLocalDNS = false } = input;
  const { kubeProxy = cni === 'calico' } = input;
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
        type: cni,
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

/** Returns whether the Shoot of a class has kube-proxy. */
export function hasKubeProxy([, cluster]: readonly unknown[]): boolean {
  const shoot = recordOf(recordOf(recordOf(cluster)['spec'])['shoot']);
  return recordOf(recordOf(recordOf(shoot['spec'])['kubernetes'])['kubeProxy'])['enabled'] === true;
}
