import { agentOptionKeys } from '../api/agent-options.ts';
import { splitDevices } from '../api/devices.ts';
import { constants } from './agent-constants.ts';
import type { CiliumValues } from './values.ts';

/**
 * Returns the data of ConfigMap `cilium-config` (docs/design/cilium.md#cilium-config). Agent and operator interpret each key as the flag with that
 * name and ignore unknown ones, so keys must be flags of the version in compatibility.ts: a misspelled or removed flag would be ignored silently
 * (verdicts 1, 19).
 */
export function agentConfig(values: CiliumValues): Readonly<Record<string, string>> {
  const sections: readonly Section[] = [
    constants,
    familyKeys(values),
    routingKeys(values),
    serviceKeys(values),
    ipamKeys(values),
    encryptionKeys(values),
    deviceKeys(values),
    featureKeys(values),
    values.options.hubble.enabled ? hubbleKeys : {},
    gatewayKeys(values),
    l2Keys(values),
    agentOptionKeys(values.options.agentOptions),
  ];
  return Object.fromEntries(
    sections.flatMap((section) =>
      Object.entries(section).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    ),
  );
}

/** Prefix length of a node's part of the IPv4 pod range in IPAM mode cluster-pool, as in all running shoots with this mode. */
export const poolMaskSize = 24;

/** Keys with the value undefined are omitted. */
type Section = Readonly<Record<string, string | number | boolean | undefined>>;

/** For keys that are rendered only with the value true. */
function whenOn(on: boolean): true | undefined {
  return on ? true : undefined;
}

function familyKeys({ ipv4, ipv6, masquerade }: CiliumValues): Section {
  return {
    'enable-ipv4': ipv4,
    'enable-ipv6': ipv6,
    'enable-ipv4-masquerade': masquerade.ipv4,
    'enable-ipv6-masquerade': masquerade.ipv6,
    'enable-bpf-masquerade': masquerade.bpf,
    'operator-api-serve-addr': ipv4 ? '127.0.0.1:9234' : '[::1]:9234',
  };
}

function routingKeys({ ipv4, tunnel, nativeIPv4, nativeIPv6, autoDirectNodeRoutes }: CiliumValues): Section {
  return {
    'routing-mode': tunnel === undefined ? 'native' : 'tunnel',
    'tunnel-protocol': tunnel,
    // Without IPv4, endpoints are announced with IPv6 addresses of nodes, which an IPv4 underlay ignores (verdict 39).
    'underlay-protocol': tunnel !== undefined && !ipv4 ? 'ipv6' : undefined,
    'ipv4-native-routing-cidr': nativeIPv4.cidr,
    'ipv6-native-routing-cidr': nativeIPv6.cidr,
    'auto-direct-node-routes': autoDirectNodeRoutes,
    // Nodes of other subnets are reached by a gateway; without this key each of them is an error (verdict 43).
    'direct-routing-skip-unreachable': autoDirectNodeRoutes,
  };
}

function serviceKeys(values: CiliumValues): Section {
  const replaced = values.kubeProxyReplacement;
  return {
    'kube-proxy-replacement': whenOn(replaced),
    'kube-proxy-replacement-healthz-bind-address': replaced ? '0.0.0.0:10256' : undefined,
    'enable-health-check-nodeport': replaced,
    'enable-health-check-loadbalancer-ip': replaced,
    'bpf-lb-mode': values.loadBalancingMode,
    'bpf-lb-sock-hostns-only': whenOn(values.options.bpfSocketLBHostnsOnly.enabled),
    'enable-local-redirect-policy': whenOn(values.nodeLocalDNS),
    // Agents and operator change to the next URL when a connection fails (verdict 51).
    'k8s-api-server-urls': values.apiServer?.found === true ? values.apiServer.urls?.join(',') : undefined,
  };
}

/** Ranges and sizes of cluster-pool are those of running shoots; others would change the addresses of pods (verdict 15). */
function ipamKeys({ ipam, ipv4, ipv6 }: CiliumValues): Section {
  const [kubernetes, pool] = [ipam.mode === 'kubernetes', ipam.mode === 'cluster-pool'];
  return {
    ipam: ipam.mode,
    'k8s-require-ipv4-pod-cidr': whenOn(kubernetes && ipv4),
    'k8s-require-ipv6-pod-cidr': whenOn(kubernetes && ipv6),
    'ipam-cilium-node-update-rate': pool ? '15s' : undefined,
    'cluster-pool-ipv4-cidr': pool && ipv4 ? ipam.ipv4Range : undefined,
    'cluster-pool-ipv4-mask-size': pool && ipv4 ? poolMaskSize : undefined,
    'cluster-pool-ipv6-cidr': pool && ipv6 ? 'fd00::/104' : undefined,
    'cluster-pool-ipv6-mask-size': pool && ipv6 ? 120 : undefined,
  };
}

/**
 * The keys of strict mode have the names that the next minor version reads as well. It ignores the older names without an error, so that traffic
 * would no longer be protected (verdict 50).
 */
function encryptionKeys({ encryption: { wireguard, nodes, strict } }: CiliumValues): Section {
  return {
    'enable-wireguard': whenOn(wireguard),
    'wireguard-persistent-keepalive': wireguard ? '0s' : undefined,
    'encrypt-node': whenOn(nodes),
    'enable-encryption-strict-mode-egress': whenOn(strict !== undefined),
    'encryption-strict-egress-cidr': strict?.cidr,
    'encryption-strict-egress-allow-remote-node-identities': strict?.allowRemoteNodeIdentities,
  };
}

function deviceKeys({ options: { mtu, devices, directRoutingDevice } }: CiliumValues): Section {
  const names = splitDevices(devices);
  const onlyExclusions = names.length > 0 && names.every((name) => name.startsWith('!'));
  return {
    mtu: mtu === 0 ? undefined : mtu,
    devices: names.length === 0 ? undefined : names.join(' '),
    // With exclusions alone agents would select no device, and refuse to start (verdict 40).
    'force-device-detection': whenOn(onlyExclusions),
    'direct-routing-device': directRoutingDevice,
  };
}

function featureKeys({ options, egressGateway }: CiliumValues): Section {
  return {
    debug: options.debug,
    'cni-exclusive': options.cni.exclusive,
    'enable-egress-gateway': whenOn(egressGateway),
    'policy-audit-mode': whenOn(options.policyAuditMode),
    'enable-bgp-control-plane': options.bgpControlPlane.enabled,
    // A namespace of its own, so that agents cannot read the Secrets of kube-system (verdict 30).
    'bgp-secrets-namespace': options.bgpControlPlane.enabled ? 'cilium-bgp-secrets' : undefined,
  };
}

/** TLS Secrets of Gateways are copied to a namespace of their own, the only one whose Secrets agents read. */
function gatewayKeys({ options, gatewayAPI }: CiliumValues): Section {
  if (!gatewayAPI.enabled) return {};
  return {
    'enable-gateway-api': true,
    'enable-envoy-config': true,
    'enable-gateway-api-secrets-sync': true,
    'gateway-api-secrets-namespace': 'cilium-secrets',
    'gateway-api-service-externaltrafficpolicy': options.gatewayAPI.externalTrafficPolicy,
  };
}

function l2Keys({ options: { l2Announcements: l2 } }: CiliumValues): Section {
  if (!l2.enabled) return {};
  return {
    'enable-l2-announcements': true,
    'l2-announcements-lease-duration': l2.leaseDuration,
    'l2-announcements-renew-deadline': l2.leaseRenewDeadline,
    'l2-announcements-retry-period': l2.leaseRetryPeriod,
  };
}

const http =
  'httpV2:labelsContext=source_ip,source_namespace,source_workload,' +
  'destination_ip,destination_namespace,destination_workload,traffic_direction';

const hubbleKeys: Section = {
  'enable-hubble': true,
  'hubble-socket-path': '/var/run/cilium/hubble.sock',
  'hubble-listen-address': ':4244',
  'hubble-metrics': `dns drop tcp flow port-distribution icmp ${http}`,
  'hubble-metrics-server': ':9091',
  'hubble-metrics-server-enable-tls': false,
};
