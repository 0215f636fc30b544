import * as z from 'zod';
import { flag, group, oneOf, text, toggle } from '../../network/config-schema.ts';

/**
 * providerConfig of a Network of type calico, `calico.networking.extensions.gardener.cloud/v1alpha1 NetworkConfig` (docs/design/calico.md#networkconfig).
 * The single source for the type, the validation of types and values, and the reference documentation. Every field may be absent or null,
 * which means the same; defaults are in defaults.ts. Names and types must remain compatible: provider extensions decode them as well.
 */
export const configApiVersion = 'calico.networking.extensions.gardener.cloud/v1alpha1';
export const configKind = 'NetworkConfig';

const poolModes = ['Always', 'Never', 'CrossSubnet', 'Off'] as const;

const resourceList = (workload: string) =>
  z
    .record(z.string(), z.union([z.string(), z.number()]).nullable())
    .nullish()
    .describe(`cpu and memory of ${workload}, as quantities greater than 0.`);

const family = (name: string) => ({
  pool: oneOf(['ipip', 'vxlan'], `Encapsulation of the ${name} pool.`),
  mode: oneOf(poolModes, 'Encapsulation mode of the pool; with pool vxlan only Always and Never.'),
  autoDetectionMethod: text(
    `Autodetection of a node’s own ${name} address: first-found, kubernetes-internal-ip, cidr=, can-reach=, interface=, skip-interface=.`,
  ),
});

export const networkConfigSchema = z.strictObject({
  backend: oneOf(['bird', 'none', 'vxlan'], 'Routing daemon. Overridden by overlay and by IPv6.'),
  ipam: group(
    {
      type: z
        .enum(['', 'calico-ipam', 'host-local'])
        .nullish()
        .describe('IPAM plugin of the CNI configuration; calico-ipam only for IPv4-only shoots.'),
      cidr: text('Range of host-local: usePodCidr or a CIDR. Only with host-local and one family.'),
    },
    'Address management of pods.',
  ),
  ipv4: group(family('IPv4'), 'Pool and autodetection for IPv4; only for shoots that use IPv4.'),
  ipv6: group(
    { ...family('IPv6'), sourceNATEnabled: flag('Masquerade IPv6 traffic that leaves the pod range.') },
    'Pool and autodetection for IPv6; only for shoots that use IPv6.',
  ),
  typha: toggle('Fan-out proxy between calico-node and the API server.'),
  vethMTU: text('MTU of pod interfaces as a decimal string; with "0" Calico detects it.'),
  ebpfDataplane: toggle('Felix’ eBPF dataplane instead of iptables.'),
  overlay: group(
    {
      enabled: flag('Encapsulate pod traffic; a group without this field means false.'),
      createPodRoutes: flag('Without overlay: bird announces pod routes.'),
    },
    'Overlay network; if absent, backend and pool mode apply.',
  ),
  snatToUpstreamDNS: toggle('Masquerade pod traffic to the nodes’ nameservers; used only without overlay.'),
  autoScaling: group(
    {
      mode: oneOf(
        ['cluster-proportional', 'vpa', 'static'],
        'Source of the resource requests of calico-node and typha. Required in this group.',
      ),
      resources: group(
        { node: resourceList('calico-node'), typha: resourceList('calico-typha') },
        'Requests (static) or lower bounds (vpa).',
      ),
    },
    'Sizing of calico-node and typha.',
  ),
  vxlan: toggle('VXLAN instead of IPIP for IPv4; forces ipam.type calico-ipam.'),
  ipip: oneOf(poolModes, 'Deprecated, no effect: use ipv4.mode.'),
  ipAutodetectionMethod: text('Deprecated, no effect: use ipv4.autoDetectionMethod.'),
  wireguardEncryption: flag('Encrypt traffic between nodes with WireGuard.'),
  birdExporter: toggle('Metrics of bird.'),
  multus: group(
    {
      enabled: flag('Install Multus; a group without this field means false.'),
      installCNIPlugins: flag('Also install the standard CNI plugins on the nodes.'),
    },
    'Additional network interfaces for pods.',
  ),
  kubeAPIServerGlobalNetworkSet: group(
    { enabled: flag('Whether it exists. The operator may set the default.') },
    'GlobalNetworkSet with the addresses of the API server, for use in network policies of the shoot.',
  ),
  serviceLoopPrevention: oneOf(
    ['Disabled', 'Drop', 'Reject'],
    'Handling of packets to unknown service addresses by Felix.',
  ),
});

export type NetworkConfig = z.infer<typeof networkConfigSchema>;

/** The options for which operators may set defaults in the ControllerConfiguration, for all Networks of the type. */
export const operatorDefaultsSchema = networkConfigSchema.pick({ kubeAPIServerGlobalNetworkSet: true });
