/** A small shoot for tests: a Network of type cilium and its Cluster, with defaults for everything that a test does not set. */
import type { Network } from '../../gardener/network.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { NetworkPlan, Lookup, PlanInput } from '../../network/plugin.ts';

export interface Demo {
  /** providerConfig; absent by default. */
  readonly config?: unknown;
  readonly families?: readonly string[];
  readonly podCIDR?: string;
  /** Whether kube-proxy is enabled; otherwise Cilium replaces it. */
  readonly kubeProxy?: boolean;
  /** Additional members of the Shoot's spec and status. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  /** Additional metadata of the Network. */
  readonly metadata?: Partial<Network['metadata']>;
  readonly networkStatus?: Network['status'];
  readonly currentObjects?: Lookup<readonly KubeObject[]>;
  readonly shoot?: Lookup<readonly KubeObject[]>;
  readonly offline?: true;
  readonly featureGates?: Readonly<Record<string, boolean>>;
}

export const ranges = {
  IPv4: { pods: '100.64.0.0/12', services: '100.104.0.0/13', nodes: '10.250.0.0/16' },
  IPv6: { pods: '2001:db8:1::/48', services: '2001:db8:3::/108', nodes: '2001:db8:4::/64' },
} as const;

function demoNetwork(demo: Demo = {}): Network {
  const families = demo.families ?? ['IPv4'];
  // Like gardenlet: the IPv4 range of two families.
  const primary = families.length === 1 && families[0] === 'IPv6' ? ranges.IPv6 : ranges.IPv4;
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'demo', namespace: 'shoot--team--demo', ...demo.metadata },
    spec: {
      type: 'cilium',
      ipFamilies: families,
      podCIDR: demo.podCIDR ?? primary.pods,
      serviceCIDR: primary.services,
      ...(demo.config === undefined ? {} : { providerConfig: demo.config }),
    },
    ...(demo.networkStatus === undefined ? {} : { status: demo.networkStatus }),
  };
}

export function demoShoot(demo: Demo = {}): Readonly<Record<string, unknown>> {
  return {
    metadata: { name: 'demo', namespace: 'garden-team' },
    spec: {
      kubernetes: { version: '1.34.2', kubeProxy: { enabled: demo.kubeProxy ?? false, mode: 'IPTables' } },
      networking: { nodes: ranges.IPv4.nodes },
      ...demo.spec,
    },
    status: {
      networking: { pods: [ranges.IPv4.pods, ranges.IPv6.pods] },
      advertisedAddresses: [
        { name: 'internal', url: 'https://api.demo.internal.example.com' },
        { name: 'external', url: 'https://api.demo.example.com' },
      ],
      ...demo.status,
    },
  };
}

export function demoInput(demo: Demo = {}): PlanInput {
  return {
    network: demoNetwork(demo),
    cluster: { kind: 'Cluster', metadata: { name: 'shoot--team--demo' }, spec: { shoot: demoShoot(demo) } },
    featureGates: demo.featureGates ?? {},
    currentObjects: demo.currentObjects ?? { available: true, value: [] },
    shoot: demo.shoot ?? { available: true, value: [] },
    ...(demo.offline === undefined ? {} : { offline: demo.offline }),
  };
}

/** Returns all objects of the plan's first ManagedResource. */
export function plannedObjects(plan: NetworkPlan): readonly KubeObject[] {
  return plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object as KubeObject));
}

/** Returns the data of the planned ConfigMap cilium-config. */
export function plannedConfig(plan: NetworkPlan): Readonly<Record<string, string>> {
  const found = plannedObjects(plan).find(({ metadata }) => metadata.name === 'cilium-config');
  return (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
}

/** Returns ConfigMap cilium-config of a running shoot. */
export function runningConfig(data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace: 'kube-system' }, data };
}
