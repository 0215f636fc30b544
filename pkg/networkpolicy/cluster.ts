import type { KubeObject } from '../gardener/objects.ts';
import type { reporter } from '../network/diagnostics.ts';
import { cniSemantics } from './cni.ts';
import type { PolicyEnvironment } from './environment.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import { ciliumDnsPolicies, gardenerPolicies, systemNamespace, systemNamespaceLabels } from './gardener.ts';
import type { ReadPolicy } from './read-policy.ts';
import type { policyRules } from './rules.ts';
import type { Service } from './services.ts';
import type { Labels, NetworkPolicy, Pod } from './types.ts';

/** Everything that is known about a cluster. */
export interface PolicyCluster {
  readonly policies: readonly PolicyDocument[];
  readonly pods: readonly Pod[];
  /** Labels of the namespaces in the input. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly services: readonly Service[];
  /** All objects of the input. */
  readonly objects: readonly KubeObject[];
  /** The configuration in effect; absent without a Shoot, and then the text of the Kubernetes API decides. */
  readonly environment?: PolicyEnvironment;
  /** Gardener denies traffic in kube-system that its policies do not admit. */
  readonly deniesInSystem?: boolean;
}

export interface PolicyDocument extends ReadPolicy {
  readonly object: KubeObject;
}

/** What the finders get. */
export interface FindingContext extends PolicyCluster {
  /** The policies without problems. */
  readonly valid: readonly PolicyDocument[];
  readonly evaluator: Evaluator;
  readonly report: ReturnType<typeof reporter<typeof policyRules>>;
}

/** Returns `NetworkPolicy namespace/name`, with the namespace that an object without one gets. */
export function policyName({ kind, namespace, name }: NetworkPolicy): string {
  return `${kind} ${namespace}/${name}`;
}

/** Returns the evaluator for a cluster: with the policies of Gardener in kube-system, and as its CNI reads them. */
export function clusterEvaluator(cluster: PolicyCluster): Evaluator {
  const { environment, deniesInSystem = false } = cluster;
  const own = validPolicies(cluster).map(({ policy }) => policy);
  const given = new Set(own.map(policyName));
  const ranges = [...(environment?.podRanges ?? []), ...(environment?.nodeRanges ?? [])];
  const system =
    environment === undefined
      ? []
      : [...gardenerPolicies({ denyAll: deniesInSystem, ranges }), ...cniPolicies(environment)];
  return createEvaluator({
    policies: [...own, ...system.filter((policy) => !given.has(policyName(policy)))],
    namespaces: knownNamespaces(cluster),
    ...(environment && { semantics: cniSemantics[environment.cni] }),
  });
}

function cniPolicies({ cni, dns }: PolicyEnvironment): readonly NetworkPolicy[] {
  return cni === 'cilium' ? ciliumDnsPolicies({ localPods: dns === 'local-pods' }) : [];
}

export function validPolicies({ policies }: Pick<PolicyCluster, 'policies'>): readonly PolicyDocument[] {
  return policies.filter(({ problems }) => problems.length === 0);
}

/** Namespaces of the input, those of its objects, and those of every cluster. */
export function knownNamespaces({ namespaces, pods, policies }: PolicyCluster): ReadonlyMap<string, Labels> {
  const implied = [...pods.map(({ namespace }) => namespace), ...policies.map(({ policy }) => policy.namespace)];
  return new Map<string, Labels>([
    ...['default', 'kube-public', 'kube-node-lease', ...implied].map((name) => [name, {}] as const),
    [systemNamespace, systemNamespaceLabels],
    ...namespaces,
  ]);
}

/** Returns the names of some pods. */
export function listPods(pods: readonly Pod[]): string {
  const names = pods.slice(0, 3).map(({ namespace, name }) => `${namespace}/${name}`);
  const more = pods.length > names.length ? ` and ${pods.length - names.length} more` : '';
  return `${pods.length === 1 ? 'pod' : 'pods'} ${names.join(', ')}${more}`;
}

export function peerPath(direction: 'ingress' | 'egress', rule: number, peer: number): string {
  return `spec.${direction}[${rule}].${direction === 'ingress' ? 'from' : 'to'}[${peer}]`;
}

/** Returns a selector as kubectl prints it: `a=b,c in (d,e),!f`. */
export function describeSelector({ matchLabels = {}, matchExpressions = [] }: NetworkPolicy['podSelector']): string {
  const requirements = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`), ...requirements].join(',');
}
