import type { ExpectedLine } from '../cni/log-lines.ts';

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
  {
    pattern: /module=agent\.controlplane\.envoy-proxy name=version-check/,
    reason: 'no Envoy runs here, which is a container of its own',
  },
  {
    pattern: /msg="Unable to fetch kubernetes labels" .*error="pod\.core \\"[a-z0-9-]+\\" not found"/,
    reason:
      'a pod is added to the network at once here, and the agent repeats the read if it has not received the pod yet',
  },
];

/** Lines about an option of a golden that the owner of the shoot asked for. */
export const expectedOptionLines: readonly ExpectedLine[] = [
  {
    pattern: /PolicyAuditMode is enabled\. Network policy will not be enforced/,
    reason: '`policyAuditMode` asks for this',
  },
  {
    pattern: /unable to open file, agent may not be able to fail over to an active kube-apiserver/,
    reason: 'with several API servers, the first start finds no state of an earlier one',
  },
  {
    pattern: /[Gg]ateway API CRD discovery timed out/,
    reason: 'configurations are validated without an API server',
  },
];
