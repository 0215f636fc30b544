import { describeObject } from '../gardener/objects.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import { type FindingContext, policyName } from './cluster.ts';
import { effectRules } from './effects.ts';

const adminKinds = /^(Admin|BaselineAdmin)NetworkPolicy$/;
const otherKinds =
  /^(Cilium(Clusterwide)?NetworkPolicy|(Staged)?GlobalNetworkPolicy|Staged(Kubernetes)?NetworkPolicy|ClusterNetworkPolicy|Tier)$/;

/** Returns findings about the whole input: policies of other kinds, and a shoot in which nothing is denied. */
export function otherPolicyFindings(context: FindingContext): readonly Diagnostic[] {
  const { objects, environment, valid, report } = context;
  const others = objects.filter(
    ({ kind, apiVersion }) =>
      adminKinds.test(kind) ||
      otherKinds.test(kind) ||
      (kind === 'NetworkPolicy' && apiVersion.includes('projectcalico.org/')),
  );
  const kinds = [...Map.groupBy(others, ({ kind, apiVersion }) => `${apiVersion} ${kind}`).values()];
  const [first] = valid;
  return [
    ...kinds.flatMap((some) => {
      const [object] = some;
      if (object === undefined) return [];
      const rule = adminKinds.test(object.kind)
        ? effectRules['effect-admin-policies']
        : effectRules['effect-other-policies'];
      const order = environment === undefined ? '' : `: ${rule.text(environment)}`;
      const message = `${some.length} of kind ${object.kind} (${object.apiVersion}) ${some.length === 1 ? 'is' : 'are'} not judged${order}`;
      return [report('policy-not-judged', { object: describeObject(object), path: '', message })];
    }),
    ...(environment?.auditOnly === true && first !== undefined
      ? [
          report('policy-audit-only', {
            object: policyName(first.policy),
            path: 'spec',
            message: 'Cilium logs what this and other policies deny, and forwards it',
          }),
        ]
      : []),
  ];
}
