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

/** Returns the messages of the errors of a plan, without the common part of their paths. */
function validate(given: Demo): readonly string[] {
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
    'rejects an invalid host': [
      { kubeproxy: { k8sServiceHost: 'api_1' } },
      `kubeproxy.k8sServiceHost: Invalid value: "api_1": ${host}`,
    ],
    'rejects an empty host': [
      { kubeproxy: { k8sServiceHost: '' } },
      `kubeproxy.k8sServiceHost: Invalid value: "": ${host}`,
    ],
    'rejects port 0': [
      { kubeproxy: { k8sServicePort: 0 } },
      'kubeproxy.k8sServicePort: Invalid value: 0: must be between 1 and 65535',
    ],
    'rejects a port that is a string': [
      { kubeproxy: { k8sServicePort: '443' } },
      'kubeproxy.k8sServicePort: Invalid value: "443": must be a number',
    ],
    'rejects a port that is not a whole number': [
      { kubeproxy: { k8sServicePort: 1.5 } },
      'kubeproxy.k8sServicePort: Invalid value: 1.5: must be a whole number',
    ],
    'rejects an unknown tunnel': [
      { tunnel: 'ipip' },
      'tunnel: Unsupported value: "ipip": supported values: "vxlan", "geneve", "disabled"',
    ],
    'rejects an empty tunnel': [
      { tunnel: '' },
      'tunnel: Unsupported value: "": supported values: "vxlan", "geneve", "disabled"',
    ],
    'rejects an unknown store': [{ store: 'etcd' }, 'store: Unsupported value: "etcd": supported values: "kubernetes"'],
    'rejects a negative MTU': [
      { mtu: -1 },
      'mtu: Invalid value: -1: must not be negative; with 0 Cilium detects the MTU',
    ],
    'accepts an MTU of 0': [{ mtu: 0 }],
    'validates each device': [
      { devices: ['eth0', '', 'a/b', 'eth 0', 'averyveryverylongname', 'exactly15bytes0'] },
      'devices[1]: Invalid value: "": must not be empty',
      `devices[2]: Invalid value: "a/b": ${blanks}`,
      `devices[3]: Invalid value: "eth 0": ${blanks}`,
      `devices[4]: Invalid value: "averyveryverylongname": ${bytes}`,
    ],
    'rejects null as an empty device': [{ devices: [null] }, 'devices[0]: Invalid value: "": must not be empty'],
    'counts bytes of a device, not characters': [
      { devices: ['é'.repeat(8)] },
      `devices[0]: Invalid value: "${'\\u00e9'.repeat(8)}": ${bytes}`,
    ],
    'counts bytes of a device, not UTF-16 code units': [
      { devices: ['🦄'.repeat(4)] },
      `devices[0]: Invalid value: "${'\\ud83e\\udd84'.repeat(4)}": ${bytes}`,
    ],
    'accepts a no-break space, like Go': [{ devices: ['eth\u00a00', '🦄🦄🦄', 'eth+'], directRoutingDevice: '\u3000' }],
    'rejects an empty routing device': [
      { directRoutingDevice: '' },
      'directRoutingDevice: Invalid value: "": must not be empty',
    ],
    'rejects an unknown load balancing mode': [
      { loadBalancingMode: 'x' },
      'loadBalancingMode: Unsupported value: "x": supported values: "snat", "dsr", "hybrid"',
    ],
    durations: [
      { l2Announcements: { leaseDuration: '15', leaseRenewDeadline: '', leaseRetryPeriod: '2 s' } },
      `l2Announcements.leaseDuration: Invalid value: "15": ${duration}`,
      `l2Announcements.leaseRenewDeadline: Invalid value: "": ${duration}`,
      `l2Announcements.leaseRetryPeriod: Invalid value: "2 s": ${duration}`,
    ],
    'rejects a number as duration': [
      { l2Announcements: { leaseDuration: 15 } },
      'l2Announcements.leaseDuration: Invalid value: 15: must be a string',
    ],
    '8: rejects ipsec': [
      { encryption: { ...on, mode: 'ipsec' } },
      'encryption.mode: Unsupported value: "ipsec": supported values: "wireguard"',
    ],
    '8: rejects a missing encryption mode': [
      { encryption: on },
      'encryption.mode: Required value: "wireguard", since encryption is enabled',
    ],
    '8: accepts any mode while encryption is disabled': [{ encryption: { ...off, mode: 'ipsec', strictMode: true } }],
    'rejects unknown fields, with suggestions': [
      { hubble: { ui: on }, egresGateway: on },
      'hubble.ui: Forbidden: removed in gardener-extension-networking-cilium v1.1.0',
      'egresGateway: Forbidden: unknown field, did you mean egressGateway?',
    ],
    'accepts null as absent': [
      { devices: null, hubble: null, mtu: null, encryption: null, kubeproxy: { k8sServiceHost: null } },
    ],
    'returns all findings at once': [
      { tunnel: 'x', mtu: -2, foo: 1, encryption: { ...on, mode: 'x' } },
      'tunnel: Unsupported value: "x": supported values: "vxlan", "geneve", "disabled"',
      'foo: Forbidden: unknown field',
      'mtu: Invalid value: -2: must not be negative; with 0 Cilium detects the MTU',
      'encryption.mode: Unsupported value: "x": supported values: "wireguard"',
    ],
  },
  ([config, ...errors]) => assert.deepEqual([...validate({ config })].sort(), [...errors].sort()),
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
    'rejects IPVS with NodeLocalDNS': [
      ipvs(true),
      'refused',
      'Shoot: spec.kubernetes.kubeProxy.mode: Forbidden: kube-proxy in mode IPVS cannot be used while systemComponents.nodeLocalDNS is enabled',
    ],
    'accepts disabled IPVS with NodeLocalDNS': [ipvs(false), 'planned'],
    '27: accepts implicit IPVS with NodeLocalDNS': [ipvs(undefined), 'planned'],
    'rejects an egress gateway with kube-proxy': [
      { kubeProxy: true, config: { egressGateway: on } },
      'refused',
      needsOff,
    ],
    'rejects an egress gateway without overlay': [
      { config: { egressGateway: on, overlay: off } },
      'refused',
      needsOverlay,
    ],
    'rejects an egress gateway with kube-proxy and without overlay': [
      { kubeProxy: true, config: { egressGateway: on, tunnel: 'disabled' } },
      'refused',
      needsOff,
      needsOverlay,
    ],
    'rejects an egress gateway beside errors of fields': [
      { kubeProxy: true, config: { egressGateway: on, mtu: -1 } },
      'refused',
      'mtu: Invalid value: -1: must not be negative; with 0 Cilium detects the MTU',
      needsOff,
    ],
    'rejects dsr with a tunnel': [{ config: { loadBalancingMode: 'dsr' } }, 'refused', dsr],
    'rejects dsr with a tunnel and kube-proxy': [
      { kubeProxy: true, config: { loadBalancingMode: 'dsr' } },
      'refused',
      dsr,
    ],
    'rejects dsr without tunnel, masquerading and range': [
      { config: { loadBalancingMode: 'dsr', tunnel: 'disabled', enableIpv4Masquerade: false } },
      'refused',
      dsrRange('ipv4NativeRoutingCIDREnabled'),
    ],
    'rejects dsr without tunnel, masquerading and range, IPv6-only': [
      {
        families: ['IPv6'],
        config: { loadBalancingMode: 'dsr', tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true },
      },
      'refused',
      dsrRange('ipv6NativeRoutingCIDREnabled'),
    ],
    'accepts dsr without tunnel and masquerading, with a range': [
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
    'accepts dsr without tunnel, with masquerading, which implies a range': [
      { config: { loadBalancingMode: 'dsr', tunnel: 'disabled' } },
      'planned',
    ],
    'rejects dsr with overlay, regardless of tunnel': [
      { config: { loadBalancingMode: 'dsr', overlay: on, tunnel: 'disabled', ipv4NativeRoutingCIDREnabled: true } },
      'refused',
      dsr,
    ],
    'accepts dsr with native routing': [{ config: { loadBalancingMode: 'dsr', overlay: off } }, 'planned'],
    '10: accepts dsr with native routing, IPv6-only': [
      { families: ['IPv6'], config: { loadBalancingMode: 'dsr', overlay: off } },
      'planned',
    ],
    'accepts dsr with a tunnel and a native range': [
      { config: { loadBalancingMode: 'dsr', ipv4NativeRoutingCIDREnabled: true } },
      'planned',
    ],
    'waits for an address of the API server': [
      { status: { advertisedAddresses: [] } },
      'waiting',
      'kubeproxy.k8sServiceHost: kube-proxy is disabled and status.advertisedAddresses of the Shoot is empty',
    ],
    'rejects a missing external address of the API server': [
      { status: { advertisedAddresses: [{ name: 'internal', url: 'https://a.b' }] } },
      'refused',
      unknownServer,
    ],
    'quotes a name of an advertised address that contains control characters': [
      { status: { advertisedAddresses: [{ name: 'a\nb\u001b', url: 'https://a.b' }] } },
      'refused',
      unknownServer.replace('internal', '"a\\nb\\u001b"'),
    ],
    'requires no advertised address with a configured one': [
      {
        status: { advertisedAddresses: [] },
        config: { kubeproxy: { k8sServiceHost: '10.0.0.1', k8sServicePort: 443 } },
      },
      'planned',
    ],
    'requires no advertised address with kube-proxy': [
      { kubeProxy: true, status: { advertisedAddresses: [] } },
      'planned',
    ],
    'rejects an advertised address that is not a URL': [
      { status: { advertisedAddresses: [{ name: 'external', url: 'x' }] } },
      'refused',
      'Shoot: status.advertisedAddresses[0].url: Invalid value: "x": must be a URL with a host, such as https://api.example.com',
    ],
    '5: waits for the range of a family with native routing': [
      {
        families: ['IPv4', 'IPv6'],
        config: { overlay: off },
        status: { networking: null, advertisedAddresses: [{ name: 'external', url: 'https://a.b' }] },
      },
      'waiting',
      'spec.podCIDR: no IPv6 range is known: neither spec.podCIDR nor status.networking.pods of the Shoot has one',
    ],
    '5: native routing of an IPv6-only shoot without a status': [
      { families: ['IPv6'], kubeProxy: true, config: { overlay: off }, status: { networking: null } },
      'planned',
    ],
    'rejects an invalid range of the Shoot': [
      { spec: { networking: { nodes: '10.0.0.0' } } },
      'refused',
      'Shoot: spec.networking.nodes: Invalid value: "10.0.0.0": must be a CIDR such as 10.250.0.0/16',
    ],
  },
  ([given, outcome, ...errors]) => {
    assert.deepEqual(validate(given), errors);
    assert.equal(planNetwork(cilium, demoInput(given), tools).outcome, outcome);
  },
);

test('8: a refused encryption mode renders no objects', () => {
  const result = planNetwork(cilium, demoInput({ config: { encryption: { ...on, mode: 'ipsec' } } }), tools);
  assert.deepEqual(Object.keys(result), ['outcome', 'diagnostics']);
  assert.equal(result.outcome, 'refused');
});

type NewConfig = Omit<Parameters<typeof validateNewConfig>[0], 'object' | 'path'>;

cases<readonly [given: NewConfig, ...errors: readonly string[]]>(
  {
    '14: rejects a new egress gateway with snat': [
      { config: { egressGateway: on, snatToUpstreamDNS: on, enableBPFMasquerade: false }, families: ['IPv6', 'IPv4'] },
      'spec.networking.providerConfig.egressGateway.enabled: Forbidden: cannot be combined with snatToUpstreamDNS, enableBPFMasquerade: false',
    ],
    '14: rejects a new egress gateway without IPv4 and with snat': [
      { config: { egressGateway: on, snatToUpstreamDNS: on }, families: ['IPv6'] },
      'spec.networking.providerConfig.egressGateway.enabled: Forbidden: requires IPv4, which the shoot does not have',
    ],
    '47: rejects an entry of devices with several names': [
      { config: { devices: ['eth0', 'a,b'] }, families: ['IPv4'] },
      'spec.networking.providerConfig.devices[1]: Invalid value: "a,b": must be one name without commas',
    ],
    '14: accepts a configuration without egress gateway': [
      { config: { snatOutOfCluster: on, enableIpv4Masquerade: false, egressGateway: off }, families: ['IPv6'] },
    ],
    '14: accepts an egress gateway without conflicts': [{ config: { egressGateway: on }, families: ['IPv4'] }],
  },
  ([given, ...errors]) => {
    const found = validateNewConfig({ ...given, object: 'Shoot a/b', path: 'spec.networking.providerConfig' });
    assert.deepEqual(found.map(describe), errors);
    assert.ok(found.every(({ severity }) => severity === 'error'));
  },
);

test('14: accepts a stored egress gateway without IPv4, and rejects a new one', () => {
  const input = demoInput({ families: ['IPv6'], config: { egressGateway: on } });
  assert.equal(planNetwork(cilium, input, tools).outcome, 'planned');
  const decoded = cilium.decode(input);
  assert.ok(cilium.check(decoded).every(({ severity }) => severity === 'warning'));
  assert.deepEqual(
    cilium.checkNew?.(decoded).map(({ code }) => code),
    ['cilium-egress-gateway-family'],
  );
});
