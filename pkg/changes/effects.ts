import type { KubeObject } from '../gardener/objects.ts';
import { type ObjectChange, objectChanges } from '../managedresource/changes.ts';
import { type DataPathChange, dataPathChanges } from '../network/data-path.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import {
  type Effect,
  type EffectRule,
  type EffectsInput,
  effectRules,
  type Impact,
  impacts,
  type PropertyChange,
  worse,
} from '../network/effects.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { type NodeCount, rolloutText, type WorkloadChange, workloadChanges } from './workloads.ts';

/** The effects of a change on a running shoot: plain JSON data, in terms of its owner. */
export interface ChangeEffects {
  readonly impact: Impact;
  /** The statement about the worst effect. */
  readonly summary: Statement;
  /** The other statements, the most severe ones first. */
  readonly also: readonly Statement[];
  /** Workloads whose pods are replaced, started or ended, agents first. */
  readonly rolls: readonly WorkloadChange[];
  readonly nodes: NodeCount;
  /** What changes on the path of packets, in words of users. */
  readonly dataPath: readonly PropertyChange[];
  /** What must be done by hand. */
  readonly manual: readonly ManualStep[];
  /** The safe order, if the change must be made in several steps. */
  readonly order: readonly Statement[];
  /** The way back, and what it does. */
  readonly back: readonly Statement[];
  /** The reasons of a refusal. */
  readonly findings: readonly Diagnostic[];
}

/** A sentence without a period, by the rule with this code (docs/reference/diagnostics.md). */
export interface Statement {
  readonly code: string;
  readonly text: string;
  readonly page: string;
}

export interface ManualStep extends Statement {
  readonly when: 'before' | 'after';
}

/** The objects of a shoot before and after a change, and the difference between them. */
export interface ComparedObjects {
  readonly changes: readonly ObjectChange[];
  readonly dataPath: readonly DataPathChange[];
}

/** Compares the objects of a shoot before and after a change. */
export function compareObjects(
  plugin: Pick<NetworkPlugin, 'dataPath'>,
  { before, after }: { readonly before: readonly KubeObject[]; readonly after: readonly KubeObject[] },
): ComparedObjects {
  return {
    changes: objectChanges({ before, after }),
    dataPath: dataPathChanges(plugin.dataPath(before), plugin.dataPath(after)),
  };
}

export interface DeriveInput {
  readonly plugin: Pick<NetworkPlugin, 'effects'>;
  readonly objects: ComparedObjects;
  readonly nodes: NodeCount;
  /** Both configurations; undefined if only the objects before are known. */
  readonly configurations?: Pick<EffectsInput<unknown>, 'old' | 'new'> | undefined;
}

/**
 * Derives the effects of a change: those that the rules of the CNI find in the configurations, for other values of the data path the worst that
 * is possible, and otherwise those of the workloads that restart. `back` is empty.
 */
export function deriveEffects({ plugin, objects, nodes, configurations }: DeriveInput): ChangeEffects {
  const cni = plugin.effects;
  const rolls = workloadChanges(objects.changes, cni?.agents);
  const agents = rolls.find(({ agent, change }) => agent && change === 'restart');
  const input = configurations && { ...configurations, agentsRestart: agents !== undefined };
  const codes = input === undefined ? [] : (cni?.find(input) ?? []);
  const rules: Readonly<Record<string, EffectRule>> = { ...effectRules, ...cni?.rules };
  const found = relevantCodes(codes, objects);
  const all = [...new Set([...found, ...fallbackCodes(objects, { found, rules })])];
  const suffix = agents === undefined ? '' : rolloutText(agents, nodes);
  const effects = [...all, baselineCode(objects, rolls)]
    .map((code) => effect(code, { rules, suffix }))
    .sort((one, other) => severity(other) - severity(one));
  const [first = effect('effect-none', { rules, suffix }), ...others] = effects;
  const impact = effects.reduce((worst, one) => worse(worst, one.impact), first.impact);
  return {
    impact,
    summary: statement(first, first.text),
    also: others
      .filter(({ text }) => text !== first.text && !baselineTexts.has(text))
      .map((one) => statement(one, one.text)),
    rolls,
    nodes,
    dataPath: input === undefined || objects.changes.length === 0 ? [] : (cni?.describe(input) ?? []),
    manual: manualSteps(effects),
    order: effects.flatMap((one) => (one.order === undefined ? [] : [statement(one, one.order)])),
    back: effects.flatMap((one) => (one.back === undefined ? [] : [statement(one, one.back)])),
    findings: [],
  };
}

/** Returns the effects on a hibernated shoot, in which nothing runs. */
export function hibernatedEffects(effects: ChangeEffects): ChangeEffects {
  if (effects.impact === 'none' || effects.impact === 'refused') return effects;
  const hibernated = effect('effect-hibernated', { rules: effectRules, suffix: '' });
  const { impact } = hibernated;
  return {
    ...effects,
    impact,
    summary: statement(hibernated, hibernated.text),
    also: [],
    rolls: [],
    manual: [],
    order: [],
    back: [],
  };
}

/** Returns the effects of a change that is refused. */
export function refusedEffects(findings: readonly Diagnostic[], nodes: NodeCount): ChangeEffects {
  const refused = effect('effect-refused', { rules: effectRules, suffix: '' });
  return {
    impact: refused.impact,
    summary: statement(refused, refused.text),
    also: [],
    rolls: [],
    nodes,
    dataPath: [],
    manual: [],
    order: [],
    back: [],
    findings,
  };
}

/** Of equally severe effects, those of a change that must be made in several steps come first. */
function severity({ impact, order }: Effect): number {
  return impacts.indexOf(impact) * 2 + (order === undefined ? 0 : 1);
}

/** Without a changed object, only effects of Gardener remain. */
function relevantCodes(codes: readonly string[], { changes }: ComparedObjects): readonly string[] {
  return changes.length > 0 ? codes : codes.filter((code) => Object.hasOwn(effectRules, code));
}

interface Found {
  readonly found: readonly string[];
  readonly rules: Readonly<Record<string, EffectRule>>;
}

/** Returns the rules for changed values of the data path that no rule explains. */
function fallbackCodes({ dataPath }: ComparedObjects, { found, rules }: Found): readonly string[] {
  const explained = new Set(found.flatMap((code) => rules[code]?.explains ?? []));
  const topics = dataPath.map(({ about }) => about).filter((about) => !explained.has(about));
  return (['effect-addresses', 'effect-data-path', 'effect-mtu'] as const).filter((code) => {
    const explains: readonly string[] = effectRules[code].explains;
    return topics.some((topic) => explains.includes(topic));
  });
}

/** What the list of workloads says as well. */
const baselineTexts: ReadonlySet<string> = new Set(
  (['effect-none', 'effect-settings', 'effect-others-restart', 'effect-agents-restart'] as const).map(
    (code) => effectRules[code].title,
  ),
);

/** Returns the rule for the change if no other effect is more severe. */
function baselineCode({ changes }: ComparedObjects, rolls: readonly WorkloadChange[]): string {
  if (changes.length === 0) return 'effect-none';
  const restarts = rolls.filter(({ change }) => change === 'restart');
  if (restarts.length === 0) return 'effect-settings';
  return restarts.some(({ agent }) => agent) ? 'effect-agents-restart' : 'effect-others-restart';
}

interface Texts {
  readonly rules: Readonly<Record<string, EffectRule>>;
  /** The duration of a rollout. */
  readonly suffix: string;
}

function effect(code: string, { rules, suffix }: Texts): Effect {
  const rule = rules[code];
  if (rule === undefined) throw new Error(`no effect rule ${code}`);
  const { title, reason: _, explains: __, duration, ...rest } = rule;
  return { ...rest, code, text: duration === undefined ? title : `${title}${suffix}` };
}

function statement({ code, page }: Effect, text: string): Statement {
  return { code, text, page };
}

function manualSteps(effects: readonly Effect[]): readonly ManualStep[] {
  const steps = (['before', 'after'] as const).flatMap((when) =>
    effects.flatMap((one) => {
      const text = one[when];
      return text === undefined ? [] : [{ ...statement(one, text), when }];
    }),
  );
  const texts = new Map(steps.toReversed().map((one) => [`${one.when} ${one.text}`, one]));
  return steps.filter((one) => texts.get(`${one.when} ${one.text}`) === one);
}
