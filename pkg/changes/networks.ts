import { clusterShootFacts } from '../gardener/cluster.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import type { NetworkInput } from '../network/decode-network.ts';
import { type Diagnostic, errorsOf, networkRules, reporter } from '../network/diagnostics.ts';
import { field } from '../network/field.ts';
import { plannedObjects } from '../network/plan.ts';
import type { Lookup, NetworkPlugin, PlanResult, PlanTools } from '../network/plugin.ts';
import {
  type ChangeEffects,
  type ComparedObjects,
  compareObjects,
  deriveEffects,
  refusedEffects,
  type Statement,
} from './effects.ts';
import { countNodes } from './workloads.ts';

/** The Network and Cluster of a shoot before and after a change. */
export interface NetworkChange {
  readonly plugin: NetworkPlugin;
  readonly tools: PlanTools;
  readonly old: NetworkInput;
  readonly new: NetworkInput;
  /** IP addresses of the shoot's API server; default: arbitrary ones, the same before and after. */
  readonly apiServerAddresses?: Lookup<readonly string[]> | undefined;
}

/**
 * The result for a change. `described`: the effects, and the objects that differ; none for a refused change. `unknown`: one of the configurations
 * has no plan, so that its effect is not known.
 */
export type ChangeResult =
  | ({ readonly outcome: 'described'; readonly effects: ChangeEffects } & ComparedObjects)
  | {
      readonly outcome: 'unknown';
      readonly side: 'old' | 'new';
      readonly reason: 'refused' | 'waiting' | 'postponed';
      readonly diagnostics: readonly Diagnostic[];
    };

/**
 * Describes what the controller does in a running shoot when its Network or Cluster changes: plans both with the same assumptions about the
 * shoot, the second one over the objects of the first one, and compares them. Pure; never throws for invalid input.
 */
export function describeNetworkChange(change: NetworkChange): ChangeResult {
  const { plugin, old, new: changed } = change;
  const nodes = countNodes(clusterShootFacts(changed.cluster));
  const refused = refusalOf(change);
  if (refused.length > 0) return refusedResult(refused, change);
  const before = planOf(change, { input: old, current: [] });
  if (before.outcome !== 'planned') return unknownResult('old', before);
  const objectsBefore = plannedObjects(before.plan.managedResource);
  const after = planOf(change, { input: changed, current: objectsBefore });
  if (after.outcome === 'refused') return refusedResult(errorsOf(after.diagnostics), change);
  if (after.outcome !== 'planned') return unknownResult('new', after);
  const objectsAfter = plannedObjects(after.plan.managedResource);
  const objects = compareObjects(plugin, { before: objectsBefore, after: objectsAfter });
  const configurations = { old: plugin.decode(old), new: plugin.decode(changed) };
  const effects = deriveEffects({ plugin, objects, nodes, configurations });
  return {
    outcome: 'described',
    effects: { ...effects, back: wayBack(change, { effects, objects: [objectsAfter, objectsBefore] }) },
    ...objects,
  };
}

type Planned = Extract<PlanResult, { readonly outcome: 'planned' }>;

interface Side {
  readonly input: NetworkInput;
  readonly current: readonly KubeObject[];
}

function planOf({ plugin, tools, apiServerAddresses }: NetworkChange, { input, current }: Side): PlanResult {
  return plugin.plan(
    plugin.decode(input),
    {
      currentObjects: { available: true, value: current },
      shoot: { available: false, reason: 'not read' },
      apiServerAddresses: apiServerAddresses ?? anyAddress,
      offline: true,
    },
    tools,
  );
}

/** An address for documentation, so that an object with addresses exists on both sides. */
const anyAddress: Lookup<readonly string[]> = { available: true, value: ['192.0.2.1'] };

/** Returns the errors of the new configuration, and of the change, that do not exist in the old one. */
function refusalOf({ plugin, old, new: changed }: NetworkChange): readonly Diagnostic[] {
  if (old.network.spec.type !== changed.network.spec.type) return [typeChange(changed)];
  const [before, after] = [plugin.decode(old), plugin.decode(changed)];
  const known = new Set([...plugin.check(before), ...(plugin.checkNew?.(before) ?? [])].map(identity));
  const added = errorsOf([...plugin.check(after), ...(plugin.checkNew?.(after) ?? [])]).filter(
    (one) => !known.has(identity(one)),
  );
  return [...added, ...errorsOf(plugin.checkChange?.({ old: before, new: after }) ?? [])];
}

function identity({ code, path, message }: Diagnostic): string {
  return JSON.stringify([code, path, message]);
}

const report = reporter(networkRules);

function typeChange({ network }: NetworkInput): Diagnostic {
  const message = field.invalid(network.spec.type, 'the type of the network cannot be changed');
  return report('network-invalid', { object: describeObject(network), path: 'spec.type', message });
}

function refusedResult(findings: readonly Diagnostic[], { new: changed }: NetworkChange): ChangeResult {
  const effects = refusedEffects(findings, countNodes(clusterShootFacts(changed.cluster)));
  return { outcome: 'described', effects, changes: [], dataPath: [] };
}

function unknownResult(side: 'old' | 'new', { outcome, diagnostics }: Exclude<PlanResult, Planned>): ChangeResult {
  return { outcome: 'unknown', side, reason: outcome, diagnostics };
}

interface Forward {
  readonly effects: ChangeEffects;
  /** The objects after the change, and before it. */
  readonly objects: readonly [after: readonly KubeObject[], before: readonly KubeObject[]];
}

/** Returns the way back of the rules, then what the reversed change does. */
function wayBack(change: NetworkChange, { effects, objects: [before, after] }: Forward): ChangeEffects['back'] {
  const { plugin, old, new: changed } = change;
  if (['none', 'no-restart'].includes(effects.impact) && effects.back.length === 0) return [];
  const refused = refusalOf({ ...change, old: changed, new: old })[0];
  if (refused !== undefined) return [...effects.back, refusedBack(refused, effects.summary.page)];
  const { summary } = deriveEffects({
    plugin,
    objects: compareObjects(plugin, { before, after }),
    nodes: effects.nodes,
    configurations: { old: plugin.decode(changed), new: plugin.decode(old) },
  });
  return [...effects.back, { ...summary, text: `reverse the change: ${summary.text}` }];
}

/** Returns the statement that the reversed change is refused. */
export function refusedBack({ code, message }: Diagnostic, page: string): Statement {
  return { code, text: `there is none, since reversing the change is refused: ${message}`, page };
}
