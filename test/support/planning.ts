/** Tools and inputs of plans in tests and benches. */
import { chartSource, images } from '#charts';
import { findImage } from '../../pkg/gardener/imagevector.ts';
import { parseImageVector } from '../../pkg/gardener/imagevector-file.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { sha256 } from '../../pkg/managedresource/build.ts';
import type { Lookup, PlanInput, PlanTools } from '../../pkg/network/plugin.ts';
import { createCharts } from '../../pkg/templates/charts.ts';

/** Returns the real templates with fixed image names, which no version update changes. */
export function planTools(): PlanTools {
  return { charts: createCharts(chartSource), sha256, image: (name) => `registry.example.org/${name}:v1` };
}

/** Returns the tools of the product, with the shipped images. */
export function shippedPlanTools(): PlanTools {
  const sources = parseImageVector(images).images;
  return { ...planTools(), image: (name, version) => findImage({ images: sources, name, version }) };
}

/** Parses `{ objects: […] }` as objects that were read, `{ unreadable: '…' }` as the reason why they were not. */
export function observed(value: unknown): Lookup<readonly KubeObject[]> {
  if (isRecord(value) && typeof value['unreadable'] === 'string')
    return { available: false, reason: value['unreadable'] };
  const objects = isRecord(value) && Array.isArray(value['objects']) ? value['objects'] : [];
  return { available: true, value: objects as readonly KubeObject[] };
}

/** Addresses that were read, a list in a file; without one they could not be. */
function addresses(value: unknown): Lookup<readonly string[]> {
  if (!Array.isArray(value)) return { available: false, reason: 'the case has none' };
  return { available: true, value: value.map(String) };
}

/**
 * Creates the input of a plan from the documents of a file: a Network, its Cluster, and at most one `Circumstances` with `featureGates`, `present`
 * (the objects of our ManagedResource), `shoot` (the requested objects of the shoot), `apiServerAddresses` and `operatorDefaults`. Throws for
 * other documents.
 */
export function planInput(documents: readonly unknown[]): PlanInput {
  const byKind = new Map<string, Readonly<Record<string, unknown>>>();
  for (const document of documents) {
    const kind = isRecord(document) ? String(document['kind']) : '';
    if (!isRecord(document) || !['Network', 'Cluster', 'Circumstances'].includes(kind) || byKind.has(kind))
      throw new Error(`a case has one Network, one Cluster and at most one Circumstances, not ${kind}`);
    byKind.set(kind, document);
  }
  const circumstances = byKind.get('Circumstances') ?? {};
  return {
    network: byKind.get('Network') as unknown as Network,
    cluster: byKind.get('Cluster'),
    featureGates: (circumstances['featureGates'] ?? {}) as Readonly<Record<string, boolean>>,
    operatorDefaults: recordOf(circumstances['operatorDefaults']),
    currentObjects: observed(circumstances['present']),
    shoot: observed(circumstances['shoot']),
    apiServerAddresses: addresses(circumstances['apiServerAddresses']),
  };
}
