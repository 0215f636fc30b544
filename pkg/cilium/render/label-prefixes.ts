/**
 * Labels that do not make identities: they change with every rollout or name one pod, and each distinct set of labels is an identity that all
 * agents hold. Prefixes in the order of running shoots.
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
 * The file that agents and operator read (docs/design/cilium.md#objects-in-the-shoot). The ConfigMap is immutable under a fixed name: any other byte, blanks included, would
 * be deleted and created again under running agents (docs/design/life-cycle.md#running-shoots), so this is the layout that the Go extension writes.
 */
export function labelPrefixes(): string {
  const entries = prefixes.map(
    (prefix) => `    {\n        "prefix": "${prefix}",\n        "source": "any",\n        "invert": true\n    }`,
  );
  return `{\n"version": 1,\n"valid-prefixes": [\n${entries.join(',\n')}\n]\n}\n`;
}
