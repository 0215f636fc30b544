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

/** Every finding as `code: message`, the common part of the path left out. */
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
const shootVPA = { spec: { kubernetes: { version: '1.34.2', verticalPodAutoscaler: on } } };

const bothFamilies =
  'calico-overlay-without-ipv6: overlay.enabled: IPv6 is not encapsulated, and IPIP is disabled for IPv4';
const dnsPolicies =
  'calico-dns-policy-bypassed: snatToUpstreamDNS.enabled: policies cannot block requests to NodeLocalDNS';

function nodeLocalDNS(kubernetes: object = {}): Demo {
  return { spec: { kubernetes: { version: '1.34.2', ...kubernetes }, systemComponents: { nodeLocalDNS: on } } };
}

const table: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'nothing given': [{}],
  'a small MTU': [
    { config: { vethMTU: '575' } },
    'calico-mtu-small: vethMTU: "575" is smaller than the 576 bytes that IPv4 requires',
  ],
  'a small MTU for IPv6': [
    { ...dual, config: { vethMTU: '+1279' } },
    'calico-mtu-small: vethMTU: "1279" is smaller than the 1280 bytes that IPv6 requires',
  ],
  'an MTU that no interface can have': [
    { config: { vethMTU: '9223372036854775807' } },
    'calico-mtu-large: vethMTU: "9223372036854775807" is larger than the 65535 bytes that an interface can have',
  ],
  'MTUs that are possible': [{ config: { vethMTU: '65535' } }],
  'the smallest MTU': [{ config: { vethMTU: '576' } }],
  'an MTU that Calico finds out': [{ config: { vethMTU: '-0' } }],
  'O4: overlay wins over backend': [
    { config: { overlay: on, backend: 'none' } },
    'calico-overlay-overrules: backend: "none" has no effect: overlay.enabled: true sets it to "bird"',
  ],
  'O4: overlay off wins over backend and mode': [
    { config: { overlay: off, backend: 'vxlan', ipv4: { mode: 'Always' } } },
    'calico-overlay-overrules: backend: "vxlan" has no effect: overlay.enabled: false sets it to "none"',
    'calico-overlay-overrules: ipv4.mode: "Always" has no effect: overlay.enabled: false sets it to "Never"',
  ],
  'O4: what overlay makes of it was said anyway': [
    { config: { overlay: on, backend: 'bird', ipv4: { mode: 'Always' } } },
  ],
  'O4: with both families overlay leaves the IPv4 mode alone': [
    { ...dual, config: { overlay: on, ipv4: { mode: 'CrossSubnet' } } },
    bothFamilies,
  ],
  'O4: while the second family waits, overlay decides the IPv4 mode': [
    { ...dual, ...pending, config: { overlay: on, ipv4: { mode: 'CrossSubnet' } } },
    'calico-overlay-overrules: ipv4.mode: "CrossSubnet" has no effect: overlay.enabled: true sets it to "Always"',
    'calico-overlay-without-ipv6: overlay.enabled: IPv6 will not be encapsulated, and IPIP will be disabled for IPv4',
  ],
  'B8: overlay with both families': [{ ...dual, config: { overlay: on } }, bothFamilies],
  'B8: overlay with IPv6 alone': [
    { ...v6, config: { overlay: on } },
    'calico-overlay-without-ipv6: overlay.enabled: has no effect on IPv6-only shoots: IPIP and VXLAN are disabled',
  ],
  'B8: no overlay with both families': [{ ...dual, config: { overlay: off } }],
  'B8: both families without a word on the overlay': [dual],
  'policies and NodeLocalDNS: SNAT by default is nobody’s wish': [{ ...nodeLocalDNS(), config: { overlay: off } }],
  'policies and NodeLocalDNS: SNAT is asked for': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: on } },
    dnsPolicies,
  ],
  'policies and NodeLocalDNS: kube-proxy in another mode of iptables': [
    { ...nodeLocalDNS({ kubeProxy: { ...on, mode: 'IPVS' } }), config: { overlay: off, snatToUpstreamDNS: on } },
    dnsPolicies,
  ],
  'policies and NodeLocalDNS: SNAT is off': [{ ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: off } }],
  'policies and NodeLocalDNS: with an overlay there is no SNAT': [
    { ...nodeLocalDNS(), config: { overlay: on, snatToUpstreamDNS: on } },
  ],
  'policies and NodeLocalDNS: nor without a word on the overlay': [{ ...nodeLocalDNS(), config: {} }],
  'policies and NodeLocalDNS: without the cache nothing accepts first': [
    { config: { overlay: off, snatToUpstreamDNS: on } },
  ],
  'policies and NodeLocalDNS: eBPF decides before iptables': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: on, ebpfDataplane: on } },
  ],
  'policies and NodeLocalDNS: nftables asks each table': [
    { ...nodeLocalDNS({ kubeProxy: { ...on, mode: 'NFTables' } }), config: { overlay: off, snatToUpstreamDNS: on } },
  ],
  'O4: IPv6 overrides backend': [
    { ...dual, config: { backend: 'bird' } },
    'calico-ipv6-overrules-backend: backend: "bird" has no effect: IPv6 without overlay sets it to "none"',
  ],
  'O4: backend none is what IPv6 makes of it': [{ ...v6, config: { backend: 'none' } }],
  'B9: vxlan.enabled forces ipam.type calico-ipam': [
    { config: { overlay: on, vxlan: on } },
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B9: over an explicit type': [
    { config: { overlay: on, vxlan: on, ipam: { type: 'host-local' } } },
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
  ],
  'B9: calico-ipam was asked for': [{ config: { overlay: on, vxlan: on, ipam: { type: 'calico-ipam' } } }],
  'B9: vxlan without overlay': [
    { config: { vxlan: on, ipam: { type: 'calico-ipam' } } },
    'calico-vxlan-without-overlay: vxlan.enabled: Felix’ VXLAN stays off because overlay.enabled is not true',
  ],
  'B9: vxlan with overlay off': [
    { config: { vxlan: on, overlay: off, ipam: { type: 'calico-ipam' } } },
    'calico-vxlan-without-overlay: vxlan.enabled: Felix’ VXLAN stays off because overlay.enabled is not true',
  ],
  'B9: vxlan with both families': [
    { ...dual, config: { vxlan: on, overlay: on } },
    'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"',
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
  'O8: backend VXLAN with pool ipip needs it': [{ config: { backend: 'vxlan' } }],
  'O8: with both families IPIP is off': [
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
  'B8: what overlay makes of it was said anyway': [{ ...v6, config: { ipv6: { mode: 'Never' } } }],
  'options of the second family wait': [
    { ...dual, ...pending, config: { ipv6: { mode: 'Always' } } },
    'calico-ipv6-config-pending: ipv6: is not applied yet: the nodes of the shoot are still being migrated to dual-stack',
  ],
  'O3: the node range wins': [
    { spec: nodes, config: { ipv4: { autoDetectionMethod: 'interface=é' } } },
    'calico-autodetection-overruled: ipv4.autoDetectionMethod: "interface=\\u00e9" has no effect: the node range of the shoot sets it to "cidr=10.180.0.0/16"',
  ],
  'O3: for IPv6, too': [
    {
      ...v6,
      spec: nodes,
      status: { networking: { nodes: ['2001:db8:2::/64'] } },
      config: { ipv6: { autoDetectionMethod: 'first-found' } },
    },
    'calico-autodetection-overruled: ipv6.autoDetectionMethod: "first-found" has no effect: the node range of the shoot sets it to "cidr=2001:db8:2::/64"',
  ],
  'O3: the user says the same': [{ spec: nodes, config: { ipv4: { autoDetectionMethod: 'cidr=10.180.0.0/16' } } }],
  'O3: no node range of the family is known (B15)': [
    {
      ...dual,
      spec: nodes,
      status: { networking: { nodes: ['10.180.0.0/16'], pods: ['2001:db8:1::/48'] } },
      config: { ipv6: { autoDetectionMethod: 'first-found' } },
    },
  ],
  'O6: no bird to export': [
    { config: { birdExporter: on, overlay: off } },
    'calico-bird-exporter-without-bird: birdExporter.enabled: bird does not run with backend "none"',
  ],
  'O6: bird runs': [{ config: { birdExporter: on } }],
  'the exporter is left out without privileges': [
    { config: { birdExporter: on }, featureGates: { NonPrivilegedCalicoNode: true } },
    'calico-bird-exporter-unprivileged: birdExporter.enabled: is omitted: feature gate NonPrivilegedCalicoNode is enabled',
  ],
  'the gate does not count with eBPF': [
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
  'B6: a range that is not known yet': [
    { ...dual, status: { networking: null } },
    'calico-pod-range-unknown: spec.podCIDR: no IPv6 range is known yet: the IPv6 pool is omitted',
  ],
  'B6: the IPv4 range is the unknown one': [
    { ...dual, podCIDR: '2001:db8:1::/48', status: { networking: null } },
    'calico-pod-range-unknown: spec.podCIDR: no IPv4 range is known yet: the IPv4 pool is omitted',
  ],
  'no ipv4 in the shoot': [
    { ...v6, config: { ipv4: {} } },
    'calico-ipv4-config-without-ipv4: ipv4: Forbidden: IPv4 options must not be set in a shoot without IPv4',
  ],
  'no ipv6 in the shoot': [
    { config: { ipv6: {} } },
    'calico-ipv6-config-without-ipv6: ipv6: Forbidden: IPv6 options must not be set in a shoot without IPv6',
  ],
  'no kube-proxy': [
    { spec: { kubernetes: { version: '1.34.2', kubeProxy: off } } },
    'calico-kube-proxy-required: spec.kubernetes.kubeProxy.enabled: Forbidden: kube-proxy can be disabled only together with providerConfig.ebpfDataplane',
  ],
};

cases(table, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

const mtu =
  'config-invalid-value: vethMTU: Invalid value: "9k": must be a whole decimal number in quotes, such as "1450"';
const ipamWins = 'calico-vxlan-ipam: vxlan.enabled: forces ipam.type "calico-ipam" instead of "host-local"';
const wrong = (name: string): string => `config-wrong-type: ${name}: Invalid value: 1: must be true or false`;

/** Beside an error: what it cannot change is said, what it could change is not. */
const faulty: Readonly<Record<string, readonly [given: Demo, ...found: readonly string[]]>> = {
  'an MTU changes nothing that is warned about': [
    { config: { vethMTU: '9k', overlay: on, vxlan: on, ipip: 'Never', autoScaling: { mode: 'vpa' } } },
    mtu,
    ipamWins,
    'calico-deprecated-without-effect: ipip: "Never" has no effect: ipv4.mode is "Always"',
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
  ],
  'overlay decides the backend and much more': [
    { ...nodeLocalDNS(), config: { overlay: { enabled: 1 }, backend: 'bird', vxlan: on, birdExporter: on } },
    wrong('overlay.enabled'),
  ],
  'the IPAM type may be what vxlan makes of it': [
    { config: { overlay: on, vxlan: on, ipam: { type: 'calico' } } },
    'config-unsupported-value: ipam.type: Unsupported value: "calico": supported values: "calico-ipam", "host-local"',
  ],
  'eBPF decides whether policies are asked': [
    { ...nodeLocalDNS(), config: { overlay: off, backend: 'bird', ebpfDataplane: { enabled: 1 } } },
    wrong('ebpfDataplane.enabled'),
    'calico-overlay-overrules: backend: "bird" has no effect: overlay.enabled: false sets it to "none"',
  ],
  'SNAT decides it, too': [
    { ...nodeLocalDNS(), config: { overlay: off, snatToUpstreamDNS: 1 } },
    'config-wrong-type: snatToUpstreamDNS: Invalid value: 1: must be an object',
  ],
  'kube-proxy decides it, too': [
    { ...nodeLocalDNS({ kubeProxy: off }), config: { overlay: off, backend: 'bird' } },
    'calico-kube-proxy-required: spec.kubernetes.kubeProxy.enabled: Forbidden: kube-proxy can be disabled only together with providerConfig.ebpfDataplane',
    'calico-overlay-overrules: backend: "bird" has no effect: overlay.enabled: false sets it to "none"',
  ],
  'a group that is nothing changes its own warnings only': [
    { config: { ipv6: 1, birdExporter: on, overlay: off } },
    'config-wrong-type: ipv6: Invalid value: 1: must be an object',
    'calico-bird-exporter-without-bird: birdExporter.enabled: bird does not run with backend "none"',
  ],
  'a field that does not exist may be any': [
    { config: { overley: on, backend: 'bird', ipip: 'Never', vxlan: on } },
    'config-unknown-field: overley: Forbidden: unknown field, did you mean overlay?',
  ],
  'of another API nothing is known': [
    { config: { kind: 'NetworkStatus', ipip: 'Never' } },
    'config-wrong-kind: kind: Unsupported value: "NetworkStatus": supported values: "NetworkConfig"',
  ],
  'families decide nearly all': [
    { families: ['IPv4', 'IPX'], config: { overlay: on, backend: 'none', autoScaling: { mode: 'vpa' } } },
    'network-invalid: spec.ipFamilies[1]: Unsupported value: "IPX": supported values: "IPv4", "IPv6"',
    'calico-autoscaling-vpa-off: autoScaling.mode: "vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
  ],
  'a range of nodes that is none decides about methods': [
    {
      spec: { networking: { nodes: '10.180.0.0/33' } },
      config: { ipv4: { autoDetectionMethod: 'first-found' }, ipip: 'Never' },
    },
    'shoot-invalid: spec.networking.nodes: Invalid value: "10.180.0.0/33": must be a CIDR such as 10.250.0.0/16',
    'calico-deprecated-without-effect: ipip: "Never" has no effect: ipv4.mode is "Always"',
  ],
};

cases(faulty, ([given, ...found]) => assert.deepEqual(findings(demoInput(given)), found));

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
  'overlay goes away too early': [
    switching,
    'calico-overlay-switch-waiting: overlay.enabled: waiting for routes of 1 node(s): a',
    overrules,
  ],
  'B11: the present state is not known': [
    { ...switching, currentObjects: { available: false, reason: 'Secret x is missing' } },
    'calico-overlay-switch-unverified: overlay.enabled: the current state of the overlay cannot be read: Secret x is missing',
    overrules,
  ],
};

cases(circumstances, ([input, ...found]) => {
  assert.deepEqual(findings(input), found);
  assert.equal(planNetwork(calico, input, tools).outcome, 'waiting');
});

test('every code of calico is in these tables', () => {
  const found = [...Object.values(table), ...Object.values(circumstances)].flatMap(([, ...lines]) => lines);
  const codes = new Set(found.map((line) => line.slice(0, line.indexOf(':'))));
  assert.deepEqual([...codes].sort(), Object.keys(calicoRules).sort());
});

test('rules stand in the order of their codes, and their texts are sentences', () => {
  assert.deepEqual(Object.keys(calicoRules), Object.keys(calicoRules).sort());
  for (const [code, rule] of Object.entries(calicoRules)) {
    assert.match(code, /^calico-[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(rule.reason, /^\S.*\.$/, code);
    assert.match(rule.remedy, /^[A-Z].*\.$/, code);
    assert.match(rule.title, /^\S.*[^.]$/, code);
  }
});

test('a valid configuration is warned about at most once per option and code', () => {
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
