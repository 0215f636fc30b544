import { compareObjects, deriveEffects } from '../changes/effects.ts';
import { countNodes } from '../changes/workloads.ts';
import { clusterShootFacts } from '../gardener/cluster.ts';
import { errorMessage } from '../gardener/errors.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import type { ObjectChange } from '../managedresource/changes.ts';
import { plannedObjects, pluginFor } from '../network/plan.ts';
import type { NetworkPlan, NetworkPlugin } from '../network/plugin.ts';
import { plugins } from '../plugins/index.ts';
import { canonicalJson } from '../templates/quote.ts';
import { InputError } from '../yaml/input.ts';
import { diffSides } from './diff-change.ts';
import { toAnnotations, toMarkdown } from './diff-formats.ts';
import { reportDiff, type ShootDiff, shownChanges } from './diff-report.ts';
import { findSides } from './diff-sides.ts';
import { sortedFindings } from './findings.ts';
import { type PlannedSubject, planInput, readInput } from './input.ts';
import type { DiffOptions } from './options.ts';
import { reportProblems } from './problems.ts';
import { reportSubject } from './report.ts';
import { presentObjects, type Subject } from './subjects.ts';
import { exitCodes, printable, type Screen, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/**
 * `netext diff`: describes what a change does to a running shoot. The state before it is that of `--old`, of the first of two files, or the
 * content of the ManagedResource in the input. Returns the exit code: `success` for changes that need no review, regardless of pods that
 * restart; `findings` if connections are interrupted, pods get other addresses, the change is refused, or there is no plan.
 */
export async function diff(options: DiffOptions, terminal: Terminal): Promise<number> {
  if (options.old === undefined && options.pair !== true) return diffState(options, terminal);
  const input = await readInput({ ...options, set: [] }, terminal);
  const sides = findSides(options, input);
  return sides === undefined ? diffState(options, terminal) : diffSides(sides, { input, options, terminal });
}

/** Compares each plan with the content of the ManagedResource in the input. */
async function diffState(options: DiffOptions, terminal: Terminal): Promise<number> {
  const { planned, problems } = await planInput(options, terminal);
  const results = planned.map((one) => ({ one, found: compareWithPlan(one) }));
  if (options.output === 'json') {
    const networks = results.map(({ one, found }) => toJson(one, found));
    const findings = unreadableFindings(problems);
    const report = { networks, ...(findings.length === 0 ? {} : { findings }) };
    terminal.out.write(`${printable(JSON.stringify(report, undefined, 2))}\n`);
  } else {
    for (const { one, found } of results) {
      if (found === undefined) reportSubject(one, terminal.out);
      else if (options.quiet !== true || !isHarmless(found)) print(one, { found, options, screen: terminal.out });
    }
    reportProblems(problems, terminal.out);
  }
  if (options.exitCode === true) return exactExitCode(results, problems.length > 0);
  const harmless = problems.length === 0 && results.every(isUneventful);
  return harmless ? exitCodes.success : exitCodes.findings;
}

interface Compared {
  readonly one: PlannedSubject;
  readonly found: ShootDiff | undefined;
}

function print(
  { subject }: PlannedSubject,
  { found, options, screen }: { readonly found: ShootDiff; readonly options: DiffOptions; readonly screen: Screen },
): void {
  const { name } = subject;
  if (options.output === 'text' || found.isUnknown || found.isNew) {
    reportDiff({ subject, found, screen });
    return;
  }
  const place = subject.locate({ code: '', severity: 'warning', object: name, path: 'spec', message: '', remedy: '' });
  const change = { name, effects: found.effects, findings: [], place };
  screen.write(options.output === 'markdown' ? toMarkdown(change) : toAnnotations(change));
}

/** Returns the exit code as kubectl diff has it. */
function exactExitCode(results: readonly Compared[], failed: boolean): number {
  const isFailure = ({ one, found }: Compared): boolean =>
    found === undefined ? one.result.outcome !== 'workerless' : found.isUnknown;
  if (failed || results.some(isFailure)) return exitCodes.usage;
  const isSame = ({ found }: Compared): boolean => found === undefined || found.changes.length === 0;
  return results.every(isSame) ? exitCodes.success : exitCodes.findings;
}

/** Returns whether the shoot needs no review; one without workers has no network to change. */
function isUneventful({ one, found }: Compared): boolean {
  return found === undefined ? one.result.outcome === 'workerless' : isHarmless(found);
}

/** Returns undefined if there is no plan. Throws InputError if the present state in the input is incomplete. */
function compareWithPlan({ subject, result }: PlannedSubject): ShootDiff | undefined {
  const plugin = pluginFor(plugins, subject.network.spec.type);
  if (plugin === undefined || result.outcome !== 'planned') return undefined;
  const present = presentObjects(subject, plugin.managedResource);
  if (!present.available)
    throw new InputError([{ message: `${subject.name}: the present state cannot be read: ${present.reason}` }]);
  for (const object of present.value) assertComparable(object, subject.name);
  return shootDiff({ subject, plugin, before: present.value, plan: result.plan });
}

interface PresentState {
  readonly subject: Subject;
  readonly plugin: NetworkPlugin;
  readonly before: readonly KubeObject[];
  readonly plan: NetworkPlan;
}

function shootDiff({ subject, plugin, before, plan }: PresentState): ShootDiff {
  const after = plannedObjects(plan.managedResource);
  const isNew = before.length === 0;
  const { changes, dataPath } = compareObjects(plugin, { before, after });
  const objects = { changes, dataPath: isNew ? [] : dataPath };
  const nodes = countNodes(clusterShootFacts(subject.cluster));
  return {
    managedResource: plugin.managedResource,
    isNew,
    isUnknown: isNew && isRunning(subject),
    ...objects,
    effects: deriveEffects({ plugin, objects, nodes }),
  };
}

/** Returns whether something in the input proves that the shoot exists, such as the ManagedResource of another CNI. */
function isRunning({ shoot, network, seedObjects }: Subject): boolean {
  const managed = new Set(plugins.map(({ managedResource }) => managedResource));
  if (seedObjects.some(({ kind, metadata }) => kind === 'ManagedResource' && managed.has(metadata.name))) return true;
  const status = recordOf(shoot === undefined ? network.status : shoot['status']);
  return (
    Boolean(shoot?.metadata.uid) || status['lastOperation'] !== undefined || status['providerStatus'] !== undefined
  );
}

/** Throws InputError for an object that no API server can have accepted. */
function assertComparable(object: KubeObject, subject: string): void {
  try {
    canonicalJson(object);
  } catch (error) {
    const reason = errorMessage(error);
    const message = `${subject}: ${describeObject(object)} in the Secret of the ManagedResource cannot be compared: ${reason}`;
    throw new InputError([{ message }], { cause: error });
  }
}

function isHarmless({ isUnknown, changes, dataPath }: ShootDiff): boolean {
  const isReviewed = (change: ObjectChange): boolean => change.immutable === undefined || isRepeatedJob(change);
  return !isUnknown && dataPath.length === 0 && changes.every(isReviewed);
}

/** A Job of another template is deleted and created: it runs again, which its author expects. */
function isRepeatedJob({ object, immutable }: ObjectChange): boolean {
  return object.startsWith('Job ') && immutable?.recreated === true;
}

function toJson(one: PlannedSubject, found: ShootDiff | undefined): object {
  const { subject, result } = one;
  const { name, completed } = subject;
  const about = {
    object: name,
    outcome: result.outcome,
    ...(completed.length === 0 ? {} : { completed }),
    findings: sortedFindings(one),
  };
  if (found === undefined) return about;
  return {
    ...about,
    managedResource: found.managedResource,
    harmless: isHarmless(found),
    ...(found.isUnknown ? { unknown: true } : {}),
    ...(found.isNew
      ? {}
      : { impact: found.effects.impact, summary: found.effects.summary, rolls: found.effects.rolls }),
    changes: shownChanges(found.changes),
    dataPath: found.dataPath,
  };
}
