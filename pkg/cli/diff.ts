import { errorMessage } from '../gardener/errors.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import { type ObjectChange, objectChanges } from '../managedresource/changes.ts';
import { dataPathChanges } from '../network/data-path.ts';
import { pluginFor } from '../network/plan.ts';
import type { NetworkPlan, NetworkPlugin } from '../network/plugin.ts';
import { plugins } from '../plugins/index.ts';
import { canonicalJson } from '../templates/quote.ts';
import { InputError } from '../yaml/input.ts';
import { reportDiff, type ShootDiff, shownDifference } from './diff-report.ts';
import { sortedFindings } from './findings.ts';
import { type PlannedSubject, planInput } from './input.ts';
import type { DiffOptions } from './options.ts';
import { reportProblems } from './problems.ts';
import { reportSubject } from './report.ts';
import { presentObjects } from './subjects.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/**
 * `netext diff`: prints what the controller would change in each shoot of the input, compared with the content of its ManagedResource.
 * Returns the exit code: `success` for changes that need no review, regardless of rolling pods; `findings` if the data path changes, an
 * object cannot be changed in place, or there is no plan.
 */
export async function diff(options: DiffOptions, terminal: Terminal): Promise<number> {
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
      else if (options.quiet !== true || !isHarmless(found))
        reportDiff({ subject: one.subject, found, screen: terminal.out });
    }
    reportProblems(problems, terminal.out);
  }
  const harmless = problems.length === 0 && results.every(isUneventful);
  return harmless ? exitCodes.success : exitCodes.findings;
}

/** Returns whether the shoot needs no review; one without workers has no network to change. */
function isUneventful({
  one,
  found,
}: {
  readonly one: PlannedSubject;
  readonly found: ShootDiff | undefined;
}): boolean {
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
  return shootDiff({ plugin, before: present.value, plan: result.plan });
}

interface Compared {
  readonly plugin: NetworkPlugin;
  readonly before: readonly KubeObject[];
  readonly plan: NetworkPlan;
}

function shootDiff({ plugin, before, plan }: Compared): ShootDiff {
  const after = plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object as KubeObject));
  const isNew = before.length === 0;
  return {
    managedResource: plugin.managedResource,
    isNew,
    changes: objectChanges({ before, after }),
    dataPath: isNew ? [] : dataPathChanges(plugin.dataPath(before), plugin.dataPath(after)),
  };
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

function isHarmless({ changes, dataPath }: ShootDiff): boolean {
  return dataPath.length === 0 && changes.every((change) => change.immutable === undefined || isRepeatedJob(change));
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
  const changes = found.changes.map(({ object, change, differences, roll, immutable }) => ({
    object,
    change,
    differences: differences.map((difference) => shownDifference(object, difference)),
    ...(roll === undefined ? {} : { roll: { strategy: roll.strategy ?? 'OnDelete', reasons: paths(roll.reasons) } }),
    ...(immutable === undefined
      ? {}
      : { immutable: { recreated: immutable.recreated, reasons: paths(immutable.reasons) } }),
  }));
  return {
    ...about,
    managedResource: found.managedResource,
    harmless: isHarmless(found),
    changes,
    dataPath: found.dataPath,
  };
}

function paths(differences: readonly { readonly path: string }[]): readonly string[] {
  return differences.map(({ path }) => path);
}
