import * as z from 'zod';
import { flag, group, oneOf, text, toggle } from '../../network/config-schema.ts';
import { agentOptionFields } from './agent-options.ts';

/**
 * providerConfig of a Network of type cilium, `cilium.networking.extensions.gardener.cloud/v1alpha1 NetworkConfig` (docs/design/cilium.md#networkconfig).
 * The single source for the type, the validation of types and values, and the reference documentation. Every field may be absent or null,
 * which means the same; defaults are in defaults.ts. Names and types must remain compatible: provider extensions decode them as well.
 */
export const configApiVersion = 'cilium.networking.extensions.gardener.cloud/v1alpha1';
export const configKind = 'NetworkConfig';

const whole = (about: string) => z.int().nullish().describe(about);
const duration = (about: string) => text(`${about} A Go duration such as 15s or 1m30s.`);

export const networkConfigSchema = z.strictObject({
  debug: flag('Verbose logs of agent and operator.'),
  kubeproxy: group(
    {
      k8sServiceHost: text('Host of the API server: an IP address or a DNS name in lower case.'),
      k8sServicePort: whole('Port of the API server, 1 to 65535. Host and port take effect only together.'),
    },
    'Address of the API server for the operator if Cilium replaces kube-proxy.',
  ),
  hubble: toggle('Hubble: flow metrics, relay and user interface.'),
  tunnel: oneOf(['vxlan', 'geneve', 'disabled'], 'Encapsulation of pod traffic; overridden by overlay.'),
  store: oneOf(['kubernetes'], 'No effect: state is always stored in Kubernetes.'),
  ipv4: toggle('Deprecated, no effect: the families of the shoot decide.'),
  ipv6: toggle('Deprecated, no effect: the families of the shoot decide.'),
  bpfSocketLBHostnsOnly: toggle('Skip load balancing at sockets inside pods, as required by service meshes and Kata.'),
  cni: group(
    {
      exclusive: flag('Remove other CNI configurations from the nodes; a group without this field means false.'),
    },
    'The CNI configuration on the nodes.',
  ),
  egressGateway: toggle(
    'Egress traffic through selected nodes; requires Cilium in place of kube-proxy and an overlay.',
  ),
  mtu: whole(
    'MTU of the network between the nodes, from which Cilium subtracts the overhead of its encapsulation; with 0 Cilium detects it.',
  ),
  devices: z
    .array(z.string().nullable())
    .nullish()
    .describe('Interfaces of the nodes that carry load-balanced and masqueraded traffic; a trailing + is a wildcard.'),
  directRoutingDevice: text('Interface for traffic between nodes.'),
  loadBalancingMode: oneOf(
    ['snat', 'dsr', 'hybrid'],
    'Path of replies of load-balanced connections; dsr and hybrid require native routing.',
  ),
  l2Announcements: group(
    {
      enabled: flag('Whether it is enabled; a group without this field means false.'),
      leaseDuration: duration('Time after which another node takes over.'),
      leaseRenewDeadline: duration('Time for which the holder tries to renew.'),
      leaseRetryPeriod: duration('Time between two attempts.'),
    },
    'Announce addresses of Services in the local network by ARP and NDP.',
  ),
  ipv4NativeRoutingCIDREnabled: flag(
    'Treat the IPv4 pod range as routable without masquerading; overridden by overlay.',
  ),
  ipv6NativeRoutingCIDREnabled: flag(
    'Treat the IPv6 pod range as routable without masquerading; overridden by overlay.',
  ),
  overlay: group(
    {
      enabled: flag('Encapsulate pod traffic; a group without this field means false.'),
      createPodRoutes: flag('Without overlay: nodes of one subnet install routes to each other’s pods.'),
    },
    'Overlay network; if absent, tunnel applies.',
  ),
  snatToUpstreamDNS: toggle('Masquerade pod traffic to the nodes’ nameservers, by iptables.'),
  snatOutOfCluster: toggle('Masquerade pod traffic that leaves pod and node range, by iptables.'),
  enableIpv4Masquerade: flag('Masquerade IPv4 traffic that leaves the cluster.'),
  enableIpv6Masquerade: flag('Masquerade IPv6 traffic that leaves the cluster.'),
  enableBPFMasquerade: flag('Masquerade in eBPF instead of iptables.'),
  bgpControlPlane: toggle('The BGP control plane of Cilium.'),
  gatewayAPI: group(
    {
      enabled: flag('Whether it is enabled; a group without this field means false.'),
      externalTrafficPolicy: oneOf(
        ['Cluster', 'Local'],
        'externalTrafficPolicy of the Services of Gateways; Local preserves the addresses of clients.',
      ),
    },
    'Gateway API; requires feature gate CiliumGatewayAPI, and Cilium in place of kube-proxy.',
  ),
  policyAuditMode: flag('Log packets that policies would drop instead of dropping them.'),
  encryption: group(
    {
      mode: text('wireguard.'),
      enabled: flag('Encrypt traffic between pods of different nodes; a group without this field means false.'),
      nodeToNodeEnabled: flag('Also encrypt traffic between nodes.'),
      strictMode: flag('Drop pod traffic that would leave a node unencrypted; IPv4 only.'),
    },
    'Transparent encryption.',
  ),
  agentOptions: group(agentOptionFields, 'Further options of the agents, with the names that Cilium gives them.'),
});

export type NetworkConfig = z.infer<typeof networkConfigSchema>;

/** The options for which operators may set defaults in the ControllerConfiguration, for all Networks of the type. */
export const operatorDefaultsSchema = networkConfigSchema.pick({});
