import { errorMessage } from '../gardener/errors.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import { objectChanges } from '../managedresource/changes.ts';
import { dataPathChanges } from '../network/data-path.ts';
import { pluginFor } from '../network/plan.ts';
import type { NetworkPlan, NetworkPlugin } from '../network/plugin.ts';
import { plugins } from '../plugins/index.ts';
import { canonicalJson } from '../templates/quote.ts';
import { InputError } from '../yaml/input.ts';
import { reportDiff, type ShootDiff, shownDifference } from './diff-report.ts';
import { type PlannedSubject, planInput } from './input.ts';
import type { DiffOptions } from './options.ts';
import { findingsOf, reportSubject } from './report.ts';
import { presentObjects } from './subjects.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';

/**
 * `netext diff`: what the controller would change in each shoot of the input, as far as it is in the Secret of our ManagedResource. Gives the
 * exit code: `fine` whenever a shoot may get the change without anybody looking, however much rolls; `findings` when a value of the data
 * path would be another one, when an object cannot be changed in place, or when nothing can be planned.
 */
export async function diff(options: DiffOptions, terminal: Terminal): Promise<number> {
  const planned = await planInput(options, terminal);
  const results = planned.map((one) => ({ one, found: diffOf(one) }));
  if (options.output === 'json') {
    const networks = results.map(({ one, found }) => asJson(one, found));
    terminal.out.write(`${printable(JSON.stringify({ networks }, undefined, 2))}\n`);
  } else {
    for (const { one, found } of results) {
      if (found === undefined) reportSubject(one, terminal.out);
      else reportDiff({ subject: one.subject, found, screen: terminal.out });
    }
  }
  const isFine = results.every(({ found }) => found !== undefined && isHarmless(found));
  return isFine ? exitCodes.fine : exitCodes.findings;
}

/** Undefined when there is no plan to compare. Throws InputError when the input has only half of the present state. */
function diffOf({ subject, result }: PlannedSubject): ShootDiff | undefined {
  const plugin = pluginFor(plugins, subject.network.spec.type);
  if (plugin === undefined || result.outcome !== 'planned') return undefined;
  const present = presentObjects(subject, plugin.managedResource);
  if (!present.known)
    throw new InputError([{ message: `${subject.name}: the present state cannot be read: ${present.reason}` }]);
  for (const object of present.value) refuseOdd(object, subject.name);
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

/** What no API server has taken, so that it can be no state of a shoot. */
function refuseOdd(object: KubeObject, subject: string): void {
  try {
    canonicalJson(object);
  } catch (error) {
    const reason = errorMessage(error);
    const message = `${subject}: ${describeObject(object)} in the Secret of the ManagedResource cannot be compared: ${reason}`;
    throw new InputError([{ message }], { cause: error });
  }
}

function isHarmless({ changes, dataPath }: ShootDiff): boolean {
  return dataPath.length === 0 && changes.every(({ immutable }) => immutable === undefined);
}

function asJson(one: PlannedSubject, found: ShootDiff | undefined): object {
  const { subject, result } = one;
  const { name, completed } = subject;
  const about = {
    object: name,
    outcome: result.outcome,
    ...(completed.length === 0 ? {} : { completed }),
    findings: findingsOf(one),
  };
  if (found === undefined) return about;
  const changes = found.changes.map(({ object, change, differences, roll, immutable }) => ({
    object,
    change,
    differences: differences.map((difference) => shownDifference(object, difference)),
    ...(roll === undefined ? {} : { roll: { strategy: roll.strategy ?? 'OnDelete', reasons: pathsOf(roll.reasons) } }),
    ...(immutable === undefined
      ? {}
      : { immutable: { recreated: immutable.recreated, reasons: pathsOf(immutable.reasons) } }),
  }));
  return {
    ...about,
    managedResource: found.managedResource,
    harmless: isHarmless(found),
    changes,
    dataPath: found.dataPath,
  };
}

function pathsOf(differences: readonly { readonly path: string }[]): readonly string[] {
  return differences.map(({ path }) => path);
}
