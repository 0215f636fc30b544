/** Compares the evaluator of this project with the engine of cyclonus, and explains every difference by its name. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { rangeOfFamily } from '../../pkg/networkpolicy/addresses.ts';
import { addressesOf, commonFamily, createEvaluator, type Evaluator } from '../../pkg/networkpolicy/evaluate.ts';
import { defaultNamespace, readPolicy } from '../../pkg/networkpolicy/read-policy.ts';
import type {
  Direction,
  DirectionVerdict,
  Flow,
  LabelSelector,
  Labels,
  NetworkPolicy,
  Peer,
  PolicyRule,
} from '../../pkg/networkpolicy/types.ts';
import type { EngineFlow, EnginePeer, EngineScenario, EngineVerdict } from './engine.ts';
import type { Scenario } from './scenarios.ts';

/** A cluster with flows and the verdicts of the engine about them. */
export interface Comparison extends Omit<Scenario, 'policies'> {
  readonly policies: readonly NetworkPolicy[];
  readonly verdicts: readonly EngineVerdict[];
}

/** Returns the policies of a scenario after the defaults of the API server. Throws for an invalid one. */
export function readPolicies(policies: readonly KubeObject[]): readonly NetworkPolicy[] {
  return policies.map((object) => {
    const { policy, problems } = readPolicy(object);
    if (problems.length > 0) throw new Error(`${object.metadata.name}: ${JSON.stringify(problems)}`);
    return policy;
  });
}

/** Returns the input of the engine. */
export function toEngine({ policies, namespaces, flows }: Scenario): EngineScenario {
  const peer = (one: Peer, flow: Flow): EnginePeer => {
    const range = rangeOfFamily(addressesOf(one), commonFamily(flow));
    const ip = range?.text.replace(/\/.*/, '') ?? '';
    // The engine has no pods in the network of their node, which are addresses to others.
    if (one.kind !== 'pod' || one.pod.hostNetwork) return { ip };
    const { namespace, labels } = one.pod;
    const namespaceLabels = { ...namespaces.get(namespace), 'kubernetes.io/metadata.name': namespace };
    return { ip, namespace, namespaceLabels, podLabels: labels };
  };
  return {
    policies: policies.map(withTypes),
    flows: flows.map((flow): EngineFlow => {
      const { source, target, port, protocol } = flow;
      const ports = target.kind === 'pod' && !target.pod.hostNetwork ? target.pod.ports : [];
      const portName = ports.find((one) => one.port === port && one.protocol === protocol)?.name;
      const ends = { source: peer(source, flow), destination: peer(target, flow), port, protocol };
      return portName === undefined ? ends : { ...ends, portName };
    }),
  };
}

/** The engine panics without policyTypes, which the API server always sets, as in SetDefaults_NetworkPolicy. */
function withTypes(object: KubeObject): unknown {
  const spec = object['spec'] as Readonly<Record<string, unknown>>;
  const hasEgress = Array.isArray(spec['egress']) && spec['egress'].length > 0;
  const policyTypes = spec['policyTypes'] ?? ['Ingress', ...(hasEgress ? ['Egress'] : [])];
  return { ...object, spec: { ...spec, policyTypes } };
}

/** Where the engine differs from Kubernetes, each with its reason. */
export const differences = {
  'not-in-absent':
    'NotIn does not match an object without the label; in Kubernetes it does (k8s.io/apimachinery/pkg/labels, Requirement.Matches)',
  'empty-value':
    'matchLabels with an empty value matches an object without the label; in Kubernetes the label must exist (Requirement.Matches, Equals)',
  itself: 'policies apply to the traffic of a pod with itself, which Kubernetes always allows',
  'own-node': 'policies apply to the traffic of the node of the pod, which Kubernetes always allows',
} as const;
export type Difference = keyof typeof differences;

export interface Outcome {
  /** Number of decisions: two of each flow. */
  readonly decisions: number;
  readonly byDifference: Readonly<Record<Difference, number>>;
  /** Decisions that no difference explains. */
  readonly unexplained: readonly object[];
}

/** Compares the verdicts about all flows, in both directions. */
export function compare(comparisons: readonly Comparison[]): Outcome {
  const byDifference: Record<Difference, number> = { 'not-in-absent': 0, 'empty-value': 0, itself: 0, 'own-node': 0 };
  const unexplained: object[] = [];
  let decisions = 0;
  for (const comparison of comparisons) {
    const { policies, namespaces, flows, verdicts } = comparison;
    const evaluator = createEvaluator({ policies, namespaces });
    const engineReadings = lazyReadings(comparison);
    const all = flows.flatMap((flow, index) =>
      (['ingress', 'egress'] as const).map((direction) => ({ flow, direction, engine: verdicts[index]?.[direction] })),
    );
    decisions += all.length;
    for (const { flow, direction, engine } of all) {
      const own = evaluator.judgeEnd(flow, direction);
      if (own.allowed === engine) continue;
      const found = explain({ own, engine, flow, direction }, engineReadings);
      if (found === undefined) unexplained.push({ direction, flow, own: own.allowed, engine, policies });
      else byDifference[found] += 1;
    }
  }
  return { decisions, byDifference, unexplained };
}

interface Disagreement {
  readonly own: DirectionVerdict;
  readonly engine: boolean | undefined;
  readonly flow: Flow;
  readonly direction: Direction;
}

/** A difference explains a disagreement if this project decides like the engine once it reads selectors like the engine. */
function explain({ own, engine, flow, direction }: Disagreement, readings: Readings): Difference | undefined {
  if (isAlwaysAllowed(own)) return own.reason;
  for (const [name, evaluator] of readings()) {
    const read = evaluator.judgeEnd(flow, direction);
    // The pod may only be isolated as the engine reads the selectors, and then the traffic is one that Kubernetes always allows.
    if (read.allowed === engine || isAlwaysAllowed(read)) return name;
  }
  return undefined;
}

function isAlwaysAllowed<V extends DirectionVerdict>(
  verdict: V,
): verdict is V & { readonly reason: 'itself' | 'own-node' } {
  return verdict.reason === 'itself' || verdict.reason === 'own-node';
}

type Readings = () => readonly (readonly [Difference, Evaluator])[];

function lazyReadings({ policies, namespaces, flows }: Comparison): Readings {
  let known: ReturnType<Readings> | undefined;
  const values = valuesOf({ namespaces, flows });
  const notIn: Rewrite = ({ matchExpressions = [], ...rest }) => ({
    ...rest,
    matchExpressions: matchExpressions.flatMap((one) =>
      one.operator === 'NotIn' ? [one, { key: one.key, operator: 'Exists' as const }] : [one],
    ),
  });
  const emptyValue: Rewrite = ({ matchLabels = {}, matchExpressions = [] }) => {
    const entries = Object.entries(matchLabels);
    const others = values.filter((value) => value !== '');
    const absent = entries
      .filter(([, value]) => value === '')
      .map(([key]) => ({ key, operator: 'NotIn' as const, values: others }));
    return {
      matchLabels: Object.fromEntries(entries.filter(([, value]) => value !== '')),
      matchExpressions: [...matchExpressions, ...absent],
    };
  };
  const reading = (name: Difference, rewrite: Rewrite) =>
    [name, createEvaluator({ policies: policies.map((one) => rewritePolicy(one, rewrite)), namespaces })] as const;
  return () =>
    (known ??= [
      reading('not-in-absent', notIn),
      reading('empty-value', emptyValue),
      // Both at once; NotIn first, because the other one adds NotIn in its Kubernetes sense.
      reading('not-in-absent', (selector) => emptyValue(notIn(selector))),
    ]);
}

function valuesOf({ namespaces, flows }: Pick<Scenario, 'namespaces' | 'flows'>): readonly string[] {
  const pods = flows
    .flatMap(({ source, target }) => [source, target])
    .flatMap((one) => (one.kind === 'pod' ? [one.pod] : []));
  const labels: readonly Labels[] = [...namespaces.values(), ...pods.map((pod) => pod.labels)];
  return [...new Set([...labels.flatMap((one) => Object.values(one)), ...namespaces.keys(), defaultNamespace])];
}

type Rewrite = (selector: LabelSelector) => LabelSelector;

function rewritePolicy(policy: NetworkPolicy, rewrite: Rewrite): NetworkPolicy {
  const rules = (some: readonly PolicyRule[] | undefined) =>
    some?.map((rule) => ({
      ...rule,
      peers: rule.peers.map((peer) => {
        if ('ipBlock' in peer || 'entities' in peer) return peer;
        const { podSelector, namespaceSelector } = peer;
        return {
          ...(podSelector && { podSelector: rewrite(podSelector) }),
          ...(namespaceSelector && { namespaceSelector: rewrite(namespaceSelector) }),
        };
      }),
    }));
  const [ingress, egress] = [rules(policy.ingress), rules(policy.egress)];
  const { kind, namespace, name } = policy;
  return {
    kind,
    namespace,
    name,
    podSelector: rewrite(policy.podSelector),
    ...(ingress && { ingress }),
    ...(egress && { egress }),
  };
}
