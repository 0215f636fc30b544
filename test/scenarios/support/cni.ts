import { calico } from '../../../pkg/calico/plan.ts';
import { cilium } from '../../../pkg/cilium/plan.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';

/** What the scenarios must know of a CNI to be played with it. Names are written out, so that a plan cannot agree with itself. */
export interface Cni {
  readonly plugin: NetworkPlugin;
  /** apiVersion of its NetworkConfig. */
  readonly apiVersion: string;
  /** Fields of a configuration, and of changes that give the shoot other objects. */
  readonly config: object;
  readonly otherConfig: object;
  readonly thirdConfig: object;
  /** Two mistakes, so that a message with the first one only shows, what is said of them, and how they are taken back. */
  readonly bad: { readonly config: object; readonly messages: readonly string[]; readonly takenBack: object };
  /** A change of the Shoot that gives it other objects. */
  readonly otherShoot: object;
  /** In the order of writing. */
  readonly managedResources: readonly [ManagedNames, ...ManagedNames[]];
  /** In the order of writing, as `Kind name`. */
  readonly monitoring: readonly string[];
  /** The configuration with the most monitoring, and what only that has. */
  readonly most: { readonly config: object; readonly monitoring: readonly string[] };
  readonly legacyMonitoring: { readonly kind: 'ConfigMap'; readonly name: string };
  /** `status.state` after a good run; empty when there is nothing to remember. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Something that the Go extension gives to each shoot, and what a plan learns from it in there. */
  readonly goManifest: object;
  /** A workload that the resource manager may be stuck with. */
  readonly workload: string;
}

export interface ManagedNames {
  readonly name: string;
  /** The label `origin`, where it has one. */
  readonly origin?: string;
  /** Of its Secret, without the hash of the content. */
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
    takenBack: { backend: null, ipv4: null },
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
  most: { config: { birdExporter: { enabled: true } }, monitoring: ['ScrapeConfig shoot-calico-bird'] },
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
      'spec.providerConfig.mtu: Invalid value: -1: must be 0, which lets Cilium find the MTU out, or greater',
    ],
    takenBack: { tunnel: null, mtu: null },
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
  most: { config: { hubble: { enabled: true } }, monitoring: [] },
  legacyMonitoring: { kind: 'ConfigMap', name: 'cilium-monitoring-config' },
  state: { ipam: 'kubernetes' },
  goManifest: ciliumConfig('kubernetes'),
  workload: 'DaemonSet kube-system/cilium',
};

/** ConfigMap cilium-config as a shoot has it. */
export function ciliumConfig(ipam: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system' },
    data: { ipam },
  };
}

export const cnis: readonly Cni[] = [calicoCni, ciliumCni];
