import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import type { PlanInput } from '../../network/plugin.ts';
import { calicoRules } from '../api/diagnostics.ts';
import { calico } from '../plan.ts';
import { demo } from '../testdata/arbitraries.ts';
import { type Demo, demoInput } from '../testdata/demo.ts';

const tools = planTools();

/** Returns all findings as `code: message`, without the common part of their paths. */
function findings(input: PlanInput): readonly string[] {
  const { diagnostics } = planNetwork(calico, input, tools);
  return diagnostics.map((one) => `${one.code}: ${describe(one).replace(/^spec\.providerConfig\./, '')}`);
}

const on = { enabled: true };
const off = { enabled: false };
const dual = { families: ['IPv4', 'IPv6'] };
const v6 = { families: ['IPv6'] };
const nodes = { networking: { nodes: '10.180.0.0/16' } };
const pending = {
  status: {
    constraints: [{ type: 'DualStackNodesMigrationReady', status: 'False' }],
    networking: { pods: ['100.64.0.0/12', '2001:db8:1::/48'] },
  },
};
const oneNode = { spec: { provider: { workers: [{ name: 'w', minimum: 1, maximum: 1 }] } } };
const shootVPA = { spec: { kubernetes: { version: '1.34.2', verticalPodAutoscaler: on } } };

const bothFamilies =
  'calico-pods-unreachable-stored: overlay.enabled: IPv4 packets do not reach pods of other nodes: the pool requests IPIP, which Felix disables in shoots with IPv6; use overlay.enabled: false in a network that routes the pod range of each node';
const byIpam =
  '"calico-ipam" assigns blocks, which the infrastructure does not route, and neither BIRD nor VXLAN is enabled; use host-local, or overlay.enabled: true';
const byVxlan =
  'it forces calico-ipam, whose blocks the infrastructure does not route, and packets are not encapsulated; remove vxlan';
const dnsBypassed =
  'calico-ebpf-node-local-dns: ebpfDataplane.enabled: eBPF bypasses NodeLocalDNS: pods query the DNS server of the cluster directly';
const dnsPolicies =
  'calico-dns-policy-bypassed: snatToUpstreamDNS.enabled: policies cannot block requests to NodeLocalDNS';

function nodeLocalDNS(kubernetes: object = {}): Demo {
  return { spec: { kubernetes: { version: '1.34.2', ...kubernetes }, systemComponents: { nodeLocalDNS: on } } };
}

const table: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'no options': [{}],
  'a small MTU': [
    { config: { vethMTU: '575' } },
    'calico-mtu-small: vethMTU: "575" is smaller than the 576 bytes that IPv4 requires',
  ],
  'a small MTU for IPv6': [
    { ...dual, config: { vethMTU: '+1279' } },
    'calico-mtu-small: vethMTU: "1279" is smaller than the 1280 bytes that IPv6 requires',
  ],
  'an MTU larger than the maximum of interfaces': [
    { config: { vethMTU: '9223372036854775807' } },
    'calico-mtu-large: vethMTU: "9223372036854775807" is larger than the 65535 bytes that an interface can have',
  ],
  'the largest MTU': [{ config: { vethMTU: '65535' } }],
  'the smallest MTU': [{ config: { vethMTU: '576' } }],
  'an MTU that Calico detects': [{ config: { vethMTU: '-0' } }],
  'O4: overlay overrides backend': [
    { config: { overlay: on, backend: 'none' } },
    'calico-overlay-overrules: backend: "none" has no effect: overlay.enabled: true sets it to "bird"',
  ],
  'O4: overlay off overrides backend and mode': [
    { config: { overlay: off, backend: 'vxlan', ipv4: { mode: 'Always' } } },
    'calico-overlay-overrules: backend: "vxlan" has no effect: overlay.enabled: false sets it to "none"',
    'calico-overlay-overrules: ipv4.mode: "Always" has no effect: overlay.enabled: false sets it to "Never"',
  ],
  'O4: no warning for options equal to the effective values': [
    { config: { overlay: on, backend: 'bird', ipv4: { mode: 'Always' } } },
  ],
  'O4: overlay overrides the IPv4 pool with both families': [
    { ...dual, config: { overlay: on, ipv4: { mode: 'CrossSubnet' } } },
    bothFamilies,
    'calico-overlay-overrules: ipv4.mode: "CrossSubnet" has no effect: overlay.enabled: true sets it to "Always"',
  ],
  'O4: overlay overrides ipv4.pool': [
    { config: { overlay: on, ipv4: { pool: 'vxlan', mode: 'Always' } } },
    'calico-overlay-overrules: ipv4.pool: "vxlan" has no effect: overlay.enabled: true sets it to "ipip"',
  ],
  'O4: overlay off overrides ipv4.pool': [
    { config: { overlay: off, ipv4: { pool: 'vxlan', mode: 'Never' } } },
    'calico-overlay-overrules: ipv4.pool: "vxlan" has no effect: overlay.enabled: false encapsulates nothing',
  ],
  'O4: no warning for the default pool': [{ config: { overlay: off, ipv4: { pool: 'ipip', mode: 'Never' } } }],
  'O4: vxlan overrides ipv4.pool': [
    { config: { overlay: on, vxlan: on, ipam: { type: 'calico-ipam' }, ipv4: { pool: 'ipip' } } },
    'calico-overlay-overrules: ipv4.pool: "ipip" has no effect: vxlan.enabled: true sets it to "vxlan"',
  ],
  'B19: mode of an IPIP pool without BIRD': [
    { config: { backend: 'none', ipv4: { mode: 'CrossSubnet' } } },
    'calico-ipv4-mode-without-effect: ipv4.mode: "CrossSubnet" has no effect: backend "none" encapsulates nothing in an IPIP pool',
  ],
  'B19: range in dual-stack': [
    { ...dual, config: { ipam: { cidr: '10.0.0.0/8' } } },
    'calico-ipam-cidr-without-effect: ipam.cidr: "10.0.0.0/8" has no effect: in dual-stack the ranges of the nodes are used',
  ],
  'B19: range with calico-ipam': [
    { config: { ipam: { type: 'calico-ipam', cidr: '10.0.0.0/8' } } },
    'calico-ipam-cidr-without-effect: ipam.cidr: "10.0.0.0/8" has no effect: calico-ipam assigns addresses of the pool',
  ],
  'B19: no warning for the default range in dual-stack': [{ ...dual, config: { ipam: { cidr: 'usePodCidr' } } }],
  'B17: one range for all nodes': [
    { config: { ipam: { cidr: '100.64.0.0/16' } } },
    'calico-pods-unreachable-stored: ipam.cidr: IPv4 packets do not reach pods of other nodes: every node assigns addresses of "100.64.0.0/16"; remove ipam.cidr, so that each node uses its own range',
  ],
  'B17: one range with one node': [{ ...oneNode, config: { ipam: { cidr: '100.64.0.0/16' } } }],
  'B17: one node with a range outside of the pool': [
    { ...oneNode, config: { ipam: { cidr: '10.0.0.0/16' } } },
    'calico-pods-unreachable-stored: ipam.cidr: IPv4 packets do not reach pods of other nodes: every node assigns addresses of "10.0.0.0/16", which is outside of the pod range; remove ipam.cidr, so that each node uses its own range',
  ],
  'B17: range of a family that the shoot does not have': [
    { ...v6, config: { ipam: { cidr: '100.64.0.0/16' } } },
    'calico-pods-unreachable-stored: ipam.cidr: IPv6 packets do not reach pods of other nodes: "100.64.0.0/16" is not an IPv6 range, so no pod starts; remove ipam.cidr',
  ],
  'B17: blocks without routes': [
    { config: { overlay: off, ipam: { type: 'calico-ipam' } } },
    `calico-pods-unreachable-stored: ipam.type: IPv4 packets do not reach pods of other nodes: ${byIpam}`,
  ],
  'B17: no finding for blocks with routes of BIRD': [
    { config: { overlay: { enabled: false, createPodRoutes: true }, ipam: { type: 'calico-ipam' } } },
  ],
  'VXLAN pool without encapsulation, with routes of the infrastructure': [
    { config: { backend: 'vxlan', ipv4: { pool: 'vxlan', mode: 'Never' } } },
    'calico-ipip-left-on: backend: "vxlan" leaves IPIP enabled in Felix while overlay is not set',
  ],
  'createPodRoutes with the overlay': [
    { config: { overlay: { enabled: true, createPodRoutes: true } } },
    'calico-option-without-effect: overlay.createPodRoutes: has no effect: overlay.enabled is true',
  ],
  'installCNIPlugins without Multus': [
    { config: { multus: { installCNIPlugins: true } } },
    'calico-option-without-effect: multus.installCNIPlugins: has no effect: multus.enabled is not true',
  ],
  'resources of a disabled Typha': [
    { config: { typha: off, autoScaling: { mode: 'static', resources: { typha: { cpu: '1' } } } } },
    'calico-option-without-effect: autoScaling.resources.typha: has no effect: typha.enabled is false',
  ],
  'BIRD without encapsulation': [
    { config: { ipv4: { mode: 'Off' } } },
    'calico-routes-one-subnet: ipv4.mode: "Off" leaves packets unencapsulated, and routes of BIRD work only between nodes of one subnet',
  ],
  'eBPF with NodeLocalDNS': [{ ...nodeLocalDNS(), config: { ebpfDataplane: on } }, dnsBypassed],
  'B20: eBPF with IPVS': [
    { spec: { kubernetes: { version: '1.34.2', kubeProxy: { mode: 'IPVS' } } }, config: { ebpfDataplane: on } },
    'calico-ebpf-ipvs: ebpfDataplane.enabled: nodes lose their connectivity where kube-proxy runs in mode IPVS',
  ],
  'B20: eBPF with a disabled kube-proxy': [
    { spec: { kubernetes: { version: '1.34.2', kubeProxy: { ...off, mode: 'IPVS' } } }, config: { ebpfDataplane: on } },
  ],
  'O4: overlay overrides the IPv4 mode during a dual-stack migration': [
    { ...dual, ...pending, config: { overlay: on, ipv4: { mode: 'CrossSubnet' } } },
    'calico-overlay-overrules: ipv4.mode: "CrossSubnet" has no effect: overlay.enabled: true sets it to "Always"',
    'calico-overlay-without-ipv6: overlay.enabled: IPv4 traffic between nodes will stop when IPv6 is configured: IPIP will be disabled, and IPv6 will not be encapsulated',
  ],
  'B8: overlay with both families': [{ ...dual, config: { overlay: on } }, bothFamilies],
  'B8: overlay with IPv6 alone': [
    { ...v6, config: { overlay: on } },
    'calico-overlay-without-ipv6: overlay.enabled: has no effect on IPv6-only shoots: IPIP and VXLAN are disabled, and routes of BIRD work only between nodes of one subnet',
  ],
  'B8: no overlay with both families': [{ ...dual, config: { overlay: off } }],
  'B8: both families without overlay': [dual],
  'policies and NodeLocalDNS: no warning for SNAT by default': [{ ...nodeLocalDNS(), config: { overlay: off } }],
  'policies and NodeLocalDNS: explicit SNAT': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: on } },
    dnsPolicies,
  ],
  'policies and NodeLocalDNS: kube-proxy in another mode of iptables': [
    { ...nodeLocalDNS({ kubeProxy: { ...on, mode: 'IPVS' } }), config: { overlay: off, snatToUpstreamDNS: on } },
    dnsPolicies,
  ],
  'policies and NodeLocalDNS: SNAT disabled': [{ ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: off } }],
  'policies and NodeLocalDNS: no SNAT with an overlay': [
    { ...nodeLocalDNS(), config: { overlay: on, snatToUpstreamDNS: on } },
  ],
  'policies and NodeLocalDNS: no SNAT without overlay': [{ ...nodeLocalDNS(), config: {} }],
  'policies and NodeLocalDNS: NodeLocalDNS disabled': [{ config: { overlay: off, snatToUpstreamDNS: on } }],
  'policies and NodeLocalDNS: policies apply with eBPF': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: on, ebpfDataplane: on } },
    dnsBypassed,
  ],
  'policies and NodeLocalDNS: policies apply with nftables': [
    { ...nodeLocalDNS({ kubeProxy: { ...on, mode: 'NFTables' } }), config: { overlay: off, snatToUpstreamDNS: on } },
  ],
  'O4: IPv6 overrides backend': [
    { ...dual, config: { backend: 'bird' } },
    'calico-ipv6-overrules-backend: backend: "bird" has no effect: IPv6 without overlay sets it to "none"',
  ],
  'O4: no warning for backend none with IPv6': [{ ...v6, config: { backend: 'none' } }],
  'B9: vxlan.enabled forces ipam.type calico-ipam': [
    { config: { overlay: on, vxlan: on } },
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B9: vxlan.enabled overrides an explicit ipam.type': [
    { config: { overlay: on, vxlan: on, ipam: { type: 'host-local' } } },
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B9: calico-ipam was alwaysWarn for': [{ config: { overlay: on, vxlan: on, ipam: { type: 'calico-ipam' } } }],
  'B9: vxlan without overlay': [{ config: { vxlan: on, ipam: { type: 'calico-ipam' } } }],
  'B9: vxlan with overlay off': [
    { config: { vxlan: on, overlay: { enabled: false, createPodRoutes: true }, ipam: { type: 'calico-ipam' } } },
    'calico-vxlan-without-overlay: vxlan.enabled: encapsulates nothing because overlay.enabled is false',
  ],
  'B9, B17: vxlan with overlay off and calico-ipam, without routes': [
    { config: { vxlan: on, overlay: off, ipam: { type: 'calico-ipam' } } },
    `calico-pods-unreachable-stored: ipam.type: IPv4 packets do not reach pods of other nodes: ${byIpam}`,
    'calico-vxlan-without-overlay: vxlan.enabled: encapsulates nothing because overlay.enabled is false',
  ],
  'vxlan with a pool of IPIP and calico-ipam': [
    { config: { vxlan: on, ipv4: { pool: 'ipip' }, ipam: { type: 'calico-ipam' } } },
    'calico-option-without-effect: vxlan.enabled: has no effect: ipv4.pool is "ipip"',
  ],
  'vxlan with a pool that does not encapsulate and calico-ipam': [
    { config: { vxlan: on, ipv4: { pool: 'vxlan', mode: 'Never' }, ipam: { type: 'calico-ipam' } } },
    'calico-routes-one-subnet: ipv4.mode: "Never" leaves packets unencapsulated, and routes of BIRD work only between nodes of one subnet',
    'calico-option-without-effect: vxlan.enabled: has no effect: ipv4.mode is "Never"',
  ],
  'B9: vxlan that selects the mode of a pool of IPIP': [
    { config: { vxlan: on, backend: 'none', ipv4: { pool: 'ipip' }, ipam: { type: 'calico-ipam' } } },
    `calico-pods-unreachable-stored: ipam.type: IPv4 packets do not reach pods of other nodes: ${byIpam}`,
  ],
  'B17: vxlan with overlay off, without routes': [
    { config: { vxlan: on, overlay: off } },
    `calico-pods-unreachable-stored: vxlan.enabled: IPv4 packets do not reach pods of other nodes: ${byVxlan}`,
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B17: vxlan with both families': [
    { ...dual, config: { vxlan: on, overlay: on } },
    `calico-pods-unreachable-stored: vxlan.enabled: IPv6 packets do not reach pods of other nodes: ${byVxlan}`,
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B9: vxlan without overlay and without IPv4': [
    { ...v6, config: { vxlan: on } },
    'calico-vxlan-without-ipv6: vxlan.enabled: has no effect on IPv6: its pool is never encapsulated',
  ],
  'B9: vxlan with IPv6 alone': [
    { ...v6, config: { vxlan: on, overlay: on } },
    'calico-vxlan-without-ipv6: vxlan.enabled: has no effect on IPv6: its pool is never encapsulated',
  ],
  'B9: vxlan off': [{ config: { vxlan: off } }],
  'O8: backend and pool VXLAN without overlay': [
    { config: { backend: 'vxlan', ipv4: { pool: 'vxlan' } } },
    'calico-ipip-left-on: backend: "vxlan" leaves IPIP enabled in Felix while overlay is not set',
  ],
  'B17: backend VXLAN with pool ipip': [
    { config: { backend: 'vxlan' } },
    'calico-pods-unreachable-stored: backend: IPv4 packets do not reach pods of other nodes: "vxlan" creates routes for VXLAN pools only, and the pool uses IPIP; use overlay.enabled: true, or set ipam.type: calico-ipam, ipv4.pool: vxlan and ipv4.mode: Always',
  ],
  'O8: no warning with both families, where IPIP is disabled': [
    { ...dual, config: { backend: 'vxlan', ipv4: { pool: 'vxlan' } } },
    'calico-ipv6-overrules-backend: backend: "vxlan" has no effect: IPv6 without overlay sets it to "none"',
  ],
  'B7: ipip': [
    { config: { ipip: 'Never' } },
    'calico-deprecated-without-effect: ipip: "Never" has no effect: ipv4.mode is "Always"',
  ],
  'B7: ipip beside ipv4.mode': [
    { config: { ipip: 'Always', ipv4: { mode: 'CrossSubnet' } } },
    'calico-deprecated-without-effect: ipip: "Always" has no effect: ipv4.mode is "CrossSubnet"',
  ],
  'B7: ipAutodetectionMethod': [
    { config: { ipAutodetectionMethod: 'first-found' } },
    'calico-deprecated-without-effect: ipAutodetectionMethod: has no effect: ipv4.autoDetectionMethod is Calico’s own default',
  ],
  'B7: ipAutodetectionMethod beside a method': [
    { config: { ipAutodetectionMethod: 'first-found', ipv4: { autoDetectionMethod: 'interface="b' } } },
    'calico-deprecated-without-effect: ipAutodetectionMethod: has no effect: ipv4.autoDetectionMethod is "interface=\\"b"',
  ],
  'B7: ipAutodetectionMethod without IPv4': [
    { ...v6, config: { ipAutodetectionMethod: 'first-found' } },
    'calico-deprecated-without-effect: ipAutodetectionMethod: has no effect: no IPv4 is configured',
  ],
  'B8: ipv6.mode': [
    { ...v6, config: { ipv6: { mode: 'Always' } } },
    'calico-ipv6-mode-without-effect: ipv6.mode: "Always" has no effect: the mode depends on overlay alone, and is "Never"',
  ],
  'B8: ipv6.mode with overlay': [
    { ...dual, config: { overlay: on, ipv6: { mode: 'Off' } } },
    bothFamilies,
    'calico-ipv6-mode-without-effect: ipv6.mode: "Off" has no effect: the mode depends on overlay alone, and is "Always"',
  ],
  'B8: no warning for an ipv6.mode equal to the effective one': [{ ...v6, config: { ipv6: { mode: 'Never' } } }],
  'options of the second family are pending': [
    { ...dual, ...pending, config: { ipv6: { mode: 'Always' } } },
    'calico-ipv6-config-pending: ipv6: is not applied yet: the nodes of the shoot are still being migrated to dual-stack',
  ],
  'options of IPv4 are pending as the second family': [
    { families: ['IPv6', 'IPv4'], ...pending, config: { ipv4: { mode: 'Never' }, ipip: 'Never' } },
    'calico-deprecated-without-effect: ipip: "Never" has no effect: no IPv4 is configured',
    'calico-ipv4-config-pending: ipv4: is not applied yet: the nodes of the shoot are still being migrated to dual-stack',
  ],
  'O3: the node range overrides the method': [
    { spec: nodes, config: { ipv4: { autoDetectionMethod: 'interface=é' } } },
    'calico-autodetection-overruled: ipv4.autoDetectionMethod: "interface=\\u00e9" has no effect: the node range of the shoot sets it to "cidr=10.180.0.0/16"',
  ],
  'O3: the node range overrides the IPv6 method': [
    {
      ...v6,
      spec: nodes,
      status: { networking: { nodes: ['2001:db8:2::/64'] } },
      config: { ipv6: { autoDetectionMethod: 'first-found' } },
    },
    'calico-autodetection-overruled: ipv6.autoDetectionMethod: "first-found" has no effect: the node range of the shoot sets it to "cidr=2001:db8:2::/64"',
  ],
  'O3: no warning for an equal method': [
    { spec: nodes, config: { ipv4: { autoDetectionMethod: 'cidr=10.180.0.0/16' } } },
  ],
  'O3: no warning without a node range of the family (B15)': [
    {
      ...dual,
      spec: nodes,
      status: { networking: { nodes: ['10.180.0.0/16'], pods: ['2001:db8:1::/48'] } },
      config: { ipv6: { autoDetectionMethod: 'first-found' } },
    },
  ],
  'O6: exporter without bird': [
    { config: { birdExporter: on, overlay: off } },
    'calico-bird-exporter-without-bird: birdExporter.enabled: bird does not run with backend "none"',
  ],
  'O6: no warning with bird': [{ config: { birdExporter: on } }],
  'exporter with an unprivileged calico-node': [
    { config: { birdExporter: on }, featureGates: { NonPrivilegedCalicoNode: true } },
    'calico-bird-exporter-unprivileged: birdExporter.enabled: is omitted: feature gate NonPrivilegedCalicoNode is enabled',
  ],
  'exporter with eBPF, where the feature gate has no effect': [
    { config: { birdExporter: on, ebpfDataplane: on }, featureGates: { NonPrivilegedCalicoNode: true } },
  ],
  'O10: vpa without VPA': [
    { config: { autoScaling: { mode: 'vpa' } } },
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
  ],
  'O10: vpa without VPA, with resources': [
    { config: { autoScaling: { mode: 'vpa', resources: { typha: { cpu: '1' } } } } },
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
    'calico-autoscaling-resources-ignored: autoScaling.resources: has no effect: the cluster-proportional autoscalers set the requests',
  ],
  'O10: vpa with VPA': [{ ...shootVPA, config: { autoScaling: { mode: 'vpa', resources: { node: { cpu: '1' } } } } }],
  'O10: cluster-proportional with resources': [
    { config: { autoScaling: { mode: 'cluster-proportional', resources: { node: { memory: '1Gi' } } } } },
    'calico-autoscaling-resources-ignored: autoScaling.resources: has no effect: the cluster-proportional autoscalers set the requests',
  ],
  'O10: cluster-proportional with empty resources': [
    { config: { autoScaling: { mode: 'cluster-proportional', resources: { node: {}, typha: null } } } },
  ],
  'O10: static with resources': [{ config: { autoScaling: { mode: 'static', resources: { node: { cpu: '1' } } } } }],
  'B6: unknown IPv6 range': [
    { ...dual, status: { networking: null } },
    'calico-pod-range-unknown: spec.podCIDR: no IPv6 range is known yet: the IPv6 pool is omitted',
  ],
  'B6: unknown IPv4 range': [
    { ...dual, podCIDR: '2001:db8:1::/48', status: { networking: null } },
    'calico-pod-range-unknown: spec.podCIDR: no IPv4 range is known yet: the IPv4 pool is omitted',
  ],
  'ipv4 options in a shoot without IPv4': [
    { ...v6, config: { ipv4: {} } },
    'calico-ipv4-config-without-ipv4: ipv4: Forbidden: IPv4 options must not be set in a shoot without IPv4',
  ],
  'ipv6 options in a shoot without IPv6': [
    { config: { ipv6: {} } },
    'calico-ipv6-config-without-ipv6: ipv6: Forbidden: IPv6 options must not be set in a shoot without IPv6',
  ],
  'kube-proxy disabled': [
    { spec: { kubernetes: { version: '1.34.2', kubeProxy: off } } },
    'calico-kube-proxy-required: spec.kubernetes.kubeProxy.enabled: Forbidden: kube-proxy can be disabled only together with providerConfig.ebpfDataplane',
  ],
};

cases(table, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

const mtu =
  'config-invalid-value: vethMTU: Invalid value: "9k": must be a whole decimal number in quotes, such as "1450"';
const ipamWins = 'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"';
const wrong = (name: string): string => `config-wrong-type: ${name}: Invalid value: 1: must be true or false`;

/** Inputs with an error: warnings that depend on an invalid field are suppressed. */
const withErrors: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'an invalid MTU suppresses no other warning': [
    { config: { vethMTU: '9k', overlay: on, vxlan: on, ipip: 'Never', autoScaling: { mode: 'vpa' } } },
    mtu,
    ipamWins,
    'calico-deprecated-without-effect: ipip: "Never" has no effect: ipv4.mode is "Always"',
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
  ],
  'an invalid overlay suppresses the warnings that depend on it': [
    { ...nodeLocalDNS(), config: { overlay: { enabled: 1 }, backend: 'bird', vxlan: on, birdExporter: on } },
    wrong('overlay.enabled'),
  ],
  'an invalid ipam.type suppresses its warning': [
    { config: { overlay: on, vxlan: on, ipam: { type: 'calico' } } },
    'config-unsupported-value: ipam.type: Unsupported value: "calico": supported values: "calico-ipam", "host-local"',
  ],
  'an invalid ebpfDataplane suppresses its warnings': [
    { ...nodeLocalDNS(), config: { overlay: off, backend: 'bird', ebpfDataplane: { enabled: 1 } } },
    wrong('ebpfDataplane.enabled'),
    'calico-overlay-overrules: backend: "bird" has no effect: overlay.enabled: false sets it to "none"',
  ],
  'an invalid snatToUpstreamDNS suppresses its warning': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: 1 } },
    'config-wrong-type: snatToUpstreamDNS: Invalid value: 1: must be an object',
  ],
  'an invalid kube-proxy suppresses its warnings': [
    { ...nodeLocalDNS({ kubeProxy: off }), config: { overlay: off, backend: 'bird' } },
    'calico-kube-proxy-required: spec.kubernetes.kubeProxy.enabled: Forbidden: kube-proxy can be disabled only together with providerConfig.ebpfDataplane',
    'calico-overlay-overrules: backend: "bird" has no effect: overlay.enabled: false sets it to "none"',
  ],
  'an invalid group suppresses only its own warnings': [
    { config: { ipv6: 1, birdExporter: on, overlay: off } },
    'config-wrong-type: ipv6: Invalid value: 1: must be an object',
    'calico-bird-exporter-without-bird: birdExporter.enabled: bird does not run with backend "none"',
  ],
  'an unknown field suppresses all warnings': [
    { config: { overley: on, backend: 'bird', ipip: 'Never', vxlan: on } },
    'config-unknown-field: overley: Forbidden: unknown field, did you mean overlay?',
  ],
  'another apiVersion suppresses all warnings': [
    { config: { kind: 'NetworkStatus', ipip: 'Never' } },
    'config-wrong-kind: kind: Unsupported value: "NetworkStatus": supported values: "NetworkConfig"',
  ],
  'invalid families suppress most warnings': [
    { families: ['IPv4', 'IPX'], config: { overlay: on, backend: 'none', autoScaling: { mode: 'vpa' } } },
    'network-invalid: spec.ipFamilies[1]: Unsupported value: "IPX": supported values: "IPv4", "IPv6"',
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
  ],
  'an invalid node range suppresses the warnings about methods': [
    {
      spec: { networking: { nodes: '10.180.0.0/33' } },
      config: { ipv4: { autoDetectionMethod: 'first-found' }, ipip: 'Never' },
    },
    'shoot-invalid: spec.networking.nodes: Invalid value: "10.180.0.0/33": must be a CIDR such as 10.250.0.0/16',
    'calico-deprecated-without-effect: ipip: "Never" has no effect: ipv4.mode is "Always"',
  ],
};

cases(withErrors, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

const running = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'calico-node', namespace: 'kube-system' },
  spec: { template: { spec: { containers: [{ env: [{ name: 'FELIX_IPINIPENABLED', value: 'true' }] }] } } },
} satisfies KubeObject;
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } } satisfies KubeObject;
const switching: PlanInput = {
  ...demoInput({ config: { overlay: off, backend: 'bird' }, spec: { kubernetes: { version: '1.36.0' } } }),
  featureGates: { SeamlessOverlaySwitch: true },
  currentObjects: { available: true, value: [running] },
  shoot: { available: true, value: [node] },
};
const overrules = 'calico-overlay-overrules: backend: "bird" has no effect: overlay.enabled: false sets it to "none"';

const circumstances: Readonly<Record<string, readonly [input: PlanInput, ...found: readonly string[]]>> = {
  'overlay disabled before all routes exist': [
    switching,
    'calico-overlay-switch-waiting: overlay.enabled: waiting for routes to be created on all nodes before disabling overlay: 1 node(s) without a route: a',
    overrules,
  ],
  'B11: the current state is not known': [
    { ...switching, currentObjects: { available: false, reason: 'Secret x is missing' } },
    'calico-overlay-switch-unverified: overlay.enabled: the current state of the overlay cannot be read: Secret x is missing',
    overrules,
  ],
};

cases(circumstances, ([input, ...found]) => {
  assert.deepEqual(findings(input), found);
  assert.equal(planNetwork(calico, input, tools).outcome, 'waiting');
});

test('unreachable pods are a warning for stored configurations and an error for new ones', () => {
  const stored = Object.values(table).filter(([, ...lines]) =>
    lines.some((line) => line.startsWith('calico-pods-unreachable-stored: ')),
  );
  assert.ok(stored.length > 8);
  for (const [given, ...lines] of Object.values(table)) {
    const refused = calico.checkNew?.(calico.decode(demoInput(given))) ?? [];
    for (const { severity } of refused) assert.equal(severity, 'error');
    const shown = refused.map((one) => `${one.code}-stored: ${describe(one).replace('spec.providerConfig.', '')}`);
    assert.deepEqual(
      shown,
      lines.filter((line) => line.startsWith('calico-pods-unreachable-stored: ')),
    );
  }
});

const ebpf = { ebpfDataplane: on };
const ipvs =
  'eBPF cannot be enabled on nodes where kube-proxy runs in mode IPVS: nodes lose all connectivity until they are rebooted';

function proxy(kubeProxy: object): Pick<Demo, 'spec'> {
  return { spec: { kubernetes: { version: '1.34.2', kubeProxy } } };
}

const changes: Readonly<Record<string, readonly [old: Demo, changed: Demo, ...found: readonly string[]]>> = {
  'no change': [{ config: { overlay: on } }, { config: { overlay: on } }],
  'B18: another IPAM': [
    {},
    { config: { ipam: { type: 'calico-ipam' } } },
    'calico-ipam-change: ipam.type: the IPAM of a running shoot cannot be changed from host-local to calico-ipam: addresses of running pods would be assigned again',
  ],
  'B18: another IPAM by vxlan': [
    { config: { overlay: on } },
    { config: { overlay: on, vxlan: on } },
    'calico-ipam-change: vxlan.enabled: the IPAM of a running shoot cannot be changed from host-local to calico-ipam: addresses of running pods would be assigned again',
    'calico-overlay-change: vxlan.enabled: IPv4 packets between nodes change from IPIP to VXLAN, which interrupts connections while nodes are updated',
  ],
  'B18: the same IPAM, now explicit': [
    { config: { overlay: on, vxlan: on } },
    { config: { overlay: on, vxlan: on, ipam: { type: 'calico-ipam' } } },
  ],
  'B20: eBPF with IPVS': [
    proxy({ mode: 'IPVS' }),
    { ...proxy({ mode: 'IPVS' }), config: ebpf },
    `calico-ebpf-ipvs-change: ebpfDataplane.enabled: ${ipvs}`,
  ],
  'B20: eBPF and another mode of kube-proxy in one step': [
    proxy({ mode: 'IPVS' }),
    { ...proxy({ mode: 'IPTables' }), config: ebpf },
    `calico-ebpf-ipvs-change: ebpfDataplane.enabled: ${ipvs}`,
  ],
  'B20: IPVS after eBPF': [
    { ...proxy({ mode: 'IPTables' }), config: ebpf },
    { ...proxy({ mode: 'IPVS' }), config: ebpf },
    'calico-ebpf-ipvs-change: spec.kubernetes.kubeProxy.mode: mode IPVS cannot be used while ebpfDataplane is enabled: nodes lose all connectivity until they are rebooted',
  ],
  'B20: both in the stored configuration': [
    { ...proxy({ mode: 'IPVS' }), config: ebpf },
    { ...proxy({ mode: 'IPVS' }), config: { ...ebpf, typha: off } },
  ],
  'B20: eBPF with IPVS, and back to another mode': [
    { ...proxy({ mode: 'IPVS' }), config: ebpf },
    { ...proxy({ mode: 'IPTables' }), config: ebpf },
  ],
  'eBPF enabled': [{}, { config: ebpf }],
  'B21: eBPF disabled': [
    { config: ebpf },
    {},
    'calico-ebpf-off: ebpfDataplane.enabled: eBPF programs that remain on a node enforce the last policies beside iptables; calico-node removes them if the eBPF file system of the node is mounted',
  ],
  'eBPF enabled and kube-proxy disabled in one step': [
    {},
    { ...proxy(off), config: ebpf },
    'calico-ebpf-kube-proxy-one-step: spec.kubernetes.kubeProxy.enabled: kube-proxy is disabled and eBPF enabled in one step: enable eBPF first, then disable kube-proxy',
  ],
  'eBPF disabled and kube-proxy enabled in one step': [
    { ...proxy(off), config: ebpf },
    {},
    'calico-ebpf-off: ebpfDataplane.enabled: eBPF programs that remain on a node enforce the last policies beside iptables; calico-node removes them if the eBPF file system of the node is mounted',
    'calico-ebpf-kube-proxy-one-step: spec.kubernetes.kubeProxy.enabled: kube-proxy is enabled and eBPF disabled in one step: enable kube-proxy first, then disable eBPF',
  ],
  'overlay disabled': [
    { config: { overlay: on } },
    { config: { overlay: off } },
    'calico-overlay-change: overlay.enabled: IPv4 packets between nodes change from IPIP to plain, which interrupts connections while nodes are updated',
  ],
  'overlay enabled explicitly, equal to the default': [{}, { config: { overlay: on } }],
  'another mode of the pool, which a running shoot has already': [{ config: { ipv4: { mode: 'CrossSubnet' } } }, {}],
  'no findings about a change to a configuration with errors': [
    {},
    { config: { vethMTU: 'x', ipam: { type: 'calico-ipam' } } },
  ],
};

cases(changes, ([old, changed, ...expected]) => {
  const [before, after] = [demoInput(old), demoInput(changed)].map((input) => calico.decode(input));
  assert.ok(before !== undefined && after !== undefined);
  const found = calico.checkChange?.({ old: before, new: after }) ?? [];
  assert.deepEqual(
    found.map((one) => `${one.code}: ${describe(one).replace('spec.providerConfig.', '')}`),
    expected,
  );
});

test('a controller compares a configuration with the applied one', () => {
  const withStatus = (demo: Demo, applied: object): PlanInput => {
    const input = demoInput(demo);
    const status = { providerStatus: { apiVersion: 'a', kind: 'NetworkStatus', applied } };
    return { ...input, network: { ...input.network, status } };
  };
  const plain = { ipam: 'host-local', dataplane: 'iptables', podPaths: { IPv4: { transport: 'IPIP' } } };
  const codes = (input: PlanInput): readonly string[] => {
    const result = planNetwork(calico, input, tools);
    const ofChange = result.outcome === 'planned' ? (result.changeWarnings ?? []) : [];
    return [result.outcome, ...[...ofChange, ...result.diagnostics].map(({ code }) => code)];
  };
  assert.deepEqual(codes(withStatus({}, plain)), ['planned']);
  assert.deepEqual(codes(withStatus({ config: { ipam: { type: 'calico-ipam' } } }, plain)), [
    'refused',
    'calico-ipam-change',
  ]);
  assert.deepEqual(codes(withStatus({ config: { overlay: on, vxlan: on } }, { ...plain, ipam: 'calico-ipam' })), [
    'planned',
    'calico-overlay-change',
    'calico-vxlan-ipam',
  ]);
  assert.deepEqual(codes(withStatus({ ...proxy({ mode: 'IPVS' }), config: ebpf }, plain)), [
    'refused',
    'calico-ebpf-ipvs-change',
    'calico-ebpf-ipvs',
  ]);
  assert.deepEqual(codes(withStatus({ ...proxy({ mode: 'IPVS' }), config: ebpf }, { ...plain, dataplane: 'ebpf' })), [
    'planned',
    'calico-ebpf-ipvs',
  ]);
  assert.deepEqual(codes(withStatus({}, { ...plain, dataplane: 'ebpf' })), ['planned', 'calico-ebpf-off']);
  assert.deepEqual(codes(withStatus({ config: { overlay: off } }, plain)), ['planned', 'calico-overlay-change']);
  for (const nothing of [{}, { ipam: 1, dataplane: [], podPaths: 'x' }, { podPaths: { IPv4: 1 } }])
    assert.deepEqual(codes(withStatus({ config: { ipam: { type: 'calico-ipam' } } }, nothing)), ['planned']);
});

test('the tables cover every code of calico', () => {
  const found = [
    ...[...Object.values(table), ...Object.values(circumstances)].flatMap(([, ...lines]) => lines),
    ...Object.values(changes).flatMap(([, , ...lines]) => lines),
    // Produced by the test of new configurations above.
    'calico-pods-unreachable: ',
  ];
  const codes = new Set(found.map((line) => line.slice(0, line.indexOf(':'))));
  assert.deepEqual([...codes].sort(), Object.keys(calicoRules).sort());
});

test('rules are sorted by code, and their texts are sentences', () => {
  assert.deepEqual(Object.keys(calicoRules), Object.keys(calicoRules).sort());
  for (const [code, rule] of Object.entries(calicoRules)) {
    assert.match(code, /^calico-[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(rule.reason, /^\S.*\.$/, code);
    assert.match(rule.remedy, /^[A-Z].*\.$/, code);
    assert.match(rule.title, /^\S.*[^.]$/, code);
  }
});

test('remedies that change addresses or encapsulation mention running shoots', () => {
  const changing = /\b(overlay|vxlan|ipam|ipv4|backend)\b/;
  const changesNothing = /which changes nothing|Nothing to do|change nothing/;
  const named = Object.entries(calicoRules).filter(([, { remedy }]) => changing.test(remedy));
  assert.ok(named.length > 8);
  for (const [code, { remedy, severity }] of named) {
    const isSafe =
      /running shoot|maintenance window/.test(remedy) || changesNothing.test(remedy) || severity === 'error';
    assert.ok(isSafe, `${code}: ${remedy}`);
  }
});

test('property: at most one warning per option and code for a valid configuration', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const { diagnostics } = planNetwork(calico, demoInput(given), tools);
      const keys = diagnostics.map(
        ({ code, path, message }) => `${code} ${path} ${code === 'calico-pod-range-unknown' ? message : ''}`,
      );
      assert.deepEqual(keys, [...new Set(keys)]);
      for (const { message } of diagnostics) assert.doesNotMatch(message, /undefined|\[object/);
    }),
    { numRuns: 200 },
  );
});
