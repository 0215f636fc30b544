/** Reads <cni>/go-extension.yaml and applies it: what the Go extension has where this project has something else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Cni } from './cases.ts';
import { caseList } from './leaf-hashes.ts';

export interface GoDifference {
  /** Name of the object, as `DaemonSet kube-system/calico-node`. */
  readonly object: string;
  /** Numbers of the cases, as in objects.txt; all by default. */
  readonly cases?: string;
  /** Changes our object, see `patched`. */
  readonly patch?: unknown;
  /** An object that only the Go extension has. */
  readonly value?: KubeObject;
  /** The Go extension does not have our object. */
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

type Plain = Readonly<Record<string, unknown>>;

/**
 * Applies a JSON merge patch with three additions: a mapping changes the elements of a list by their names, a new element comes first;
 * `{$replace: {from: to}}` edits a text; `{$without: […]}` removes elements of a list. Throws for an edit that finds nothing.
 */
export function patched(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  if (isRecord(patch['$replace'])) return edited(String(value), patch['$replace']);
  if (Array.isArray(value)) {
    return Array.isArray(patch['$without']) ? without(value, patch['$without']) : patchedElements(value, patch);
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
  return [...added.map(([name, change]) => patched({ name }, change)), ...kept];
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
  if (!removed.every((one) => list.includes(one)))
    throw new Error(`${JSON.stringify(removed)} is not in ${JSON.stringify(list)}`);
  return list.filter((one) => !removed.includes(one));
}
