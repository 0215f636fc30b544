/** Reads <cni>/go-extension.yaml and applies it: what the Go extension has where this project has something else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Cni } from './cases.ts';
import { caseList } from './leaf-hashes.ts';

type Plain = Readonly<Record<string, unknown>>;

export interface GoDifference {
  /** Name of the object, as `DaemonSet kube-system/calico-node`. */
  readonly object: string;
  /** Numbers of the cases, as in objects.txt; all by default. */
  readonly cases?: string;
  /** Changes our object, see `patched`. */
  readonly patch?: unknown;
  /** A merge patch of the Network, without the options that only the Go extension accepts: the other entries change what this renders. */
  readonly network?: Plain;
  /** An object that only the Go extension has. */
  readonly value?: KubeObject;
  /** Whether only this project has the object. */
  readonly absent?: true;
  /** The case in which this project has the object; the Go extension has it in all. */
  readonly from?: string;
}

/** The entries that hold for a case; `names` are those of all cases that were reconciled. */
export function goDifferences(cni: Cni, name: string, names: readonly string[]): readonly GoDifference[] {
  const entries = load(
    readFileSync(path.join(import.meta.dirname, cni, 'go-extension.yaml'), 'utf8'),
  ) as readonly GoDifference[];
  const list = caseList(names);
  return entries.filter(({ cases }) => cases === undefined || list.parse(cases).includes(name));
}

/**
 * Applies a JSON merge patch with additions: a mapping changes the elements of a list by their names, a new element comes first, or behind the
 * one that its `$after` names; `{$replace: {from: to}}` edits a text; `{$without: […]}` and `{$add: […]}` remove and append elements of a list.
 * Throws for an edit that finds nothing.
 */
export function patched(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  if (isRecord(patch['$replace'])) return edited(String(value), patch['$replace']);
  if (Array.isArray(value)) {
    const { $without: removed, $add: appended } = patch;
    if (!Array.isArray(removed) && !Array.isArray(appended)) return patchedElements(value, patch);
    return [...without(value, Array.isArray(removed) ? removed : []), ...(Array.isArray(appended) ? appended : [])];
  }
  const result: Record<string, unknown> = isRecord(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = patched(result[key], change);
  }
  return result;
}

function patchedElements(list: readonly unknown[], patch: Plain): readonly unknown[] {
  const known = new Set(list.map(elementName));
  const added = Object.entries(patch).filter(([name, change]) => change !== null && !known.has(name));
  const kept = list.flatMap((element) => {
    const change = patch[elementName(element) ?? ''];
    if (change === undefined) return [element];
    return change === null ? [] : [patched(element, change)];
  });
  return added
    .toReversed()
    .reduce<readonly unknown[]>((elements, [name, change]) => inserted(elements, { name, change }), kept);
}

function inserted(
  elements: readonly unknown[],
  { name, change }: { readonly name: string; readonly change: unknown },
): readonly unknown[] {
  const { $after: previous, ...members } = isRecord(change) ? change : {};
  const index = previous === undefined ? 0 : elements.findIndex((element) => elementName(element) === previous) + 1;
  if (previous !== undefined && index === 0) throw new Error(`there is no ${JSON.stringify(previous)} before ${name}`);
  return elements.toSpliced(index, 0, patched({ name }, members));
}

function elementName(element: unknown): string | undefined {
  return isRecord(element) && typeof element['name'] === 'string' ? element['name'] : undefined;
}

function edited(text: string, edits: Plain): string {
  return Object.entries(edits).reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`there is no ${from} to replace in ${text}`);
    return current.replace(from, String(to));
  }, text);
}

function without(list: readonly unknown[], removed: readonly unknown[]): readonly unknown[] {
  const texts = removed.map((one) => JSON.stringify(one));
  const kept = list.filter((one) => !texts.includes(JSON.stringify(one)));
  if (kept.length !== list.length - removed.length)
    throw new Error(`${JSON.stringify(removed)} is not in ${JSON.stringify(list)}`);
  return kept;
}
