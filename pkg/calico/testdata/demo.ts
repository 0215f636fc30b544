/** A small shoot for tests: a Network of type calico and its Cluster, with defaults for everything that a test does not set. */
import type { Network } from '../../gardener/network.ts';
import type { PlanInput } from '../../network/plugin.ts';

export interface Demo {
  /** providerConfig; absent by default. */
  readonly config?: unknown;
  readonly families?: readonly string[];
  readonly podCIDR?: string;
  readonly serviceCIDR?: string;
  /** Additional members of the Shoot's spec and status. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly featureGates?: Readonly<Record<string, boolean>>;
}

export const ranges = {
  IPv4: { pods: '100.64.0.0/12', services: '100.104.0.0/13' },
  IPv6: { pods: '2001:db8:1::/48', services: '2001:db8:3::/108' },
} as const;

export function demoNetwork(demo: Demo = {}): Network {
  const families = demo.families ?? ['IPv4'];
  const primary = families[0] === 'IPv6' ? ranges.IPv6 : ranges.IPv4;
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'demo', namespace: 'shoot--team--demo' },
    spec: {
      type: 'calico',
      ipFamilies: families,
      podCIDR: demo.podCIDR ?? primary.pods,
      serviceCIDR: demo.serviceCIDR ?? primary.services,
      ...(demo.config === undefined ? {} : { providerConfig: demo.config }),
    },
  };
}

export function demoShoot(demo: Demo = {}): Readonly<Record<string, unknown>> {
  return {
    metadata: { name: 'demo', namespace: 'garden-team' },
    spec: { kubernetes: { version: '1.34.2' }, ...demo.spec },
    status: { networking: { pods: [ranges.IPv4.pods, ranges.IPv6.pods] }, ...demo.status },
  };
}

export function demoInput(demo: Demo = {}): PlanInput {
  return {
    network: demoNetwork(demo),
    cluster: { kind: 'Cluster', metadata: { name: 'shoot--team--demo' }, spec: { shoot: demoShoot(demo) } },
    featureGates: demo.featureGates ?? {},
    currentObjects: { available: true, value: [] },
    shoot: { available: true, value: [] },
    apiServerAddresses: { available: true, value: ['192.0.2.1', '2001:db8:5::1'] },
  };
}
