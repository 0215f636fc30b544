/**
 * Compares two lists of objects for reviewers: one line per field that differs. Named elements of lists are matched by name, texts are compared line
 * by line, and JSON inside texts field by field.
 */
import { dump } from 'js-yaml';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { lineDiff } from './line-diff.ts';

/** Returns the changes from `base` to `other`, as text; empty if both are equal. */
export function objectDiff(base: readonly KubeObject[], other: readonly KubeObject[]): string {
  const [before, after] = [byName(base), byName(other)];
  const blocks: string[] = [];
  for (const [name, object] of before) {
    const counterpart = after.get(name);
    if (counterpart === undefined) blocks.push(`- ${name}`);
    else {
      const lines = valueDiff('', object, counterpart);
      if (lines.length > 0) blocks.push([`~ ${name}`, ...lines.map((line) => `    ${line}`)].join('\n'));
    }
  }
  for (const [name, object] of after) if (!before.has(name)) blocks.push(`+ ${name}\n${indented(object, '    ')}`);
  return blocks.map((block) => `${block}\n`).join('');
}

function byName(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [describeObject(object), object]));
}

function valueDiff(path: string, before: unknown, after: unknown): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after)) return recordDiff(path, before, after);
  const named = [namedElements(before), namedElements(after)] as const;
  if (named[0] !== undefined && named[1] !== undefined) return namedDiff(path, named[0], named[1]);
  if (typeof before === 'string' && typeof after === 'string') return textDiff(path, before, after);
  return [`~ ${path}: ${inline(before)} → ${inline(after)}`];
}

type Plain = Readonly<Record<string, unknown>>;

function recordDiff(path: string, before: Plain, after: Plain): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const inner = path === '' ? key : `${path}.${key}`;
    if (!(key in after)) return [`- ${inner}`];
    return key in before ? valueDiff(inner, before[key], after[key]) : addition(inner, after[key]);
  });
}

/** The elements of a list by name, if all have different names, as containers, variables and volumes do; otherwise undefined. */
function namedElements(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map((one: unknown) => [
    isRecord(one) ? (one['name'] ?? one['containerName'] ?? one['type']) : undefined,
    one,
  ]);
  const map = new Map(entries as [string, unknown][]);
  return map.size === value.length && entries.every(([name]) => typeof name === 'string') ? map : undefined;
}

/** Added and moved elements name the element before them. */
function namedDiff(
  path: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): readonly string[] {
  const lines = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- ${path}[${name}]`);
  const order = [...before.keys()].filter((name) => after.has(name));
  const kept = [...after.keys()].filter((name) => before.has(name));
  const moved = lineDiff(order, kept).flatMap((line) => (line.startsWith('+ ') ? [line.slice(2)] : []));
  let position = 'first';
  for (const [name, value] of after) {
    const inner = `${path}[${name}]`;
    if (moved.includes(name)) lines.push(`~ ${inner}: moved, ${position}`);
    lines.push(
      ...(before.has(name) ? valueDiff(inner, before.get(name), value) : addition(`${inner} (${position})`, value)),
    );
    position = `after ${name}`;
  }
  return lines;
}

function textDiff(path: string, before: string, after: string): readonly string[] {
  const [left, right] = [parseJson(before), parseJson(after)];
  if (left !== undefined && right !== undefined) return valueDiff(`${path} (JSON)`, left, right);
  if (!before.includes('\n') && !after.includes('\n')) return [`~ ${path}: ${inline(before)} → ${inline(after)}`];
  return [`~ ${path}:`, ...lineDiff(before.split('\n'), after.split('\n')).map((line) => `    ${line}`)];
}

/** Parses a JSON object. Placeholders may lack quotes, as in CNI configurations. Returns undefined for other texts. */
function parseJson(text: string): Plain | undefined {
  try {
    const value: unknown = JSON.parse(
      text.replace(/(?<!")__[A-Z_]+__(?!")/g, (token) => JSON.stringify(`bare ${token}`)),
    );
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function addition(path: string, value: unknown): readonly string[] {
  const short = inline(value);
  return short.length <= 100 ? [`+ ${path}: ${short}`] : [`+ ${path}:`, ...indented(value, '    ').split('\n')];
}

function inline(value: unknown): string {
  return isRecord(value) || Array.isArray(value)
    ? dump(value, { flowLevel: 0, lineWidth: -1 }).trimEnd()
    : JSON.stringify(value);
}

function indented(value: unknown, indent: string): string {
  const lines = dump(value, { lineWidth: -1, noRefs: true }).trimEnd().split('\n');
  return lines.map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n');
}
