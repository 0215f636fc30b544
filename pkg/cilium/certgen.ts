/**
 * Which certificates the job `hubble-generate-certs` makes in the shoot (cilium.md §6): one for the agents and one for the relay, both
 * for three years. The job is run again each fourth month.
 */
export function certgenConfig(): string {
  return certificates.map(certificateText).reduce((text, one) => text + one, 'certs:\n');
}

const certificates = [
  {
    secret: 'hubble-server-certs',
    host: '*.default.hubble-grpc.cilium.io',
    usages: ['signing', 'key encipherment', 'server auth', 'client auth'],
  },
  {
    secret: 'hubble-relay-client-certs',
    host: '*.hubble-relay.cilium.io',
    usages: ['signing', 'key encipherment', 'client auth'],
  },
] as const;

function certificateText({ secret, host, usages }: (typeof certificates)[number]): string {
  const lines = [
    `- name: ${secret}`,
    '  namespace: kube-system',
    `  commonName: "${host}"`,
    '  hosts:',
    `  - "${host}"`,
    '  usage:',
    ...usages.map((usage) => `  - ${usage}`),
    '  validity: 26280h',
  ];
  return `${lines.join('\n')}\n`;
}
