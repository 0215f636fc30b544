import * as z from 'zod';
import { flag, group, oneOf, text, toggle } from '../../network/config-schema.ts';

/**
 * providerConfig of a Network of type calico, `calico.networking.extensions.gardener.cloud/v1alpha1 NetworkConfig` (docs/design/calico.md#networkconfig).
 * One source for the type, the checks of shape and values, and the reference documentation. Every field may be absent or null, which
 * means the same; defaults are in defaults.ts. Names and types must stay byte-compatible, provider extensions decode them too.
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
  mode: oneOf(poolModes, 'When packets are encapsulated; with pool vxlan only Always and Never.'),
  autoDetectionMethod: text(
    `How a node finds its own ${name} address: first-found, kubernetes-internal-ip, cidr=, can-reach=, interface=, skip-interface=.`,
  ),
});

export const networkConfigSchema = z.strictObject({
  backend: oneOf(['bird', 'none', 'vxlan'], 'Routing daemon. Overruled by overlay and by IPv6.'),
  ipam: group(
    {
      type: z
        .enum(['', 'calico-ipam', 'host-local'])
        .nullish()
        .describe('IPAM plugin of the CNI configuration; calico-ipam only for pure IPv4.'),
      cidr: text('Range that host-local hands out: usePodCidr or a CIDR. Only with host-local and one family.'),
    },
    'Where pods get their addresses from.',
  ),
  ipv4: group(family('IPv4'), 'Pool and autodetection for IPv4; only for shoots that use IPv4.'),
  ipv6: group(
    { ...family('IPv6'), sourceNATEnabled: flag('Masquerade IPv6 traffic that leaves the pod range.') },
    'Pool and autodetection for IPv6; only for shoots that use IPv6.',
  ),
  typha: toggle('Fan-out proxy between calico-node and the API server.'),
  vethMTU: text('MTU of pod interfaces as a decimal text; "0" lets Calico find it out.'),
  ebpfDataplane: toggle('Felix’ eBPF dataplane in place of iptables.'),
  overlay: group(
    {
      enabled: flag('Encapsulate pod traffic; a group without this field means false.'),
      createPodRoutes: flag('Without overlay: let bird announce pod routes.'),
    },
    'Overlay network; absent leaves backend and pool mode as they are.',
  ),
  snatToUpstreamDNS: toggle('Masquerade pod traffic to the nodes’ nameservers; looked at only without overlay.'),
  autoScaling: group(
    {
      mode: oneOf(
        ['cluster-proportional', 'vpa', 'static'],
        'Who sizes calico-node and typha. Required in this group.',
      ),
      resources: group(
        { node: resourceList('calico-node'), typha: resourceList('calico-typha') },
        'Requests (static) or lower bounds (vpa).',
      ),
    },
    'Sizing of calico-node and typha.',
  ),
  vxlan: toggle('VXLAN in place of IPIP for IPv4; brings calico-ipam.'),
  ipip: oneOf(poolModes, 'Deprecated, without effect: use ipv4.mode.'),
  ipAutodetectionMethod: text('Deprecated, without effect: use ipv4.autoDetectionMethod.'),
  wireguardEncryption: flag('Encrypt traffic between nodes with WireGuard.'),
  birdExporter: toggle('Metrics of bird.'),
  multus: group(
    {
      enabled: flag('Install Multus; a group without this field means false.'),
      installCNIPlugins: flag('Also install the standard CNI plugins on the nodes.'),
    },
    'Further network interfaces for pods.',
  ),
  kubeAPIServerGlobalNetworkSet: group(
    { enabled: flag('Whether it exists. The operator may set the default.') },
    'GlobalNetworkSet with the addresses of the API server, for policies of the shoot to select.',
  ),
  serviceLoopPrevention: oneOf(
    ['Disabled', 'Drop', 'Reject'],
    'What Felix does with packets to unknown service addresses.',
  ),
});

export type NetworkConfig = z.infer<typeof networkConfigSchema>;

/** The options that operators may set for all Networks of the type, in the ControllerConfiguration. */
export const operatorDefaultsSchema = networkConfigSchema.pick({ kubeAPIServerGlobalNetworkSet: true });
