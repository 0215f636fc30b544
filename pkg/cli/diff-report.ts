import type { ChangeEffects } from '../changes/effects.ts';
import { sha256 } from '../managedresource/build.ts';
import type { ObjectChange } from '../managedresource/changes.ts';
import type { Difference } from '../managedresource/differences.ts';
import type { DataPathChange } from '../network/data-path.ts';
import { canonicalJson } from '../templates/quote.ts';
import { describeCompletion } from './completion.ts';
import { headline } from './diff-effects.ts';
import { type Paint, painter } from './problems.ts';
import { count } from './report.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

/** The effects of a plan on a shoot with the objects of the ManagedResource in the input. */
export interface ShootDiff {
  /** Name of the ManagedResource. */
  readonly managedResource: string;
  /** True if the input has no objects of the ManagedResource. */
  readonly isNew: boolean;
  /** The shoot runs although the input has no objects of its ManagedResource, so that its state is not known. */
  readonly isUnknown: boolean;
  readonly changes: readonly ObjectChange[];
  readonly dataPath: readonly DataPathChange[];
  readonly effects: ChangeEffects;
}

export interface DiffReport {
  readonly subject: Pick<Subject, 'name' | 'completed'>;
  readonly found: ShootDiff;
  readonly screen: Screen;
}

/** Prints the diff with the state of the seed for people: the effect, a summary of the objects, then dangerous changes, then the others. */
export function reportDiff({ subject, found, screen }: DiffReport): void {
  const paint = painter(screen);
  const { changes, isNew, isUnknown, effects, managedResource } = found;
  if (isUnknown) {
    const text = `the running state is not known: the input has no ManagedResource ${managedResource}; give the Shoot before the change with --old, or the objects of the seed`;
    screen.write(`${paint('yellow', '?')} ${paint('bold', subject.name)}: ${text}\n`);
    return;
  }
  screen.write(
    isNew
      ? `${paint('yellow', '~')} ${paint('bold', subject.name)}: ${summarize(found)}\n`
      : headline({ name: subject.name, effects, paint }),
  );
  if (!isNew && changes.length > 0) screen.write(`  ${summarize(found)}\n`);
  for (const one of subject.completed) screen.write(`  ${oneLine(describeCompletion(one))}\n`);
  reportObjects({ found, screen });
}

/** Prints the objects that change, by path. */
export function reportObjects({
  found,
  screen,
}: Pick<DiffReport, 'screen'> & { readonly found: Pick<ShootDiff, 'changes' | 'dataPath' | 'isNew'> }): void {
  const paint = painter(screen);
  const { changes, dataPath } = found;
  for (const one of dataPath) screen.write(dataPathText(one, paint));
  for (const one of changes.filter(({ immutable }) => immutable !== undefined)) screen.write(changeText(one, paint));
  for (const one of changes.filter(({ roll }) => roll !== undefined)) screen.write(changeText(one, paint));
  // A list of all objects of a new shoot would be long and useless.
  if (found.isNew) return;
  const rest = changes.filter(({ roll, immutable }) => roll === undefined && immutable === undefined);
  for (const kind of ['removed', 'released', 'changed'] as const)
    for (const one of rest.filter(({ change }) => change === kind)) screen.write(changeText(one, paint));
  screen.write(additionsText(rest.filter(({ change }) => change === 'added')));
}

/** Returns the changes of objects for JSON output. */
export function shownChanges(changes: readonly ObjectChange[]): readonly object[] {
  return changes.map(({ object, change, differences, roll, immutable }) => ({
    object,
    change,
    differences: differences.map((difference) => shownDifference(object, difference)),
    ...(roll === undefined ? {} : { roll: { strategy: roll.strategy ?? 'OnDelete', reasons: paths(roll.reasons) } }),
    ...(immutable === undefined
      ? {}
      : { immutable: { recreated: immutable.recreated, reasons: paths(immutable.reasons) } }),
  }));
}

function paths(differences: readonly { readonly path: string }[]): readonly string[] {
  return differences.map(({ path }) => path);
}

/** Returns a difference for JSON output, with whole values; those of Secrets are replaced by digests. */
export function shownDifference(object: string, difference: Difference): object {
  const hide = object.startsWith('Secret ');
  const value = (one: unknown): unknown => (hide ? shown(one, hide) : one);
  return {
    path: difference.path,
    kind: difference.kind,
    ...('before' in difference ? { before: value(difference.before) } : {}),
    ...('after' in difference ? { after: value(difference.after) } : {}),
  };
}

function summarize({ changes, dataPath, isNew, managedResource }: ShootDiff): string {
  if (isNew)
    return `no ManagedResource ${managedResource} in the input, treated as a new shoot: ${count(changes.length, 'object')} are created`;
  const rolls = changes.filter(({ roll }) => roll !== undefined);
  const immutable = changes.filter((one) => one.immutable !== undefined);
  const deleted = changes.filter(({ change }) => change === 'removed').length;
  const created = changes.filter(({ change }) => change === 'added').length;
  const others = changes.length - rolls.length - immutable.length - deleted - created;
  return [
    ...(dataPath.length === 0 ? [] : [`THE DATA PATH CHANGES in ${count(dataPath.length, 'value')}`]),
    ...(immutable.length === 0 ? [] : [`${count(immutable.length, 'object')} CANNOT BE CHANGED IN PLACE`]),
    rollSummary(rolls),
    deleted === 0 ? 'nothing is deleted' : `${count(deleted, 'object')} ${deleted === 1 ? 'is' : 'are'} deleted`,
    ...(created === 0 ? [] : [`${count(created, 'object')} ${created === 1 ? 'is' : 'are'} created`]),
    ...(others === 0 ? [] : [`${count(others, 'object')} ${others === 1 ? 'changes' : 'change'} without a restart`]),
    ...(dataPath.length === 0 ? ['the data path is unchanged'] : []),
  ].join('; ');
}

/** Names DaemonSets first, with reasons, since they run on every node. */
function rollSummary(rolls: readonly ObjectChange[]): string {
  const [first, ...rest] = [...rolls].sort((a, b) => Number(isDaemonSet(b)) - Number(isDaemonSet(a)));
  if (first === undefined) return 'no pods roll';
  const more = rest.length === 0 ? '' : `, so ${rest.length === 1 ? 'does' : 'do'} ${rest.map(shortName).join(', ')}`;
  return `${shortName(first)} rolls once (${shortReasons(first.roll?.reasons ?? [])})${more}`;
}

function isDaemonSet({ object }: ObjectChange): boolean {
  return object.startsWith('DaemonSet ');
}

function shortName({ object }: ObjectChange): string {
  return object.replace(/^.*[ /]/, '');
}

function shortReasons(reasons: readonly Difference[]): string {
  const all = [...new Set(reasons.map(shortReason))];
  const more = all.length > 4 ? `, ${all.length - 3} more` : '';
  return oneLine(`${all.slice(0, all.length > 4 ? 3 : 4).join(', ')}${more}`, 200);
}

/** Returns the changed variable, image or script, else the last part of the path. */
function shortReason({ path, kind }: Difference): string {
  const container = /ontainers\[([^\]]*)\]/.exec(path)?.[1];
  const variable = /\.env\[([^\]]*)\]/.exec(path)?.[1];
  if (kind === 'reordered') return `order of ${lastPart(path)}`;
  if (variable !== undefined) return `env ${variable} ${kind}`;
  if (/\.(command|args)\[\d+\]$/.test(path)) return `command of ${container} ${kind}`;
  if (path.endsWith('.image')) return `image of ${container} ${kind}`;
  const checksum = /annotations\["checksum\/([^"]*)"\]$/.exec(path)?.[1];
  return checksum === undefined ? `${lastPart(path)} ${kind}` : `${checksum} ${kind}`;
}

function lastPart(path: string): string {
  return /([^.]+)$/.exec(path)?.[1] ?? path;
}

function dataPathText({ about, place, before, after }: DataPathChange, paint: Paint): string {
  const values = `${before ?? '(unset)'} → ${after ?? '(unset)'}`;
  return `  ${paint('red', 'data path')}: ${about}: ${oneLine(`${place}: ${values}`, 400)}\n`;
}

function changeText(change: ObjectChange, paint: Paint): string {
  const { object, differences, immutable, roll } = change;
  const lines = (immutable?.reasons ?? roll?.reasons ?? differences).map((one) => differenceText(object, one));
  return `  ${changePrefix(change, paint)} ${oneLine(object, 400)}${changeSuffix(change)}\n${lines.join('')}`;
}

/** Prints one line per kind, since additions need no review in detail. */
function additionsText(added: readonly ObjectChange[]): string {
  const byKind = Map.groupBy(
    added.map(({ object }) => object),
    (object) => object.replace(/ .*$/s, ''),
  );
  return [...byKind]
    .map(([kind, objects]) => {
      const names = objects.map((object) => object.slice(kind.length + 1));
      return `  created: ${oneLine(`${kind} ${names.join(', ')}`)}\n`;
    })
    .join('');
}

function changePrefix({ change, roll, immutable }: ObjectChange, paint: Paint): string {
  if (immutable !== undefined)
    return paint('red', immutable.recreated ? 'deleted and recreated:' : 'rejected by the API server:');
  if (roll !== undefined) return paint('yellow', 'rolls once:');
  const words = { added: 'created:', removed: 'deleted:', released: 'retained, but unmanaged:', changed: 'changed:' };
  return change === 'removed' ? paint('yellow', words[change]) : words[change];
}

function changeSuffix({ roll, immutable }: ObjectChange): string {
  if (immutable !== undefined)
    return immutable.recreated ? '' : '; the objects after it in the ManagedResource are not applied';
  if (roll === undefined) return '';
  return roll.strategy === undefined ? ' (OnDelete: when its pods are deleted)' : ` (${roll.strategy})`;
}

function differenceText(object: string, difference: Difference): string {
  const hide = object.startsWith('Secret ');
  const path = oneLine(difference.path, 300);
  switch (difference.kind) {
    case 'added':
      return `      + ${path}: ${shown(difference.after, hide)}\n`;
    case 'removed':
      return `      - ${path}: ${shown(difference.before, hide)}\n`;
    case 'changed':
      return `      ${path}: ${shown(difference.before, hide)} → ${shown(difference.after, hide)}\n`;
    case 'reordered':
      return `      ${path}: order changed\n`;
    case 'rewritten':
      return `      ${path}: formatting changed, same content\n`;
  }
}

const maxValueLength = 100;

/** Returns a value on one line; strings of several lines and values of Secrets as digests. */
function shown(value: unknown, hide: boolean): string {
  if (typeof value !== 'string')
    return hide ? digest(canonicalJson(value)) : oneLine(canonicalJson(value), maxValueLength);
  if (!hide && !value.includes('\n')) return oneLine(JSON.stringify(value), maxValueLength);
  return digest(value);
}

function digest(text: string): string {
  return `${count(text.trimEnd().split('\n').length, 'line')} (sha256 ${sha256(text).slice(0, 8)})`;
}
