import type { ExpectedLine } from './log-lines.ts';

/** Lines of level warning or worse in every class, with the reason why they are no fault of the configuration. */
export const expectedLines: readonly ExpectedLine[] = [
  {
    pattern: /Failed to probe kernel support for BIG TCP for UDP tunnels: failed to create a probe GENEVE device/,
    reason: 'the kernel of the machine has no Geneve',
  },
  {
    pattern: /NodePort BPF configured without bind\(2\) protection/,
    reason:
      '`node-port-bind-protection: false`, as in running shoots: processes of nodes may use ports of the NodePort range',
  },
  {
    pattern: /Initial TLS configuration load failed.* config=certloader-server-tls /,
    reason: 'agents look for the certificates of Hubble even where it is off (docs/design/cilium.md)',
  },
];
