import { isDeleting, readNetworkType } from '../gardener/cluster.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { isWorkerless } from '../network/admission.ts';
import {
  assumeMissingValues,
  awaitedValues,
  isAwaited,
  type MissingValue,
  missingValues,
} from '../network/completeness.ts';
import { type Diagnostic, type DiagnosticRules, errorsOf, warningsOf } from '../network/diagnostics.ts';
import { pluginFor } from '../network/plan.ts';
import type { NetworkPlugin, PlanResult } from '../network/plugin.ts';
import { translateToShoot } from '../network/shoot-findings.ts';
import type { Subject } from './subjects.ts';

/**
 * The result of an offline command for a Shoot that has no plan, and is not rejected. `incomplete`: other components set values before gardenlet
 * creates the Network. `workerless`: the shoot has no nodes, and therefore no network.
 */
export type UnplannedShoot =
  | {
      readonly outcome: 'incomplete';
      readonly diagnostics: readonly Diagnostic[];
      /** At least one. */
      readonly missing: readonly MissingValue[];
    }
  | { readonly outcome: 'workerless'; readonly diagnostics: readonly Diagnostic[] };

export type OfflineResult = PlanResult | UnplannedShoot;

/** The result for a subject, without its plan, which takes most of the memory for a whole seed. */
export type Assessment =
  | { readonly outcome: PlanResult['outcome']; readonly diagnostics: readonly Diagnostic[] }
  | UnplannedShoot;

export function withoutPlan(result: OfflineResult): Assessment {
  const { diagnostics } = result;
  return result.outcome === 'incomplete' || result.outcome === 'workerless'
    ? result
    : { outcome: result.outcome, diagnostics };
}

export interface OfflinePlanning {
  readonly plan: (subject: Subject) => PlanResult;
  /** The rules of the CNI, which name the values that a Shoot gets after its creation. */
  readonly rules: DiagnosticRules;
}

/**
 * Plans a subject of the input; a Shoot without nodes has no plan, and one without its ranges or its version is incomplete. The rules that do not
 * depend on the missing values apply to it as well, so that an incomplete Shoot has no other errors. A Shoot that is not created yet is also
 * incomplete if a plan for it would wait for a value that Gardener sets after its creation.
 */
export function planComplete(subject: Subject, { plan, rules }: OfflinePlanning): OfflineResult {
  const { shoot } = subject;
  if (shoot === undefined) return plan(subject);
  if (isWorkerless(shoot)) return { outcome: 'workerless', diagnostics: [] };
  const missing = missingValues(shoot);
  const result = plan(subject);
  if (missing.length === 0 || result.outcome !== 'refused') return withAwaited(result, { subject, rules, missing: [] });
  const completed = recordOf(recordOf(subject.cluster)['spec'])['shoot'] as KubeObject;
  const assumed = assumeMissingValues(completed);
  const paths = new Set(missing.map(({ path }) => path));
  const tried = plan({ ...subject, ...deriveNetwork(assumed.shoot) });
  const diagnostics = tried.diagnostics.filter(
    (one) => !paths.has(translateToShoot(one, subject.name).path) && !assumed.isQuoted(one.message),
  );
  if (tried.outcome === 'refused' && errorsOf(diagnostics).length > 0) return { outcome: 'refused', diagnostics };
  return withAwaited(
    {
      outcome: 'incomplete',
      diagnostics: tried.outcome === 'waiting' ? diagnostics : warningsOf(diagnostics),
      missing,
    },
    { subject, rules, missing },
  );
}

/** Turns the errors of a Shoot that is not created yet into missing values, if it waits for them only. */
function withAwaited(
  result: OfflineResult,
  input: { readonly subject: Subject; readonly rules: DiagnosticRules; readonly missing: readonly MissingValue[] },
): OfflineResult {
  const { outcome, diagnostics } = result;
  const { subject, rules, missing } = input;
  if (outcome !== 'waiting' && outcome !== 'incomplete') return result;
  if (!subject.isNew) return outcome === 'waiting' ? result : { ...result, diagnostics: warningsOf(diagnostics) };
  const awaited = awaitedValues(diagnostics, rules);
  const warnings = warningsOf(diagnostics).filter(({ code }) => !isAwaited(subject.shoot ?? {}, rules[code]));
  if (awaited === undefined) return outcome === 'waiting' ? result : { ...result, diagnostics: warnings };
  return { outcome: 'incomplete', diagnostics: warnings, missing: [...missing, ...awaited] };
}

/** Returns the result for a Shoot that the admission accepts. One in deletion, and one of another network type, lacks nothing. */
export function acceptedShoot(
  plugins: readonly NetworkPlugin[],
  { shoot, diagnostics }: { readonly shoot: KubeObject; readonly diagnostics: readonly Diagnostic[] },
): UnplannedShoot | { readonly outcome: 'planned'; readonly diagnostics: readonly Diagnostic[] } {
  if (isWorkerless(shoot)) return { outcome: 'workerless', diagnostics };
  const isServed = !isDeleting(shoot) && pluginFor(plugins, readNetworkType(shoot)) !== undefined;
  const missing = isServed ? missingValues(shoot) : [];
  return missing.length === 0 ? { outcome: 'planned', diagnostics } : { outcome: 'incomplete', diagnostics, missing };
}

/** Explains a missing value, and how to give it to an offline command. */
export function describeMissing({ path, setBy, flag }: MissingValue): string {
  return `${path} is missing: set by ${setBy}; give it with ${flag}`;
}
