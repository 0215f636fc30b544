/**
 * Labels of pods that are excluded from identities: they change with every rollout or identify one pod, and each distinct set of labels is an
 * identity in the memory of all agents. These are the exclusions of Cilium itself, which a file replaces, with two differences:
 * - `statefulset.kubernetes.io/pod-name` remains part of identities, since policies select by it: the VPN of Gardener does.
 * - `io.kubernetes` is not excluded: an entry of a file cannot except `io.kubernetes.pod.namespace`, without which no policy of a namespace
 *   works.
 */
const prefixes = [
  'kubernetes.io',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/controller-uid',
  'beta.kubernetes.io',
  'failure-domain.beta.kubernetes.io',
  'topology.kubernetes.io',
  'k8s.io',
  'pod-template-generation',
  'pod-template-hash',
  'controller-revision-hash',
  'controller-uid',
  'annotation',
  'etcd_node',
] as const;

/**
 * Returns the file for agents and operator (docs/design/cilium.md#objects-in-the-shoot). Cilium compares `source` and the beginning of the key
 * literally: `k8s` is the source of all labels of pods, and `any` would match none (verdict 29). Every entry excludes: a single including entry
 * would exclude all labels that no entry includes. Agents search for an entry with the source `reserved` and log an error without one; the one
 * here excludes no label, since no key begins with its prefix.
 */
export function labelPrefixes(): string {
  const entries = [
    { prefix: '.*', source: 'reserved', invert: true },
    ...prefixes.map((prefix) => ({ prefix, source: 'k8s', invert: true })),
  ];
  return `${JSON.stringify({ version: 1, 'valid-prefixes': entries }, undefined, 2)}\n`;
}
