import { sha256 } from '../managedresource/build.ts';
import type { ObjectChange } from '../managedresource/changes.ts';
import type { Difference } from '../managedresource/differences.ts';
import type { DataPathChange } from '../network/data-path.ts';
import { canonicalJson } from '../templates/quote.ts';
import { completionText } from './completion.ts';
import { count, type Paint, painter } from './report.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

/** What applying our plan would do to a shoot that has the objects of the input's ManagedResource. */
export interface ShootDiff {
  /** The ManagedResource of which the input has the present state. */
  readonly managedResource: string;
  /** Whether there is a present state at all. */
  readonly isNew: boolean;
  readonly changes: readonly ObjectChange[];
  readonly dataPath: readonly DataPathChange[];
}

export interface DiffReport {
  readonly subject: Pick<Subject, 'name' | 'completed'>;
  readonly found: ShootDiff;
  readonly screen: Screen;
}

/** For people: the first line says all that most want to know, what is dangerous comes next. */
export function reportDiff({ subject, found, screen }: DiffReport): void {
  const paint = painter(screen);
  const { changes, dataPath } = found;
  const mark = changes.length === 0 ? paint('green', '=') : paint('yellow', '~');
  screen.write(`${mark} ${paint('bold', subject.name)}: ${summaryOf(found)}\n`);
  for (const one of subject.completed) screen.write(`  ${oneLine(completionText(one))}\n`);
  for (const one of dataPath) screen.write(dataPathText(one, paint));
  for (const one of changes.filter(({ immutable }) => immutable !== undefined)) screen.write(changeText(one, paint));
  for (const one of changes.filter(({ roll }) => roll !== undefined)) screen.write(changeText(one, paint));
  // Every object of a new shoot would be a list of names that says nothing.
  if (found.isNew) return;
  const rest = changes.filter(({ roll, immutable }) => roll === undefined && immutable === undefined);
  for (const kind of ['removed', 'released', 'changed'] as const)
    for (const one of rest.filter(({ change }) => change === kind)) screen.write(changeText(one, paint));
  screen.write(additionsText(rest.filter(({ change }) => change === 'added')));
}

/** A difference as programs get it: values cut, texts of several lines and what is in Secrets as digests. */
export function shownDifference(object: string, difference: Difference): object {
  const hide = object.startsWith('Secret ');
  return {
    path: difference.path,
    kind: difference.kind,
    ...('before' in difference ? { before: shown(difference.before, hide) } : {}),
    ...('after' in difference ? { after: shown(difference.after, hide) } : {}),
  };
}

function summaryOf({ changes, dataPath, isNew, managedResource }: ShootDiff): string {
  if (isNew)
    return `there is no ManagedResource ${managedResource} in the input, so the shoot is new: ${count(changes.length, 'object')} are created`;
  if (changes.length === 0) return 'nothing changes in the shoot';
  const rolls = changes.filter(({ roll }) => roll !== undefined);
  const stuck = changes.filter(({ immutable }) => immutable !== undefined);
  const gone = changes.filter(({ change }) => change === 'removed').length;
  const fresh = changes.filter(({ change }) => change === 'added').length;
  const others = changes.length - rolls.length - stuck.length - gone - fresh;
  return [
    ...(dataPath.length === 0 ? [] : [`THE DATA PATH CHANGES in ${count(dataPath.length, 'value')}`]),
    ...(stuck.length === 0 ? [] : [`${count(stuck.length, 'object')} CANNOT BE CHANGED IN PLACE`]),
    rollSummary(rolls),
    gone === 0 ? 'nothing is deleted' : `${count(gone, 'object')} ${gone === 1 ? 'is' : 'are'} deleted`,
    ...(fresh === 0 ? [] : [`${count(fresh, 'object')} ${fresh === 1 ? 'is' : 'are'} new`]),
    ...(others === 0 ? [] : [`${count(others, 'object')} ${others === 1 ? 'changes' : 'change'} without a restart`]),
    ...(dataPath.length === 0 ? ['the data path stays as it is'] : []),
  ].join('; ');
}

/** DaemonSets run on every node, so they are named first, with their reasons. */
function rollSummary(rolls: readonly ObjectChange[]): string {
  const [first, ...rest] = [...rolls].sort((a, b) => Number(isDaemonSet(b)) - Number(isDaemonSet(a)));
  if (first === undefined) return 'no pods roll';
  const more = rest.length === 0 ? '' : `, so ${rest.length === 1 ? 'does' : 'do'} ${rest.map(nameOf).join(', ')}`;
  return `${nameOf(first)} rolls once (${shortReasons(first.roll?.reasons ?? [])})${more}`;
}

function isDaemonSet({ object }: ObjectChange): boolean {
  return object.startsWith('DaemonSet ');
}

function nameOf({ object }: ObjectChange): string {
  return object.replace(/^.*[ /]/, '');
}

function shortReasons(reasons: readonly Difference[]): string {
  const all = [...new Set(reasons.map(shortReason))];
  const more = all.length > 4 ? `, ${all.length - 3} more` : '';
  return oneLine(`${all.slice(0, all.length > 4 ? 3 : 4).join(', ')}${more}`, 200);
}

/** In a few words: which variable, image or script, or the last part of the path. */
function shortReason({ path, kind }: Difference): string {
  const container = /ontainers\[([^\]]*)\]/.exec(path)?.[1];
  const variable = /\.env\[([^\]]*)\]/.exec(path)?.[1];
  if (kind === 'reordered') return `order of ${lastOf(path)}`;
  if (variable !== undefined) return `env ${variable} ${kind}`;
  if (/\.(command|args)\[\d+\]$/.test(path)) return `command of ${container} ${kind}`;
  if (path.endsWith('.image')) return `image of ${container} ${kind}`;
  const checksum = /annotations\["checksum\/([^"]*)"\]$/.exec(path)?.[1];
  return checksum === undefined ? `${lastOf(path)} ${kind}` : `${checksum} ${kind}`;
}

function lastOf(path: string): string {
  return /([^.]+)$/.exec(path)?.[1] ?? path;
}

function dataPathText({ about, place, before, after }: DataPathChange, paint: Paint): string {
  const values = `${before ?? '(unset)'} → ${after ?? '(unset)'}`;
  return `  ${paint('red', 'data path')}: ${about}: ${oneLine(`${place}: ${values}`, 400)}\n`;
}

function changeText(change: ObjectChange, paint: Paint): string {
  const { object, differences, immutable, roll } = change;
  const lines = (immutable?.reasons ?? roll?.reasons ?? differences).map((one) => differenceText(object, one));
  return `  ${headOf(change, paint)} ${oneLine(object, 400)}${behindOf(change)}\n${lines.join('')}`;
}

/** One line per kind, since nobody fears new objects. */
function additionsText(added: readonly ObjectChange[]): string {
  const kinds = [...new Set(added.map(({ object }) => kindOf(object)))];
  return kinds
    .map((kind) => {
      const names = added
        .filter(({ object }) => kindOf(object) === kind)
        .map(({ object }) => object.slice(kind.length + 1));
      return `  is created: ${oneLine(`${kind} ${names.join(', ')}`)}\n`;
    })
    .join('');
}

function kindOf(object: string): string {
  return object.replace(/ .*$/s, '');
}

function headOf({ change, roll, immutable }: ObjectChange, paint: Paint): string {
  if (immutable !== undefined)
    return paint('red', immutable.recreated ? 'is deleted and created anew:' : 'is refused by the API server:');
  if (roll !== undefined) return paint('yellow', 'rolls once:');
  const words = { added: 'is created:', removed: 'is deleted:', released: 'stays, unmanaged:', changed: 'changes:' };
  return change === 'removed' ? paint('yellow', words[change]) : words[change];
}

function behindOf({ roll, immutable }: ObjectChange): string {
  if (immutable !== undefined)
    return immutable.recreated ? '' : '; nothing that comes behind it in the ManagedResource is applied';
  if (roll === undefined) return '';
  return roll.strategy === undefined ? ' (OnDelete: not before its pods are deleted)' : ` (${roll.strategy})`;
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
      return `      ${path}: another order\n`;
    case 'rewritten':
      return `      ${path}: written differently, means the same\n`;
  }
}

const longest = 100;

/** A value on one line. Nobody compares scripts by eye here, and nothing of a Secret is shown. */
function shown(value: unknown, hide: boolean): string {
  if (typeof value !== 'string') return hide ? digest(canonicalJson(value)) : oneLine(canonicalJson(value), longest);
  if (!hide && !value.includes('\n')) return oneLine(JSON.stringify(value), longest);
  return digest(value);
}

function digest(text: string): string {
  return `${count(text.trimEnd().split('\n').length, 'line')} (sha256 ${sha256(text).slice(0, 8)})`;
}
