/** The configuration of agents, and the conditions under which they refuse to start, by their source code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readCases } from '../../../test/support/plan-goldens.ts';
import { planTools } from '../../../test/support/planning.ts';
import { overlaps, parseCidr } from '../../gardener/cidr.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import { planNetwork } from '../../network/plan.ts';
import { parseDuration } from '../api/duration.ts';
import { ciliumCompatibility } from '../compatibility.ts';
import { cilium } from '../plan.ts';
import { ipamModes } from '../shoot/ipam.ts';
import { demo, namedModes } from '../testdata/arbitraries.ts';
import { type Demo, demoInput, demoShoot, plannedConfig, runningConfig } from '../testdata/demo.ts';

const tools = planTools();
const options = new Map(
  readFileSync(path.join(import.meta.dirname, `testdata/options-${ciliumCompatibility.sources}.txt`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ') as [name: string, type: string, kind: string])
    .map(([name, type]) => [name, type]),
);

/** Values by the type of an option; agents exit with `Incorrect config-map flag value` for others. Texts and lists have any form. */
const forms: Readonly<Record<string, (value: string) => boolean>> = {
  bool: (value) => value === 'true' || value === 'false',
  duration: (value) => parseDuration(value) !== undefined,
  float: (value) => /^\d+(\.\d+)?$/.test(value),
  int: (value) => /^-?\d+$/.test(value),
  uint: (value) => /^\d+$/.test(value),
  map: (value) => /^([^=,]+=[^,]*)?(,[^=,]+=[^,]*)*$/.test(value),
};

/** Returns the keys that are no options, or whose values have another type. */
function wrongKeys(config: Config): readonly string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const type = options.get(key);
    if (type === undefined) return [`${key} is no option`];
    const hasForm = forms[type.replace(/(?<=int|float)\d+$/, '').replace('stringToString', 'map')];
    return hasForm === undefined || hasForm(value) ? [] : [`${key}: ${value} is no ${type}`];
  });
}

type Config = Readonly<Record<string, string>>;

/** Returns the configuration of a shoot; undefined if it is not planned. */
function configFor(given: Demo): Config | undefined {
  const result = planNetwork(cilium, demoInput(given), tools);
  return result.outcome === 'planned' ? plannedConfig(result.plan) : undefined;
}

/** Reasons for agents to exit: daemon_main.go, daemon.go, config.go, kube_proxy_replacement.go, manager.go of the egress gateway. */
const refusals: Readonly<Record<string, (config: Config, given: Demo) => boolean>> = {
  'neither IPv4 nor IPv6': (c) => c['enable-ipv4'] !== 'true' && c['enable-ipv6'] !== 'true',
  'native routing with IPv4 masquerading requires a range': (c) =>
    native(c) && masquerades(c, '4') && c['ipv4-native-routing-cidr'] === undefined,
  'native routing with IPv6 masquerading requires a range': (c) =>
    native(c) && masquerades(c, '6') && c['ipv6-native-routing-cidr'] === undefined,
  'ipv4-native-routing-cidr must be IPv4': (c) => isOther(c['ipv4-native-routing-cidr'], 'IPv4'),
  'ipv6-native-routing-cidr must be IPv6': (c) => isOther(c['ipv6-native-routing-cidr'], 'IPv6'),
  'skipped nodes without direct routes': (c) =>
    c['direct-routing-skip-unreachable'] === 'true' && c['auto-direct-node-routes'] !== 'true',
  'direct routes with a tunnel': (c) => !native(c) && c['auto-direct-node-routes'] === 'true',
  'masquerading in eBPF without a masqueraded family': (c) =>
    c['enable-bpf-masquerade'] === 'true' && !masquerades(c, '4') && !masquerades(c, '6'),
  'dsr or hybrid with a tunnel': (c) =>
    c['kube-proxy-replacement'] === 'true' && !native(c) && c['bpf-lb-mode'] !== 'snat',
  'an egress gateway without masquerading in eBPF': (c) =>
    c['enable-egress-gateway'] === 'true' && !(masquerades(c, '4') && c['enable-bpf-masquerade'] === 'true'),
  'encryption-strict-egress-cidr must be IPv4': (c) =>
    c['enable-encryption-strict-mode-egress'] === 'true' &&
    parseCidr(c['encryption-strict-egress-cidr'] ?? '')?.family !== 'IPv4',
  'nodes in the range of strict mode': (c, given) =>
    c['enable-encryption-strict-mode-egress'] === 'true' &&
    c['encryption-strict-egress-allow-remote-node-identities'] !== 'true' &&
    nodesOverlap(given, c['encryption-strict-egress-cidr'] ?? ''),
  'an unknown IPAM mode': (c) => !(namedModes.slice(0, -1) as readonly string[]).includes(c['ipam'] ?? ''),
  'delegated-plugin without addresses of the router': (c) =>
    c['ipam'] === 'delegated-plugin' &&
    (['ipv4', 'ipv6'] as const).some((ip) => c[`enable-${ip}`] === 'true' && c[`local-router-${ip}`] === undefined),
  'delegated-plugin with endpoints of health checks': (c) =>
    c['ipam'] === 'delegated-plugin' && c['enable-endpoint-health-checking'] === 'true',
  'eni with a tunnel': (c) => c['ipam'] === 'eni' && !native(c),
  'eni with IPv6': (c) => c['ipam'] === 'eni' && c['enable-ipv6'] === 'true',
  // With these modes the operator exits, and agents never get addresses.
  'a cloud provider without credentials': (c) => ['eni', 'azure', 'alibabacloud'].includes(c['ipam'] ?? ''),
  'cluster-pool without a range': (c) =>
    c['ipam'] === 'cluster-pool' &&
    c['enable-ipv4'] === 'true' &&
    parseCidr(c['cluster-pool-ipv4-cidr'] ?? '')?.family !== 'IPv4',
  // devices_controller.go: a name that only exclusions could match is not selected.
  'devices with exclusions only': (c) =>
    (c['devices'] ?? 'x').split(' ').every((name) => name.startsWith('!')) && c['force-device-detection'] !== 'true',
  'an egress gateway with an IPv6 underlay': (c) =>
    c['enable-egress-gateway'] === 'true' && c['underlay-protocol'] === 'ipv6',
  // listener.go: no error, but packets between nodes are discarded.
  'an IPv4 underlay for IPv6 only': (c) =>
    !native(c) && c['enable-ipv4'] !== 'true' && c['underlay-protocol'] !== 'ipv6',
  'commas and blanks in devices': (c) => /,/.test(c['devices'] ?? ''),
  'IPsec without a key': (c) => c['enable-ipsec'] !== undefined,
};

function native(config: Config): boolean {
  return config['routing-mode'] === 'native';
}

function masquerades(config: Config, family: '4' | '6'): boolean {
  return config[`enable-ipv${family}-masquerade`] === 'true' && config[`enable-ipv${family}`] === 'true';
}

function isOther(range: string | undefined, family: string): boolean {
  return range !== undefined && parseCidr(range)?.family !== family;
}

function nodesOverlap(given: Demo, text: string): boolean {
  const { networking, observed } = shootFacts(demoShoot(given));
  const range = parseCidr(text);
  return [networking.nodes ?? '', ...observed.nodes].some((one) => {
    const nodes = parseCidr(one);
    return nodes !== undefined && range !== undefined && overlaps(nodes, range);
  });
}

test('property: agents start with every planned configuration, and every key is one of their options with a value of its type', () => {
  let planned = 0;
  fc.assert(
    fc.property(demo, (given) => {
      const config = configFor(given);
      if (config === undefined) return;
      planned += 1;
      for (const [why, applies] of Object.entries(refusals)) assert.ok(!applies(config, given), why);
      assert.deepEqual(wrongKeys(config), []);
      assert.ok(Object.values(config).every((value) => typeof value === 'string'));
    }),
    { numRuns: 1500 },
  );
  assert.ok(planned > 300, `only ${planned} of the configurations are planned`);
});

test('property: an IPAM mode is preserved if and only if agents start with it, otherwise a warning contains the mode that is used', () => {
  const tunnel = fc.constantFrom('vxlan', 'geneve', 'disabled');
  const families = fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6']);
  fc.assert(
    fc.property(fc.constantFrom(...namedModes), tunnel, families, (ipam, protocol, list) => {
      const shoot = { available: true, value: [runningConfig({ ipam })] } as const;
      const given = { families: list, config: { tunnel: protocol, enableIpv6Masquerade: true }, shoot };
      const result = planNetwork(cilium, demoInput(given), tools);
      assert.ok(result.outcome === 'planned');
      const config = plannedConfig(result.plan);
      for (const [why, applies] of Object.entries(refusals)) assert.ok(!applies(config, given), why);
      const kept = (ipamModes as readonly string[]).includes(ipam);
      assert.equal(config['ipam'], kept ? ipam : 'kubernetes');
      assert.deepEqual(result.plan.status.state, { ipam: config['ipam'] });
      const ignored = result.diagnostics.filter(({ code }) => code === 'cilium-ipam-ignored');
      assert.deepEqual(
        ignored.map(({ message }) => message),
        kept ? [] : [`"${ipam}" is ignored, "kubernetes" is used`],
      );
    }),
    { numRuns: 300 },
  );
});

test('every key of the goldens is an option of the agents or the operator, with a value of its type', () => {
  const cases = readCases({ folder: path.join(import.meta.dirname, '../testdata/plan'), plugin: cilium, tools });
  const configs = cases.flatMap(({ result }) => (result.outcome === 'planned' ? [plannedConfig(result.plan)] : []));
  assert.deepEqual(configs.flatMap(wrongKeys), []);
  assert.ok(new Set(configs.flatMap(Object.keys)).size > 150);
});

test('detects keys that are no options, and values of another type', () => {
  const wrong = {
    'enable-ipv4-egress-gateway': 'true',
    'enable-ipv4': '1',
    mtu: 'auto',
    'bpf-lb-maglev-table-size': '-1',
    'metrics-sampling-interval': '5',
    'bpf-map-dynamic-size-ratio': 'x',
    'fixed-identity-mapping': '128',
    'cluster-name': 'any text',
  };
  assert.deepEqual(wrongKeys(wrong), [
    'enable-ipv4-egress-gateway is no option',
    'enable-ipv4: 1 is no bool',
    'mtu: auto is no int',
    'bpf-lb-maglev-table-size: -1 is no uint',
    'metrics-sampling-interval: 5 is no duration',
    'bpf-map-dynamic-size-ratio: x is no float',
    'fixed-identity-mapping: 128 is no map',
  ]);
});

test('the rules detect defects of the Go extension', () => {
  const bad: Readonly<Record<string, Config>> = {
    'native routing with IPv4 masquerading requires a range': {
      'routing-mode': 'native',
      'enable-ipv4': 'true',
      'enable-ipv4-masquerade': 'true',
    },
    'masquerading in eBPF without a masqueraded family': { 'enable-ipv4': 'true', 'enable-bpf-masquerade': 'true' },
    'dsr or hybrid with a tunnel': { 'kube-proxy-replacement': 'true', 'bpf-lb-mode': 'hybrid' },
    'ipv4-native-routing-cidr must be IPv4': { 'ipv4-native-routing-cidr': '2001:db8::/48' },
    'delegated-plugin without addresses of the router': { ipam: 'delegated-plugin', 'enable-ipv4': 'true' },
    'delegated-plugin with endpoints of health checks': {
      ipam: 'delegated-plugin',
      'enable-endpoint-health-checking': 'true',
    },
    'eni with a tunnel': { ipam: 'eni', 'routing-mode': 'tunnel' },
  };
  for (const [why, config] of Object.entries(bad)) assert.ok(refusals[why]?.(config, {}), why);
});

interface Expected {
  readonly given: Demo;
  readonly keys: Readonly<Record<string, string | undefined>>;
}

const on = { enabled: true };
const off = { enabled: false };

const table: Readonly<Record<string, Expected>> = {
  defaults: {
    given: { kubeProxy: true },
    keys: {
      'routing-mode': 'tunnel',
      'tunnel-protocol': 'vxlan',
      'enable-bpf-masquerade': 'true',
      'bpf-lb-mode': 'snat',
      'kube-proxy-replacement': undefined,
      mtu: undefined,
      devices: undefined,
      ipam: 'kubernetes',
      'k8s-require-ipv4-pod-cidr': 'true',
      'k8s-require-ipv6-pod-cidr': undefined,
    },
  },
  'empty groups mean off': {
    given: { config: { overlay: {}, cni: {} } },
    keys: { 'routing-mode': 'native', 'tunnel-protocol': undefined, 'cni-exclusive': 'false' },
  },
  '35: no masquerading in eBPF without a masqueraded family': {
    given: { config: { enableIpv4Masquerade: false } },
    keys: { 'enable-ipv4-masquerade': 'false', 'enable-bpf-masquerade': 'false' },
  },
  '35: masquerading in eBPF of IPv6 only': {
    given: { families: ['IPv4', 'IPv6'], config: { enableIpv4Masquerade: false, enableIpv6Masquerade: true } },
    keys: { 'enable-bpf-masquerade': 'true' },
  },
  '36: tunnel disabled sets the native range': {
    given: { config: { tunnel: 'disabled' } },
    keys: { 'routing-mode': 'native', 'ipv4-native-routing-cidr': '100.64.0.0/12', 'auto-direct-node-routes': 'false' },
  },
  '36: no native range without masquerading': {
    given: { config: { tunnel: 'disabled', enableIpv4Masquerade: false } },
    keys: { 'routing-mode': 'native', 'ipv4-native-routing-cidr': undefined },
  },
  '37: snat in place of hybrid with a tunnel': {
    given: { config: { loadBalancingMode: 'hybrid' } },
    keys: { 'bpf-lb-mode': 'snat' },
  },
  '37: snat in place of dsr with a tunnel and a native routing range': {
    given: { config: { loadBalancingMode: 'dsr', tunnel: 'vxlan', ipv4NativeRoutingCIDREnabled: true } },
    keys: { 'bpf-lb-mode': 'snat', 'routing-mode': 'tunnel', 'ipv4-native-routing-cidr': '100.64.0.0/12' },
  },
  '37: hybrid with kube-proxy': {
    given: { kubeProxy: true, config: { loadBalancingMode: 'hybrid' } },
    keys: { 'bpf-lb-mode': 'hybrid' },
  },
  '37: hybrid with native routing': {
    given: { config: { loadBalancingMode: 'hybrid', overlay: off } },
    keys: { 'bpf-lb-mode': 'hybrid' },
  },
  '1: the egress gateway': {
    given: { config: { overlay: on, egressGateway: on } },
    keys: { 'enable-egress-gateway': 'true', 'enable-ipv4-egress-gateway': undefined },
  },
  '14: an egress gateway with a snat option': {
    given: { config: { overlay: on, egressGateway: on, snatToUpstreamDNS: on } },
    keys: { 'enable-egress-gateway': undefined, 'enable-bpf-masquerade': undefined },
  },
  '6: IPv6 first, native': {
    given: { families: ['IPv6', 'IPv4'], config: { overlay: off } },
    keys: { 'ipv4-native-routing-cidr': '100.64.0.0/12', 'ipv6-native-routing-cidr': '2001:db8:1::/48' },
  },
  '6: a flag of a family that the shoot does not have': {
    given: { config: { ipv6NativeRoutingCIDREnabled: true } },
    keys: { 'ipv6-native-routing-cidr': undefined },
  },
  '7: strict mode, IPv6 only': {
    given: {
      families: ['IPv6'],
      config: { overlay: off, encryption: { ...on, mode: 'wireguard', strictMode: true, nodeToNodeEnabled: true } },
    },
    keys: { 'enable-wireguard': 'true', 'encrypt-node': 'true', 'enable-encryption-strict-mode-egress': undefined },
  },
  '38: strict mode without overlay, nodes in the range': {
    given: {
      config: { tunnel: 'disabled', encryption: { ...on, mode: 'wireguard', strictMode: true } },
      spec: { kubernetes: { kubeProxy: on }, networking: { nodes: '100.65.0.0/16' } },
    },
    keys: {
      'encryption-strict-egress-cidr': '100.64.0.0/12',
      'encryption-strict-egress-allow-remote-node-identities': 'true',
    },
  },
  '38: strict mode without overlay, unknown nodes': {
    given: {
      config: { overlay: off, encryption: { ...on, mode: 'wireguard', strictMode: true } },
      spec: { networking: {} },
    },
    keys: {
      'encryption-strict-egress-cidr': '100.64.0.0/12',
      'encryption-strict-egress-allow-remote-node-identities': 'false',
    },
  },
  '9: empty ipFamilies': { given: { families: [] }, keys: { 'enable-ipv4': 'true', 'enable-ipv6': 'false' } },
  'durations in the format of Go': {
    given: { config: { l2Announcements: { ...on, leaseDuration: '1h', leaseRetryPeriod: '90s' } } },
    keys: {
      'l2-announcements-lease-duration': '1h0m0s',
      'l2-announcements-renew-deadline': '5s',
      'l2-announcements-retry-period': '1m30s',
    },
  },
  'devices and MTU': {
    given: { config: { devices: ['eth0', 'eth+'], directRoutingDevice: 'eth1', mtu: 1400 } },
    keys: { devices: 'eth0 eth+', 'direct-routing-device': 'eth1', mtu: '1400' },
  },
};

for (const [name, { given, keys }] of Object.entries(table)) {
  test(name, () => {
    const config = configFor(given);
    assert.ok(config !== undefined);
    assert.deepEqual(Object.fromEntries(Object.keys(keys).map((key) => [key, config[key]])), keys);
  });
}
