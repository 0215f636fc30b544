import { quoted } from '../gardener/objects.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { blockFindings } from './block-findings.ts';
import {
  clusterEvaluator,
  describeSelector,
  type FindingContext,
  knownNamespaces,
  listPods,
  type PolicyCluster,
  peerPath,
  policyName,
  validPolicies,
} from './cluster.ts';
import { dnsRule, dnsServer, judgeDns } from './dns.ts';
import { systemNamespace } from './gardener.ts';
import { otherPolicyFindings } from './other-findings.ts';
import { policyRules } from './rules.ts';
import { compileSelector } from './selector.ts';
import { webhookFindings } from './webhook-findings.ts';

/** Returns all findings about the policies of a cluster, in the order of the policies. */
export function findPolicyProblems(cluster: PolicyCluster): readonly Diagnostic[] {
  const context: FindingContext = {
    ...cluster,
    valid: validPolicies(cluster),
    evaluator: clusterEvaluator(cluster),
    report: reporter(policyRules),
  };
  const found = [
    ...invalidFields(context),
    ...missingTypes(context),
    ...selectsNothing(context),
    ...hostNetworkPods(context),
    ...unknownNamespaces(context),
    ...blockFindings(context),
    ...isolationWithoutDns(context),
    ...webhookFindings(context),
    ...cutSystemPods(context),
    ...otherPolicyFindings(context),
  ];
  const order = new Map(cluster.policies.map(({ policy }, index) => [policyName(policy), index]));
  return found.sort((a, b) => (order.get(a.object) ?? Infinity) - (order.get(b.object) ?? Infinity));
}

/** Returns the errors for which the API server rejects policies; verdicts leave out such a policy or a part of it. */
export function findInvalidPolicies({ policies }: Pick<PolicyCluster, 'policies'>): readonly Diagnostic[] {
  return invalidFields({ policies, report: reporter(policyRules) });
}

function invalidFields({ policies, report }: Pick<FindingContext, 'policies' | 'report'>): readonly Diagnostic[] {
  return policies.flatMap(({ policy, problems }) =>
    problems.map(({ path, message }) => report('policy-invalid', { object: policyName(policy), path, message })),
  );
}

function missingTypes({ valid, report }: FindingContext): readonly Diagnostic[] {
  return valid.flatMap(({ object, policy }) => {
    const spec = object['spec'] as Readonly<Record<string, unknown>>;
    const hasTypes = Array.isArray(spec['policyTypes']) && spec['policyTypes'].length > 0;
    if (hasTypes || spec['egress'] === undefined || spec['ingress'] !== undefined) return [];
    const message =
      policy.egress === undefined
        ? 'the policy denies all ingress and no egress: the empty list of egress rules has no effect'
        : 'the policy also denies all ingress';
    const remedy =
      policy.egress === undefined
        ? 'Set policyTypes to [Egress] to deny egress, or to [Ingress, Egress] to deny both.'
        : 'Set policyTypes to [Egress], or to [Ingress, Egress] if it is meant to deny both.';
    return [report('policy-types-missing', { object: policyName(policy), path: 'spec.policyTypes', message, remedy })];
  });
}

/** Only where the input has pods: policies alone say nothing about them. */
function selectsNothing({ valid, pods, report }: FindingContext): readonly Diagnostic[] {
  if (pods.length === 0) return [];
  return valid.flatMap(({ policy }) => {
    const there = pods.filter(({ namespace }) => namespace === policy.namespace);
    const matches = compileSelector(policy.podSelector);
    if (there.some((pod) => matches(pod.labels))) return [];
    const message =
      there.length === 0
        ? `the input has no pod in namespace ${quoted(policy.namespace)}`
        : `no pod of namespace ${quoted(policy.namespace)} has the labels`;
    return [report('policy-selects-nothing', { object: policyName(policy), path: 'spec.podSelector', message })];
  });
}

function hostNetworkPods({ valid, pods, report }: FindingContext): readonly Diagnostic[] {
  return valid.flatMap(({ policy }) => {
    const matches = compileSelector(policy.podSelector);
    const found = pods.filter((pod) => pod.hostNetwork && pod.namespace === policy.namespace && matches(pod.labels));
    if (found.length === 0) return [];
    const message = `the policy has no effect on ${listPods(found)}`;
    return [report('policy-host-network', { object: policyName(policy), path: 'spec.podSelector', message })];
  });
}

/** Labels of namespaces are known only if the input has Namespaces; their names are known if it has pods as well. */
function unknownNamespaces(context: FindingContext): readonly Diagnostic[] {
  const { valid, namespaces, report } = context;
  if (namespaces.size === 0) return [];
  const known = [...knownNamespaces(context)].map(([name, labels]) => ({
    ...labels,
    'kubernetes.io/metadata.name': name,
  }));
  return valid.flatMap(({ policy }) =>
    (['ingress', 'egress'] as const).flatMap((direction) =>
      (policy[direction] ?? []).flatMap(({ peers }, rule) =>
        peers.flatMap((peer, index) => {
          if (!('namespaceSelector' in peer) || peer.namespaceSelector === undefined) return [];
          if (known.some(compileSelector(peer.namespaceSelector))) return [];
          const path = `${peerPath(direction, rule, index)}.namespaceSelector`;
          const message = `no namespace has ${quoted(describeSelector(peer.namespaceSelector), 200)}`;
          return [report('policy-namespace-label-unknown', { object: policyName(policy), path, message })];
        }),
      ),
    ),
  );
}

/** One finding for the first policy that isolates pods, since policies add up. */
function isolationWithoutDns({ pods, evaluator, environment, report }: FindingContext): readonly Diagnostic[] {
  const cut = Map.groupBy(
    // Gardener's own deny-all isolates pods in kube-system, which opt in by labels.
    pods.filter((pod) => pod.namespace !== systemNamespace && !judgeDns(evaluator, environment, pod).allowed),
    (pod) => evaluator.isolating(pod, 'egress')[0]?.policy,
  );
  return [...cut].flatMap(([policy, some]) => {
    const [first] = some;
    if (policy === undefined || first === undefined) return [];
    const object = policyName(policy);
    if (environment?.dnsIsOpen === true) {
      const message = `${listPods(some)} can resolve names, although no rule admits it`;
      return [report('policy-dns-not-blocked', { object, path: 'spec.policyTypes', message })];
    }
    const { name } = dnsServer(environment, first);
    const message = `no rule for egress of ${listPods(some)} admits ${name}`;
    const remedy = `Add ${dnsRule(environment)} to the rules for egress.`;
    return [report('policy-egress-without-dns', { object, path: 'spec.egress', message, remedy })];
  });
}

const apiServerPort = 443;

function cutSystemPods({ pods, evaluator, report, environment }: FindingContext): readonly Diagnostic[] {
  if (environment === undefined) return [];
  // Any address outside: the policies of Gardener admit the port at every address.
  const target = { kind: 'outside', addresses: ['192.0.2.1', '2001:db8::1'] } as const;
  const cut = pods.filter((pod) => {
    const flow = { source: { kind: 'pod', pod }, target, protocol: 'TCP', port: apiServerPort } as const;
    return pod.namespace === systemNamespace && !evaluator.judgeEnd(flow, 'egress').allowed;
  });
  return [...Map.groupBy(cut, (pod) => evaluator.isolating(pod, 'egress')[0]?.policy)].flatMap(([policy, some]) => {
    if (policy === undefined) return [];
    const message = `${listPods(some)} cannot reach the API server`;
    return [report('policy-cuts-system', { object: policyName(policy), path: 'spec.egress', message })];
  });
}
