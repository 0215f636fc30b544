/** Values for documentation: of options that have neither a list of values nor the type boolean, and of options that others in their group need. */
export const calicoExamples = {
  'ipam.cidr': 'usePodCidr',
  'ipv4.autoDetectionMethod': 'interface=eth.*',
  'ipv6.autoDetectionMethod': 'kubernetes-internal-ip',
  'ipv6.pool': 'vxlan',
  vethMTU: '1440',
  overlay: { enabled: false },
  multus: { enabled: true },
  autoScaling: { mode: 'static' },
  'autoScaling.resources': { node: { cpu: '100m', memory: '100Mi' } },
  'autoScaling.resources.node': { cpu: '100m', memory: '100Mi' },
  'autoScaling.resources.typha': { cpu: '50m', memory: '80Mi' },
  ipAutodetectionMethod: 'first-found',
} as const;

/** Options without which an option is rejected. */
export const calicoExampleRequirements = {} as const;

/** Options that the Go extension did not have when this project started. */
export const calicoSince = { kubeAPIServerGlobalNetworkSet: 'the version after 0.1.0' } as const;
