import { calico } from '../../../pkg/calico/plan.ts';
import { cilium } from '../../../pkg/cilium/plan.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';

/** The data of a CNI for the scenarios. Names are literals, so that an assertion does not compare a plan with itself. */
export interface Cni {
  readonly plugin: NetworkPlugin;
  /** The apiVersion of its NetworkConfig. */
  readonly apiVersion: string;
  /** Fields of a configuration, and of two changes that render other objects. */
  readonly config: object;
  readonly otherConfig: object;
  readonly thirdConfig: object;
  /** Two errors, so that a report of the first one only is noticed, their messages, and the patch that reverts them. */
  readonly bad: { readonly config: object; readonly messages: readonly string[]; readonly reverted: object };
  /** A change of the Shoot that renders other objects. */
  readonly otherShoot: object;
  /** In the order of the writes. */
  readonly managedResources: readonly [ManagedNames, ...ManagedNames[]];
  /** In the order of the writes, as `Kind name`. */
  readonly monitoring: readonly string[];
  /** The configuration with every monitoring object, and those that only it has. */
  readonly allOptions: { readonly config: object; readonly monitoring: readonly string[] };
  readonly legacyMonitoring: { readonly kind: 'ConfigMap'; readonly name: string };
  /** `status.state` after a successful run; empty if the CNI stores none. */
  readonly state: Readonly<Record<string, unknown>>;
  /** An object that the Go extension deploys to each shoot, from which a plan may read. */
  readonly goManifest: object;
  /** A workload whose deletion may be pending. */
  readonly workload: string;
}

export interface ManagedNames {
  readonly name: string;
  /** The value of the label `origin`, if it has one. */
  readonly origin?: string;
  /** The name of its Secret without the content hash. */
  readonly secret: string;
  readonly dataKey: string;
}

export const calicoCni: Cni = {
  plugin: calico,
  apiVersion: 'calico.networking.extensions.gardener.cloud/v1alpha1',
  config: { overlay: { enabled: false } },
  otherConfig: { vethMTU: '1430' },
  thirdConfig: { vethMTU: '1440' },
  bad: {
    config: { backend: 'frr', ipv4: { mode: 'x' } },
    messages: [
      'spec.providerConfig.backend: Unsupported value: "frr": supported values: "bird", "none", "vxlan"',
      'spec.providerConfig.ipv4.mode: Unsupported value: "x": supported values: "Always", "Never", "CrossSubnet", "Off"',
    ],
    reverted: { backend: null, ipv4: null },
  },
  otherShoot: { spec: { networking: { nodes: '10.251.0.0/16' } }, status: { networking: { nodes: null } } },
  managedResources: [
    {
      name: 'extension-networking-calico-config',
      origin: 'extension-networking-calico',
      secret: 'managedresource-extension-networking-calico-config',
      dataKey: 'config.yaml',
    },
  ],
  monitoring: ['ConfigMap calico-dashboards', 'ScrapeConfig shoot-calico-felix', 'ScrapeConfig shoot-calico-typha'],
  allOptions: { config: { birdExporter: { enabled: true } }, monitoring: ['ScrapeConfig shoot-calico-bird'] },
  legacyMonitoring: { kind: 'ConfigMap', name: 'calico-monitoring-config' },
  state: {},
  goManifest: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'x' } },
  workload: 'DaemonSet kube-system/calico-node',
};

export const ciliumCni: Cni = {
  plugin: cilium,
  apiVersion: 'cilium.networking.extensions.gardener.cloud/v1alpha1',
  config: { overlay: { enabled: true } },
  otherConfig: { mtu: 1430 },
  thirdConfig: { mtu: 1440 },
  bad: {
    config: { tunnel: 'gre', mtu: -1 },
    messages: [
      'spec.providerConfig.tunnel: Unsupported value: "gre": supported values: "vxlan", "geneve", "disabled"',
      'spec.providerConfig.mtu: Invalid value: -1: must not be negative; with 0 Cilium detects the MTU',
    ],
    reverted: { tunnel: null, mtu: null },
  },
  otherShoot: { spec: { systemComponents: { nodeLocalDNS: { enabled: true } } } },
  managedResources: [
    {
      name: 'extension-networking-cilium-config',
      origin: 'extension-networking-cilium',
      secret: 'managedresource-extension-networking-cilium-config',
      dataKey: 'config.yaml',
    },
    {
      name: 'extension-cilium-shoot-webhooks',
      secret: 'extension-cilium-shoot-webhooks',
      dataKey: 'data.yaml',
    },
  ],
  monitoring: [
    'ConfigMap cilium-dashboards',
    'PrometheusRule shoot-cilium-agent',
    'ScrapeConfig shoot-cilium-agent',
    'ScrapeConfig shoot-cilium-hubble',
    'ScrapeConfig shoot-cilium-operator',
  ],
  allOptions: { config: { hubble: { enabled: true } }, monitoring: [] },
  legacyMonitoring: { kind: 'ConfigMap', name: 'cilium-monitoring-config' },
  state: { ipam: 'kubernetes' },
  goManifest: ciliumConfig('kubernetes'),
  workload: 'DaemonSet kube-system/cilium',
};

/** Returns the ConfigMap cilium-config of a shoot. */
export function ciliumConfig(ipam: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system' },
    data: { ipam },
  };
}

export const cnis: readonly Cni[] = [calicoCni, ciliumCni];
