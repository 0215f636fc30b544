import type { Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { networkRules, reporter, warningsOf } from './diagnostics.ts';
import type { AnnotationPlan, Lookup, PlanResult } from './plugin.ts';

const report = reporter(networkRules);

export interface CheckedPlan {
  readonly network: Network;
  readonly checks: AnnotationPlan['checks'];
  /** The result of the queries, with those checks among them. */
  readonly shoot: Lookup<unknown>;
}

/** Returns the result of a plan; a plan that could be applied waits while a check of its annotations fails. */
export function checkedResult(result: PlanResult, { network, checks, shoot }: CheckedPlan): PlanResult {
  if (checks.length === 0 || shoot.available || result.outcome === 'refused') return result;
  const message = `waiting for the API server of the shoot before a restart: ${shoot.reason}`;
  const problem = report('network-restart-pending', { object: describeObject(network), path: '', message });
  const others = result.outcome === 'waiting' ? result.diagnostics : warningsOf(result.diagnostics);
  return { outcome: 'waiting', diagnostics: [problem, ...others] };
}
