import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import { cilium } from '../plan.ts';
import { type Demo, demoInput } from '../testdata/demo.ts';
import { validateNewConfig } from './validate-new.ts';

const tools = planTools();
const on = { enabled: true };
const off = { enabled: false };

/** The errors of a plan as people see them, without the part of the path that all of them share. */
function errorsOf(given: Demo): readonly string[] {
  const result = planNetwork(cilium, demoInput(given), tools);
  return result.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(
      (one) =>
        `${one.object.startsWith('Shoot') ? 'Shoot: ' : ''}${describe(one).replace(/^spec\.providerConfig\b\.?/, '')}`,
    );
}

const bytes = 'must have at most 15 bytes, as the kernel allows for interfaces';
const blanks = 'must not contain "/" or blanks';
const host = 'must be an IP address, or a DNS name in lower case such as api.example.com';
const duration = 'must be a duration such as "15s" or "1m30s"';

cases<readonly [config: unknown, ...errors: readonly string[]]>(
  {
    'a host': [{ kubeproxy: { k8sServiceHost: 'api_1' } }, `kubeproxy.k8sServiceHost: Invalid value: "api_1": ${host}`],
    'an empty host': [{ kubeproxy: { k8sServiceHost: '' } }, `kubeproxy.k8sServiceHost: Invalid value: "": ${host}`],
    'a port of 0': [
      { kubeproxy: { k8sServicePort: 0 } },
      'kubeproxy.k8sServicePort: Invalid value: 0: must be between 1 and 65535',
    ],
    'a port that is a text': [
      { kubeproxy: { k8sServicePort: '443' } },
      'kubeproxy.k8sServicePort: Invalid value: "443": must be a number',
    ],
    'a port that is no whole number': [
      { kubeproxy: { k8sServicePort: 1.5 } },
      'kubeproxy.k8sServicePort: Invalid value: 1.5: must be a whole number',
    ],
    'a tunnel': [
      { tunnel: 'ipip' },
      'tunnel: Unsupported value: "ipip": supported values: "vxlan", "geneve", "disabled"',
    ],
    'an empty tunnel': [
      { tunnel: '' },
      'tunnel: Unsupported value: "": supported values: "vxlan", "geneve", "disabled"',
    ],
    'a store': [{ store: 'etcd' }, 'store: Unsupported value: "etcd": supported values: "kubernetes"'],
    'a negative MTU': [{ mtu: -1 }, 'mtu: Invalid value: -1: must not be negative; with 0 Cilium detects the MTU'],
    'an MTU of 0': [{ mtu: 0 }],
    'devices, each by itself': [
      { devices: ['eth0', '', 'a/b', 'eth 0', 'averyveryverylongname', 'exactly15bytes0'] },
      'devices[1]: Invalid value: "": must not be empty',
      `devices[2]: Invalid value: "a/b": ${blanks}`,
      `devices[3]: Invalid value: "eth 0": ${blanks}`,
      `devices[4]: Invalid value: "averyveryverylongname": ${bytes}`,
    ],
    'a device of null is an empty one': [{ devices: [null] }, 'devices[0]: Invalid value: "": must not be empty'],
    'bytes count, not letters': [
      { devices: ['é'.repeat(8)] },
      `devices[0]: Invalid value: "${'\\u00e9'.repeat(8)}": ${bytes}`,
    ],
    'bytes count, not UTF-16': [
      { devices: ['🦄'.repeat(4)] },
      `devices[0]: Invalid value: "${'\\ud83e\\udd84'.repeat(4)}": ${bytes}`,
    ],
    'a no-break space is no blank for Go': [
      { devices: ['eth\u00a00', '🦄🦄🦄', 'eth+'], directRoutingDevice: '\u3000' },
    ],
    'a routing device': [{ directRoutingDevice: '' }, 'directRoutingDevice: Invalid value: "": must not be empty'],
    'a mode of load balancing': [
      { loadBalancingMode: 'x' },
      'loadBalancingMode: Unsupported value: "x": supported values: "snat", "dsr", "hybrid"',
    ],
    durations: [
      { l2Announcements: { leaseDuration: '15', leaseRenewDeadline: '', leaseRetryPeriod: '2 s' } },
      `l2Announcements.leaseDuration: Invalid value: "15": ${duration}`,
      `l2Announcements.leaseRenewDeadline: Invalid value: "": ${duration}`,
      `l2Announcements.leaseRetryPeriod: Invalid value: "2 s": ${duration}`,
    ],
    'a duration that is a number': [
      { l2Announcements: { leaseDuration: 15 } },
      'l2Announcements.leaseDuration: Invalid value: 15: must be a string',
    ],
    '8: ipsec': [
      { encryption: { ...on, mode: 'ipsec' } },
      'encryption.mode: Unsupported value: "ipsec": supported values: "wireguard"',
    ],
    '8: no mode': [{ encryption: on }, 'encryption.mode: Required value: "wireguard", since encryption is enabled'],
    '8: any mode while encryption is off': [{ encryption: { ...off, mode: 'ipsec', strictMode: true } }],
    'unknown fields, with a guess': [
      { hubble: { ui: on }, egresGateway: on },
      'hubble.ui: Forbidden: unknown field',
      'egresGateway: Forbidden: unknown field, did you mean egressGateway?',
    ],
    'null is as absent': [
      { devices: null, hubble: null, mtu: null, encryption: null, kubeproxy: { k8sServiceHost: null } },
    ],
    'everything at once': [
      { tunnel: 'x', mtu: -2, foo: 1, encryption: { ...on, mode: 'x' } },
      'tunnel: Unsupported value: "x": supported values: "vxlan", "geneve", "disabled"',
      'foo: Forbidden: unknown field',
      'mtu: Invalid value: -2: must not be negative; with 0 Cilium detects the MTU',
      'encryption.mode: Unsupported value: "x": supported values: "wireguard"',
    ],
  },
  ([config, ...errors]) => assert.deepEqual([...errorsOf({ config })].sort(), [...errors].sort()),
);

const ipvs = (enabled: boolean | undefined): Demo => ({
  spec: {
    kubernetes: { version: '1.34.2', kubeProxy: { ...(enabled === undefined ? {} : { enabled }), mode: 'IPVS' } },
    systemComponents: { nodeLocalDNS: on },
  },
});
const needsOff = 'egressGateway.enabled: Forbidden: requires spec.kubernetes.kubeProxy.enabled: false in the Shoot';
const needsOverlay = 'egressGateway.enabled: Forbidden: requires an overlay, but pod traffic is not encapsulated';
const dsr = 'loadBalancingMode: Invalid value: "dsr": requires native routing, but pod traffic is encapsulated';
const dsrRange = (option: string): string =>
  `loadBalancingMode: Invalid value: "dsr": requires a native routing range: ${option} is not true`;
const unknownServer =
  'kubeproxy.k8sServiceHost: Required value: host and port of the API server: kube-proxy is disabled and the Shoot has no advertised address "external" (it has: internal)';

cases<readonly [given: Demo, outcome: string, ...errors: readonly string[]]>(
  {
    'IPVS with NodeLocalDNS': [
      ipvs(true),
      'refused',
      'Shoot: spec.kubernetes.kubeProxy.mode: Forbidden: kube-proxy in mode IPVS cannot be used while systemComponents.nodeLocalDNS is enabled',
    ],
    'IPVS that is off with NodeLocalDNS': [ipvs(false), 'planned'],
    '27: IPVS that nobody switched on with NodeLocalDNS': [ipvs(undefined), 'planned'],
    'an egress gateway beside kube-proxy': [{ kubeProxy: true, config: { egressGateway: on } }, 'refused', needsOff],
    'an egress gateway without overlay': [{ config: { egressGateway: on, overlay: off } }, 'refused', needsOverlay],
    'an egress gateway with neither': [
      { kubeProxy: true, config: { egressGateway: on, tunnel: 'disabled' } },
      'refused',
      needsOff,
      needsOverlay,
    ],
    'an egress gateway, beside errors of fields': [
      { kubeProxy: true, config: { egressGateway: on, mtu: -1 } },
      'refused',
      'mtu: Invalid value: -1: must not be negative; with 0 Cilium detects the MTU',
      needsOff,
    ],
    'dsr in a tunnel': [{ config: { loadBalancingMode: 'dsr' } }, 'refused', dsr],
    'dsr in a tunnel, beside kube-proxy': [{ kubeProxy: true, config: { loadBalancingMode: 'dsr' } }, 'refused', dsr],
    'dsr without a tunnel, masquerading or a range': [
      { config: { loadBalancingMode: 'dsr', tunnel: 'disabled', enableIpv4Masquerade: false } },
      'refused',
      dsrRange('ipv4NativeRoutingCIDREnabled'),
    ],
    'dsr without a tunnel, masquerading or a range, IPv6 alone': [
      {
        families: ['IPv6'],
        config: { loadBalancingMode: 'dsr', tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true },
      },
      'refused',
      dsrRange('ipv6NativeRoutingCIDREnabled'),
    ],
    'dsr without a tunnel or masquerading, but a range': [
      {
        config: {
          loadBalancingMode: 'dsr',
          tunnel: 'disabled',
          enableIpv4Masquerade: false,
          ipv4NativeRoutingCIDREnabled: true,
        },
      },
      'planned',
    ],
    'dsr without a tunnel, with masquerading, which implies a range': [
      { config: { loadBalancingMode: 'dsr', tunnel: 'disabled' } },
      'planned',
    ],
    'dsr in a tunnel that overlay asks for, whatever tunnel says': [
      { config: { loadBalancingMode: 'dsr', overlay: on, tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true } },
      'refused',
      dsr,
    ],
    'dsr with native routing': [{ config: { loadBalancingMode: 'dsr', overlay: off } }, 'planned'],
    '10: dsr with native routing of IPv6 alone': [
      { families: ['IPv6'], config: { loadBalancingMode: 'dsr', overlay: off } },
      'planned',
    ],
    'dsr in a tunnel with a native range': [
      { config: { loadBalancingMode: 'dsr', ipv4NativeRoutingCIDREnabled: true } },
      'planned',
    ],
    'no address of the API server yet': [
      { status: { advertisedAddresses: [] } },
      'waiting',
      'kubeproxy.k8sServiceHost: kube-proxy is disabled and status.advertisedAddresses of the Shoot is empty',
    ],
    'no external address of the API server': [
      { status: { advertisedAddresses: [{ name: 'internal', url: 'https://a.b' }] } },
      'refused',
      unknownServer,
    ],
    'no address is needed with one of its own': [
      {
        status: { advertisedAddresses: [] },
        config: { kubeproxy: { k8sServiceHost: '10.0.0.1', k8sServicePort: 443 } },
      },
      'planned',
    ],
    'no address is needed beside kube-proxy': [{ kubeProxy: true, status: { advertisedAddresses: [] } }, 'planned'],
    'an address that is no URL': [
      { status: { advertisedAddresses: [{ name: 'external', url: 'x' }] } },
      'refused',
      'Shoot: status.advertisedAddresses[0].url: Invalid value: "x": must be a URL with a host, such as https://api.example.com',
    ],
    '5: native routing of a family without a range': [
      {
        families: ['IPv4', 'IPv6'],
        config: { overlay: off },
        status: { networking: null, advertisedAddresses: [{ name: 'external', url: 'https://a.b' }] },
      },
      'waiting',
      'spec.podCIDR: no IPv6 range is known: neither spec.podCIDR nor status.networking.pods of the Shoot has one',
    ],
    '5: native routing of IPv6 alone without a status': [
      { families: ['IPv6'], kubeProxy: true, config: { overlay: off }, status: { networking: null } },
      'planned',
    ],
    'a range of the Shoot that is none': [
      { spec: { networking: { nodes: '10.0.0.0' } } },
      'refused',
      'Shoot: spec.networking.nodes: Invalid value: "10.0.0.0": must be a CIDR such as 10.250.0.0/16',
    ],
  },
  ([given, outcome, ...errors]) => {
    assert.deepEqual(errorsOf(given), errors);
    assert.equal(planNetwork(cilium, demoInput(given), tools).outcome, outcome);
  },
);

cases<readonly [config: Readonly<Record<string, unknown>>, previewed: boolean]>(
  {
    'ipsec shows what remains': [{ encryption: { ...on, mode: 'ipsec' } }, true],
    'with strict mode nothing is shown': [{ encryption: { ...on, mode: 'ipsec', strictMode: true } }, false],
    'with another error nothing is shown': [{ encryption: { ...on, mode: 'ipsec' }, mtu: -1 }, false],
  },
  ([config, previewed]) => {
    const result = planNetwork(cilium, demoInput({ config }), tools);
    assert.ok(result.outcome === 'refused');
    assert.equal(result.preview !== undefined, previewed);
  },
);

type NewConfig = Omit<Parameters<typeof validateNewConfig>[0], 'object' | 'path'>;

cases<readonly [given: NewConfig, ...errors: readonly string[]]>(
  {
    '14: a new egress gateway with snat': [
      { config: { egressGateway: on, snatToUpstreamDNS: on, enableBPFMasquerade: false }, families: ['IPv6', 'IPv4'] },
      'spec.networking.providerConfig.egressGateway.enabled: Forbidden: cannot be combined with snatToUpstreamDNS, enableBPFMasquerade: false',
    ],
    '14: a new egress gateway without IPv4, and with snat': [
      { config: { egressGateway: on, snatToUpstreamDNS: on }, families: ['IPv6'] },
      'spec.networking.providerConfig.egressGateway.enabled: Forbidden: requires IPv4, which the shoot does not have',
    ],
    '14: no egress gateway': [
      { config: { snatOutOfCluster: on, enableIpv4Masquerade: false, egressGateway: off }, families: ['IPv6'] },
    ],
    '14: an egress gateway by itself': [{ config: { egressGateway: on }, families: ['IPv4'] }],
  },
  ([given, ...errors]) => {
    const found = validateNewConfig({ ...given, object: 'Shoot a/b', path: 'spec.networking.providerConfig' });
    assert.deepEqual(found.map(describe), errors);
    assert.ok(found.every(({ severity }) => severity === 'error'));
  },
);

test('14: a stored egress gateway without IPv4 stays accepted, and is refused when it is new', () => {
  const input = demoInput({ families: ['IPv6'], config: { egressGateway: on } });
  assert.equal(planNetwork(cilium, input, tools).outcome, 'planned');
  const decoded = cilium.decode(input);
  assert.ok(cilium.check(decoded).every(({ severity }) => severity === 'warning'));
  assert.deepEqual(
    cilium.checkNew?.(decoded).map(({ code }) => code),
    ['cilium-egress-gateway-family'],
  );
});
