import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import type { PlanInput } from '../../network/plugin.ts';
import { ciliumRules } from '../api/diagnostics.ts';
import { cilium } from '../plan.ts';
import { demo } from '../testdata/arbitraries.ts';
import { type Demo, demoInput, runningConfig } from '../testdata/demo.ts';

const tools = planTools();
const on = { enabled: true };
const off = { enabled: false };
const dual = { families: ['IPv4', 'IPv6'] };
const v6 = { families: ['IPv6'] };
const beside = { kubeProxy: true };
const withGateways = { featureGates: { CiliumGatewayAPI: true } };
const wireguard = { ...on, mode: 'wireguard' };

/** Returns all findings as `code: message`, without the common part of their paths. */
function findings(input: PlanInput): readonly string[] {
  const { diagnostics } = planNetwork(cilium, input, tools);
  return diagnostics.map((one) => `${one.code}: ${describe(one).replace(/^spec\.providerConfig\./, '')}`);
}

function external(url: string): Demo {
  return { status: { advertisedAddresses: [{ name: 'external', url }] } };
}

function nodeLocalDNS(kubeProxy: object): Demo {
  return { spec: { kubernetes: { kubeProxy }, systemComponents: { nodeLocalDNS: on } } };
}

const webhook =
  'cilium-node-local-dns-webhook: NodeLocalDNS is enabled: its objects in the shoot can be changed only while the webhook of the extension is available';

const table: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'no options': [{}],
  'no options, with kube-proxy': [beside],
  'overlay disabled': [{ config: { overlay: off } }],
  '12: host and port': [
    { config: { kubeproxy: { k8sServiceHost: '10.0.0.1', k8sServicePort: 443 } } },
    'cilium-api-server-operator-only: kubeproxy.k8sServiceHost: is used by the operator only, not by the agents',
  ],
  '51: host and port in a self-hosted shoot, where agents use them as well': [
    {
      config: { kubeproxy: { k8sServiceHost: '10.0.0.1', k8sServicePort: 443 } },
      spec: { provider: { workers: [{ controlPlane: {} }] } },
    },
  ],
  '12: host without port': [
    { config: { kubeproxy: { k8sServiceHost: '10.0.0.1' } } },
    'cilium-api-server-without-effect: kubeproxy.k8sServiceHost: has no effect without kubeproxy.k8sServicePort: the advertised address is used',
  ],
  '12: port without host': [
    { config: { kubeproxy: { k8sServicePort: 443 } } },
    'cilium-api-server-without-effect: kubeproxy.k8sServicePort: has no effect without kubeproxy.k8sServiceHost: the advertised address is used',
  ],
  '12: host and port with kube-proxy': [
    { ...beside, config: { kubeproxy: { k8sServiceHost: '10.0.0.1', k8sServicePort: 443 } } },
    'cilium-api-server-without-effect: kubeproxy.k8sServiceHost: has no effect: kube-proxy is enabled in the Shoot',
    'cilium-api-server-without-effect: kubeproxy.k8sServicePort: has no effect: kube-proxy is enabled in the Shoot',
  ],
  '12: another port in the advertised address': [
    external('https://a.b:6443'),
    'cilium-api-server-port-dropped: kubeproxy.k8sServicePort: the advertised address has port 6443, the operator uses the port of the Service kubernetes',
  ],
  '12: another port in the advertised address, with a host': [
    { ...external('https://a.b:6443'), config: { kubeproxy: { k8sServiceHost: '10.0.0.1' } } },
    'cilium-api-server-port-dropped: kubeproxy.k8sServicePort: the advertised address has port 6443, the operator uses the port of the Service kubernetes',
    'cilium-api-server-without-effect: kubeproxy.k8sServiceHost: has no effect without kubeproxy.k8sServicePort: the advertised address is used',
  ],
  '12: the default port in the advertised address': [external('https://a.b:443')],
  'snat options without kube-proxy and masquerading': [
    {
      config: { enableIpv4Masquerade: false, snatOutOfCluster: on, snatToUpstreamDNS: on },
      spec: { networking: { nodes: '10.250.0.0/16' } },
    },
    'cilium-snat-bypassed: snatOutOfCluster.enabled: has no effect without kube-proxy and masquerading',
    'cilium-snat-bypassed: snatToUpstreamDNS.enabled: has no effect without kube-proxy and masquerading',
  ],
  'snat options with kube-proxy': [
    {
      ...beside,
      config: { enableIpv4Masquerade: false, snatOutOfCluster: on, snatToUpstreamDNS: on },
      spec: { networking: { nodes: '10.250.0.0/16' } },
    },
  ],
  'deprecated options': [
    { config: { store: 'kubernetes', ipv4: on, ipv6: off } },
    'cilium-deprecated-without-effect: store: "kubernetes" has no effect',
    'cilium-deprecated-without-effect: ipv4.enabled: true has no effect: spec.ipFamilies decides',
    'cilium-deprecated-without-effect: ipv6.enabled: false has no effect: spec.ipFamilies decides',
  ],
  '37: hybrid with a tunnel': [
    { config: { loadBalancingMode: 'hybrid' } },
    'cilium-load-balancing-mode-off: loadBalancingMode: "hybrid" has no effect: "snat" is used in a tunnel',
  ],
  '37: dsr with a tunnel and a native routing range': [
    { config: { loadBalancingMode: 'dsr', tunnel: 'vxlan', ipv4NativeRoutingCIDREnabled: true } },
    'cilium-load-balancing-mode-off: loadBalancingMode: "dsr" has no effect: "snat" is used in a tunnel',
  ],
  '37: dsr with the other tunnel': [
    { config: { loadBalancingMode: 'dsr', tunnel: 'geneve', ipv4NativeRoutingCIDREnabled: true } },
    'cilium-load-balancing-mode-off: loadBalancingMode: "dsr" has no effect: "snat" is used in a tunnel',
  ],
  '37: hybrid with kube-proxy': [
    { ...beside, config: { loadBalancingMode: 'hybrid' } },
    'cilium-load-balancing-mode-off: loadBalancingMode: "hybrid" has no effect: kube-proxy handles load balancers',
  ],
  '37: hybrid with native routing': [{ config: { loadBalancingMode: 'hybrid', overlay: off } }],
  '37: snat': [{ config: { loadBalancingMode: 'snat' } }],
  'dsr with an error has no warning': [
    { config: { loadBalancingMode: 'dsr' } },
    'cilium-dsr-without-native-routing: loadBalancingMode: Invalid value: "dsr": requires native routing, but pod traffic is encapsulated',
  ],
  'bpfSocketLBHostnsOnly with kube-proxy': [
    { ...beside, config: { bpfSocketLBHostnsOnly: on } },
    'cilium-socket-lb-without-effect: bpfSocketLBHostnsOnly.enabled: has no effect: with kube-proxy there is no load balancing at sockets',
  ],
  'bpfSocketLBHostnsOnly without kube-proxy': [{ config: { bpfSocketLBHostnsOnly: on } }],
  'l2Announcements with kube-proxy': [
    { ...beside, config: { l2Announcements: on } },
    'cilium-l2-without-replacement: l2Announcements.enabled: announces addresses that Cilium does not serve: kube-proxy is enabled in the Shoot',
  ],
  'gatewayAPI without the feature gate': [
    { ...beside, config: { gatewayAPI: on } },
    'cilium-gateway-api-gate: gatewayAPI: takes effect only with feature gate CiliumGatewayAPI of the extension, which is off by default',
  ],
  'gatewayAPI with the feature gate and kube-proxy': [
    { ...beside, ...withGateways, config: { gatewayAPI: on } },
    'cilium-gateway-api-without-replacement: gatewayAPI: has no effect: Cilium serves Gateways only in place of kube-proxy, which is enabled in the Shoot',
  ],
  'gatewayAPI with the feature gate': [{ ...withGateways, config: { gatewayAPI: on } }],
  'an option of a disabled gatewayAPI': [
    { config: { gatewayAPI: { enabled: false, externalTrafficPolicy: 'Local' } } },
    'cilium-gateway-api-off: gatewayAPI.externalTrafficPolicy: has no effect: gatewayAPI is disabled',
  ],
  'l2Announcements with inconsistent durations': [
    { config: { l2Announcements: { ...on, leaseDuration: '5s' } } },
    'cilium-l2-durations: l2Announcements: lease 5s, renew deadline 5s and retry period 2s are inconsistent',
  ],
  'l2Announcements with a short deadline': [
    { config: { l2Announcements: { ...on, leaseRenewDeadline: '2.4s' } } },
    'cilium-l2-durations: l2Announcements: lease 15s, renew deadline 2.4s and retry period 2s are inconsistent',
  ],
  'disabled l2Announcements with inconsistent durations': [
    { config: { l2Announcements: { leaseDuration: '-5s' } } },
    'cilium-l2-off: l2Announcements.leaseDuration: has no effect: l2Announcements is disabled',
  ],
  '30: BGP': [{ config: { bgpControlPlane: on } }],
  'agent options of disabled features': [
    {
      ...beside,
      config: {
        agentOptions: {
          'bpf-lb-algorithm': 'maglev',
          'hubble-event-buffer-capacity': 8191,
          'monitor-aggregation': 'none',
          'monitor-aggregation-interval': '1m',
        },
      },
    },
    'cilium-agent-option-without-effect: agentOptions.bpf-lb-algorithm: has no effect: kube-proxy is enabled in the Shoot',
    'cilium-agent-option-without-effect: agentOptions.hubble-event-buffer-capacity: has no effect: hubble is disabled',
    'cilium-agent-option-without-effect: agentOptions.monitor-aggregation-interval: has no effect: monitor-aggregation is "none"',
  ],
  'agent options of enabled features': [
    {
      config: {
        hubble: on,
        agentOptions: {
          'bpf-lb-algorithm': 'maglev',
          'hubble-event-buffer-capacity': 8191,
          'monitor-aggregation-interval': '1m',
        },
      },
    },
  ],
  'overlay on overrides tunnel': [
    { config: { overlay: on, tunnel: 'disabled' } },
    'cilium-overlay-overrules: tunnel: "disabled" has no effect: overlay.enabled: true sets it to "vxlan"',
  ],
  'overlay off overrides tunnel': [
    { config: { overlay: off, tunnel: 'geneve' } },
    'cilium-overlay-overrules: tunnel: "geneve" has no effect: overlay.enabled: false sets it to "disabled"',
  ],
  'overlay on with an equal tunnel': [{ config: { overlay: on, tunnel: 'geneve' } }],
  'overlay on overrides native routing': [
    { config: { overlay: on, ipv4NativeRoutingCIDREnabled: true } },
    'cilium-overlay-overrules: ipv4NativeRoutingCIDREnabled: true has no effect: overlay.enabled: true sets it to false',
  ],
  'overlay off overrides native routing': [
    { ...dual, config: { overlay: off, ipv6NativeRoutingCIDREnabled: false } },
    'cilium-overlay-overrules: ipv6NativeRoutingCIDREnabled: false has no effect: overlay.enabled: false sets it to true',
  ],
  'overlay on overrides createPodRoutes': [
    { config: { overlay: { ...on, createPodRoutes: true } } },
    'cilium-pod-routes-without-effect: overlay.createPodRoutes: has no effect: overlay.enabled: true',
  ],
  '6: native routing of a family that the shoot does not have': [
    { config: { ipv6NativeRoutingCIDREnabled: true } },
    'cilium-native-routing-without-family: ipv6NativeRoutingCIDREnabled: has no effect: the shoot has no IPv6',
  ],
  'native routing of a family during a dual-stack migration': [
    {
      ...dual,
      config: { ipv4NativeRoutingCIDREnabled: true, ipv6NativeRoutingCIDREnabled: true },
      status: { constraints: [{ type: 'DualStackNodesMigrationReady', status: 'False' }] },
    },
    'cilium-native-routing-pending: ipv6NativeRoutingCIDREnabled: has no effect yet: IPv6 is configured when all nodes have ranges of both families',
  ],
  '36: tunnel disabled': [
    { config: { tunnel: 'disabled' } },
    'cilium-native-routing-range: tunnel: "disabled" also makes the IPv4 pod range a native routing range',
  ],
  '36: tunnel disabled with both families': [
    { ...dual, config: { tunnel: 'disabled', enableIpv6Masquerade: true } },
    'cilium-native-routing-range: tunnel: "disabled" also makes the IPv4 and IPv6 pod range a native routing range',
  ],
  '36: tunnel disabled with the native routing option': [
    { config: { tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true } },
  ],
  '39: a tunnel without IPv4': [v6],
  '47: an entry of devices with several names': [
    { config: { devices: ['eth0', 'a,,b', ','] } },
    'cilium-devices-split: devices[1]: "a,,b" is read as "a" and "b"',
    'cilium-devices-split: devices[2]: "," contains no name, and has no effect',
  ],
  'a small MTU': [
    { config: { mtu: 500 } },
    'cilium-mtu-small: mtu: 500 is smaller than the 576 bytes that IPv4 requires',
  ],
  'a small MTU for IPv6': [
    { ...dual, config: { mtu: 1279 } },
    'cilium-mtu-small: mtu: 1279 is smaller than the 1280 bytes that IPv6 requires',
  ],
  'an MTU larger than the maximum of interfaces': [
    { config: { mtu: 65_536 } },
    'cilium-mtu-large: mtu: 65536 is larger than the 65535 bytes that an interface can have',
  ],
  'the largest MTU': [{ config: { mtu: 65_535 } }],
  'masquerading of a family that the shoot does not have': [
    { config: { enableIpv6Masquerade: true } },
    'cilium-masquerade-without-family: enableIpv6Masquerade: has no effect: the shoot has no IPv6',
  ],
  '35: eBPF with a snat option': [
    { config: { enableBPFMasquerade: true, snatToUpstreamDNS: on } },
    'cilium-bpf-masquerade-overruled: enableBPFMasquerade: has no effect: snatToUpstreamDNS is enabled',
  ],
  '35: eBPF with the other snat option': [
    { config: { enableBPFMasquerade: true, snatOutOfCluster: on } },
    'cilium-bpf-masquerade-overruled: enableBPFMasquerade: has no effect: snatOutOfCluster is enabled',
  ],
  '35: eBPF without masquerading': [
    { config: { enableBPFMasquerade: true, enableIpv4Masquerade: false } },
    'cilium-bpf-masquerade-overruled: enableBPFMasquerade: has no effect: enableIpv4Masquerade is false',
  ],
  '35: eBPF without IPv4': [
    { ...v6, config: { enableBPFMasquerade: true, overlay: off } },
    'cilium-bpf-masquerade-overruled: enableBPFMasquerade: has no effect: the shoot has no IPv4',
  ],
  '13: unknown node range': [
    { spec: { networking: {} }, config: { snatOutOfCluster: on } },
    'cilium-node-range-unknown: snatOutOfCluster.enabled: also masquerades traffic from pods to nodes: the range of the nodes is not known',
  ],
  '14: egress gateway that remains disabled': [
    { config: { egressGateway: on, snatToUpstreamDNS: on, enableBPFMasquerade: false } },
    'cilium-egress-gateway-off: egressGateway.enabled: remains disabled: cannot be combined with snatToUpstreamDNS, enableBPFMasquerade: false',
  ],
  '14: egress gateway without IPv4': [
    { ...v6, config: { egressGateway: on } },
    'cilium-egress-gateway-family-off: egressGateway.enabled: remains disabled: the shoot has no IPv4',
  ],
  '7: strict mode with both families': [
    { ...dual, config: { encryption: { ...wireguard, strictMode: true } } },
    'cilium-encryption-strict-ipv4: encryption.strictMode: covers 100.64.0.0/12 only, not IPv6',
  ],
  '7: strict mode without IPv4': [
    { ...v6, config: { overlay: off, encryption: { ...wireguard, strictMode: true } } },
    'cilium-encryption-strict-ipv4: encryption.strictMode: has no effect: there is no IPv4 range to cover',
  ],
  '38: strict mode with native routing and an unknown node range': [
    { spec: { networking: {} }, config: { overlay: off, encryption: { ...wireguard, strictMode: true } } },
    'cilium-encryption-strict-nodes: spec.networking.nodes: is not known: agents exit on nodes with addresses in 100.64.0.0/12, which encryption.strictMode covers',
  ],
  '38: strict mode with native routing and a node range of the other family': [
    {
      ...dual,
      spec: { networking: { nodes: '2001:db8:4::/64' } },
      config: { overlay: off, encryption: { ...wireguard, strictMode: true } },
    },
    'cilium-encryption-strict-ipv4: encryption.strictMode: covers 100.64.0.0/12 only, not IPv6',
    'cilium-encryption-strict-nodes: spec.networking.nodes: is not known: agents exit on nodes with addresses in 100.64.0.0/12, which encryption.strictMode covers',
  ],
  '38: strict mode with native routing and an observed node range': [
    {
      kubeProxy: true,
      spec: { networking: {}, kubernetes: { kubeProxy: on } },
      status: { networking: { nodes: ['10.250.0.0/16'] } },
      config: { overlay: off, encryption: { ...wireguard, strictMode: true } },
    },
  ],
  '38: strict mode with a tunnel and an unknown node range': [
    { spec: { networking: {} }, config: { encryption: { ...wireguard, strictMode: true } } },
  ],
  '7: strict mode with IPv4': [{ config: { encryption: { ...wireguard, strictMode: true } } }],
  'options of a disabled encryption': [
    { config: { encryption: { mode: 'wireguard', nodeToNodeEnabled: true, strictMode: true } } },
    'cilium-encryption-off: encryption.mode: has no effect: encryption is disabled',
    'cilium-encryption-off: encryption.nodeToNodeEnabled: has no effect: encryption is disabled',
    'cilium-encryption-off: encryption.strictMode: has no effect: encryption is disabled',
  ],
  '15: cluster-pool': [
    { shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the pod range',
  ],
  '15: cluster-pool with both families': [
    { ...dual, shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the IPv4 range and /120 of fd00::/104',
  ],
  '15: cluster-pool with a range smaller than that of a node': [
    { podCIDR: '100.64.0.0/25', shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the pod range',
    'cilium-cluster-pool-small: 100.64.0.0/25 is smaller than the /24 that a node gets: new nodes get no addresses for pods',
  ],
  '15: cluster-pool with a range for one node': [
    { podCIDR: '100.64.0.0/24', shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the pod range',
  ],
  '49: cluster-pool with native routing': [
    { ...dual, config: { overlay: off }, shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-pods-unreachable-stored: IPv4 and IPv6 packets do not reach pods of other nodes: IPAM mode "cluster-pool" assigns addresses that the infrastructure does not route, and there is no tunnel',
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the IPv4 range and /120 of fd00::/104',
  ],
  '49: crd with native routing without overlay': [
    {
      config: { tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true },
      shoot: { available: true, value: [runningConfig({ ipam: 'crd' })] },
    },
    'cilium-pods-unreachable-stored: IPv4 packets do not reach pods of other nodes: IPAM mode "crd" assigns addresses that the infrastructure does not route, and there is no tunnel',
  ],
  '49: cluster-pool with routes between nodes': [
    {
      config: { overlay: { enabled: false, createPodRoutes: true } },
      shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] },
    },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the pod range',
  ],
  '15: a small range in another mode': [{ podCIDR: '100.64.0.0/25' }],
  '15: cluster-pool without IPv4': [
    { ...v6, shoot: { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } },
    'cilium-cluster-pool-fixed: the shoot runs with IPAM mode "cluster-pool": nodes get a /24 of the IPv4 range and /120 of fd00::/104',
  ],
  'unknown IPAM mode': [
    { shoot: { available: true, value: [runningConfig({ ipam: 'x"y' })] } },
    'cilium-ipam-ignored: data.ipam: "x\\"y" is ignored, "kubernetes" is used',
  ],
  '2: IPAM mode that is not in the input': [
    {
      offline: true,
      shoot: { available: false, reason: 'no objects were given' },
      networkStatus: { observedGeneration: 1 },
    },
    'cilium-ipam-assumed: IPAM mode "kubernetes" is assumed: no objects were given',
  ],
  '2: unknown IPAM mode of a hibernated shoot': [
    {
      kubeProxy: true,
      spec: { hibernation: on, kubernetes: { kubeProxy: on } },
      status: { hibernated: true },
      networkStatus: { observedGeneration: 1 },
    },
    'cilium-ipam-hibernated: the IPAM mode that the shoot runs with cannot be read: the shoot is hibernated',
  ],
  '26: NodeLocalDNS': [nodeLocalDNS(off), webhook],
  '27: IPVS with NodeLocalDNS': [
    nodeLocalDNS({ mode: 'IPVS' }),
    'cilium-ipvs-implicit: spec.kubernetes.kubeProxy.mode: mode "IPVS" with NodeLocalDNS is accepted only because kubeProxy.enabled is not set',
    webhook,
  ],
  '27: disabled IPVS': [nodeLocalDNS({ ...off, mode: 'IPVS' }), webhook],
};

cases(table, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

const gone = 'config-wrong-type: mtu: Invalid value: "x": must be a number';
const hybrid = 'cilium-load-balancing-mode-off: loadBalancingMode: "hybrid" has no effect: "snat" is used in a tunnel';

/** Inputs with an error: warnings that depend on an invalid field are suppressed. */
const withErrors: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'an invalid MTU suppresses only its own warning': [
    { config: { mtu: 'x', loadBalancingMode: 'hybrid', store: 'kubernetes', enableIpv6Masquerade: true } },
    gone,
    'cilium-deprecated-without-effect: store: "kubernetes" has no effect',
    hybrid,
    'cilium-masquerade-without-family: enableIpv6Masquerade: has no effect: the shoot has no IPv6',
  ],
  'an invalid tunnel suppresses the warnings that depend on it': [
    { config: { tunnel: 'gre', loadBalancingMode: 'hybrid', store: 'kubernetes' } },
    'config-unsupported-value: tunnel: Unsupported value: "gre": supported values: "vxlan", "geneve", "disabled"',
    'cilium-deprecated-without-effect: store: "kubernetes" has no effect',
  ],
  'an invalid host suppresses its warnings': [
    { config: { kubeproxy: { k8sServiceHost: 'A_B', k8sServicePort: 443 }, enableIpv6Masquerade: true } },
    'config-invalid-value: kubeproxy.k8sServiceHost: Invalid value: "A_B": must be an IP address, or a DNS name in lower case such as api.example.com',
    'cilium-masquerade-without-family: enableIpv6Masquerade: has no effect: the shoot has no IPv6',
  ],
  'an egress gateway with an error suppresses only its own warnings': [
    { ...beside, config: { egressGateway: on, snatToUpstreamDNS: on, l2Announcements: on } },
    'cilium-egress-gateway-requirements: egressGateway.enabled: Forbidden: requires spec.kubernetes.kubeProxy.enabled: false in the Shoot',
    'cilium-l2-without-replacement: l2Announcements.enabled: announces addresses that Cilium does not serve: kube-proxy is enabled in the Shoot',
  ],
  'an invalid kube-proxy suppresses the warnings that depend on it': [
    { ...nodeLocalDNS({ ...on, mode: 'IPVS' }), config: { bpfSocketLBHostnsOnly: on, enableIpv6Masquerade: true } },
    'cilium-ipvs-node-local-dns: spec.kubernetes.kubeProxy.mode: Forbidden: kube-proxy in mode IPVS cannot be used while systemComponents.nodeLocalDNS is enabled',
    'cilium-masquerade-without-family: enableIpv6Masquerade: has no effect: the shoot has no IPv6',
    webhook,
  ],
  'an unknown field suppresses all warnings': [
    { config: { overley: on, store: 'kubernetes' } },
    'config-unknown-field: overley: Forbidden: unknown field, did you mean overlay?',
  ],
};

cases(withErrors, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

test('the tables cover every warning', () => {
  const covered = new Set(Object.values(table).flatMap(([, ...found]) => found.map((one) => one.split(':')[0])));
  // Findings about changes are in ../changes.test.ts.
  const ofChange = ['cilium-encryption-strict-one-step', 'cilium-kube-proxy-change', 'cilium-routing-change'];
  const warnings = Object.entries(ciliumRules).filter(
    ([code, { severity }]) => severity === 'warning' && !ofChange.includes(code),
  );
  for (const [code] of warnings) assert.ok(covered.has(code), `${code} is in no case`);
});

test('rules are sorted by code, and their texts are sentences', () => {
  const codes = Object.keys(ciliumRules);
  assert.deepEqual(codes, [...codes].sort());
  for (const [code, { title, reason, remedy }] of Object.entries(ciliumRules)) {
    assert.match(title, /^[A-Za-z].*[^.]$/, code);
    for (const text of [reason, remedy]) assert.match(text, /^\S.*[^.]\.$/, code);
  }
});

test('remedies that change routing or encapsulation mention running shoots', () => {
  const changing = /\b(overlay|tunnel|native routing|kubeProxy)\b/;
  const named = Object.entries(ciliumRules).filter(([, { remedy }]) => changing.test(remedy));
  assert.ok(named.length > 8);
  for (const [code, { remedy, severity }] of named) {
    const isSafe = /running shoot|maintenance window|which is equivalent/.test(remedy) || severity === 'error';
    assert.ok(isSafe, `${code}: ${remedy}`);
  }
});

test('property: at most one warning per field, for given fields only', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const { diagnostics } = planNetwork(cilium, demoInput(given), tools);
      const places = diagnostics
        .filter(({ severity }) => severity === 'warning')
        .map(({ path, code }) => (path === '' ? code : path));
      assert.deepEqual(places, [...new Set(places)]);
    }),
    { numRuns: 500 },
  );
});
