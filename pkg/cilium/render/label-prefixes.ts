/**
 * Labels that are excluded from identities: they change with every rollout or identify one pod, and each distinct set of labels is an identity in
 * the memory of all agents. In the order of running shoots.
 */
const prefixes = [
  'io.kubernetes',
  'kubernetes.io',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/controller-uid',
  'beta.kubernetes.io',
  'k8s.io',
  'pod-template-generation',
  'pod-template-hash',
  'controller-revision-hash',
  'annotation.*',
  'controller-uid',
  'etcd_node',
] as const;

/**
 * Returns the file for agents and operator (docs/design/cilium.md#objects-in-the-shoot). The ConfigMap is immutable and has a fixed name: with any
 * difference, even in whitespace, it would be deleted and recreated while agents run (docs/design/life-cycle.md#running-shoots), so the layout is
 * that of the Go extension.
 */
export function labelPrefixes(): string {
  const entries = prefixes.map(
    (prefix) => `    {\n        "prefix": "${prefix}",\n        "source": "any",\n        "invert": true\n    }`,
  );
  return `{\n"version": 1,\n"valid-prefixes": [\n${entries.join(',\n')}\n]\n}\n`;
}
