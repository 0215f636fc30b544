/**
 * Goldens of plans: each folder with an input.yaml is a case. A few cases contain all objects, the others the difference to the first of
 * those, so that a reviewer sees the effect of an option in a few lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { dump, loadAll } from 'js-yaml';
import { chartSource } from '#charts';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { type Diagnostic, describe } from '../../pkg/network/diagnostics.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import type { NetworkPlan, NetworkPlugin, PlanInput, PlanResult, PlanTools } from '../../pkg/network/plugin.ts';
import { assertNoStaleGoldens, golden } from './golden.ts';
import { objectDiff } from './object-diff.ts';
import { planInput, planTools } from './planning.ts';

export interface PlanCase {
  readonly name: string;
  readonly folder: string;
  readonly input: PlanInput;
  readonly result: PlanResult;
}

export interface PlanGoldens {
  /** Absolute path; one folder per case. */
  readonly folder: string;
  readonly plugin: NetworkPlugin;
  /** Cases with all objects; the others contain the difference to the first. */
  readonly full: readonly [string, ...string[]];
}

/** Declares a test per case, and one for stale files. Returns the cases for further tests. */
export function planGoldens({ folder, plugin, full }: PlanGoldens): readonly PlanCase[] {
  const tools = planTools();
  const all = readCases({ folder, plugin, tools });
  const base = all.find((one) => one.name === full[0]);
  for (const { name, folder: own, result } of all) {
    test(`plan of ${name}`, () => {
      golden(path.join(own, 'diagnostics.txt'), diagnosticsText(result.diagnostics));
      golden(path.join(own, 'status.yaml'), dump(summary(result), { lineWidth: -1 }));
      if (result.outcome !== 'planned') return;
      const objects = readable(result.plan, tools);
      if (full.includes(name)) golden(path.join(own, 'objects.yaml'), manifest(objects));
      else golden(path.join(own, 'objects.diff'), difference(base, { objects, tools }));
    });
  }
  test('no golden of a plan is stale', () => {
    for (const suffix of ['diagnostics.txt', 'status.yaml', 'objects.yaml', 'objects.diff'])
      assertNoStaleGoldens(folder, suffix);
  });
  return all;
}

/** Reads and plans all cases in a folder. */
export function readCases(input: {
  readonly folder: string;
  readonly plugin: NetworkPlugin;
  readonly tools: PlanTools;
}): readonly PlanCase[] {
  const names = readdirSync(input.folder).filter((name) => existsSync(path.join(input.folder, name, 'input.yaml')));
  return names.sort().map((name) => {
    const folder = path.join(input.folder, name);
    const given = planInput(loadAll(readFileSync(path.join(folder, 'input.yaml'), 'utf8')));
    return { name, folder, input: given, result: planNetwork(input.plugin, given, input.tools) };
  });
}

function difference(
  base: PlanCase | undefined,
  other: { readonly objects: readonly KubeObject[]; readonly tools: PlanTools },
): string {
  if (base?.result.outcome !== 'planned')
    throw new Error('the first of the full cases does not exist or is not planned');
  const text = objectDiff(readable(base.result.plan, other.tools), other.objects);
  return text === '' ? `nothing differs from ${base.name}\n` : text;
}

/**
 * Returns the objects for the shoot without parts that have their own tests and change for other reasons: scripts, digests of ConfigMaps, bodies
 * of CustomResourceDefinitions.
 */
function readable(plan: NetworkPlan, { sha256 }: PlanTools): readonly KubeObject[] {
  const rendered = plan.managedResource.parts.flatMap((part) => part.objects);
  const named = new Map([
    ...rendered.map(({ json, object }) => [sha256(json), `<digest of ${describeObject(object)}>`] as const),
    ...Object.entries(chartSource.scripts).map(([name, text]) => [text, `<${name}>`] as const),
  ]);
  return rendered.map(({ object }) => {
    const { apiVersion, kind, metadata } = object;
    if (kind === 'CustomResourceDefinition') return { apiVersion, kind, metadata: { name: metadata.name } };
    return withNames(object, named) as KubeObject;
  });
}

function withNames(value: unknown, named: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return named.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one: unknown) => withNames(one, named));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNames(inner, named)]));
}

function manifest(objects: readonly KubeObject[]): string {
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n');
}

function summary(result: PlanResult): object {
  if (result.outcome !== 'planned') return { outcome: result.outcome };
  const { managedResource, seedObjects, obsoleteSeedObjects: seedLeftOvers, status } = result.plan;
  return {
    outcome: result.outcome,
    status,
    managedResource: {
      name: managedResource.name,
      origin: managedResource.origin,
      objects: Object.fromEntries(managedResource.parts.map(({ key, objects }) => [key, objects.length])),
    },
    seed: {
      present: seedObjects.map(describeObject),
      absent: seedLeftOvers.map(({ kind, name }) => `${kind} ${name}`),
    },
  };
}

function diagnosticsText(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((one) => `${one.severity} ${one.code} ${one.object}\n  ${describe(one)}\n`).join('');
}
