/** Values for documentation: of options that have neither a list of values nor the type boolean, and of options that others in their group need. */
export const ciliumExamples = {
  kubeproxy: { k8sServiceHost: 'api.example.com', k8sServicePort: 443 },
  overlay: { enabled: false },
  l2Announcements: { enabled: true },
  encryption: { enabled: true, mode: 'wireguard' },
  gatewayAPI: { enabled: true },
  'kubeproxy.k8sServiceHost': 'api.example.com',
  'kubeproxy.k8sServicePort': 443,
  mtu: 1500,
  devices: ['eth+'],
  directRoutingDevice: 'eth0',
  'l2Announcements.leaseDuration': '15s',
  'l2Announcements.leaseRenewDeadline': '5s',
  'l2Announcements.leaseRetryPeriod': '2s',
  'encryption.mode': 'wireguard',
  'agentOptions.k8s-client-qps': 20,
  'agentOptions.k8s-client-burst': 40,
  'agentOptions.monitor-aggregation-interval': '10s',
  'agentOptions.hubble-event-buffer-capacity': 8191,
  'agentOptions.tofqdns-min-ttl': 3600,
  'agentOptions.tofqdns-endpoint-max-ip-per-hostname': 2000,
  'agentOptions.tofqdns-idle-connection-grace-period': '30s',
  'agentOptions.tofqdns-proxy-response-max-delay': '200ms',
} as const;

/** Options without which an option is rejected. */
export const ciliumExampleRequirements = { loadBalancingMode: { overlay: { enabled: false } } } as const;

/** Options that the Go extension did not have when this project started. */
export const ciliumSince = { agentOptions: 'the version after 0.1.0', gatewayAPI: 'the version after 0.1.0' } as const;
