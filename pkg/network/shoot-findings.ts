import { parseCidr } from '../gardener/cidr.ts';
import { maxEntries, type ShootFacts } from '../gardener/cluster.ts';
import type { Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { field } from './field.ts';

/** What every CNI says of a Cluster or Shoot in the same words. */

const report = reporter(networkRules);

/** The Cluster of the Network is not there, or has no Shoot in it. */
export function missingShoot({ metadata }: Network): Diagnostic {
  const object = describeObject({ kind: 'Cluster', metadata: { name: metadata.namespace } });
  return report('cluster-invalid', {
    object,
    path: 'spec.shoot',
    message: field.required('the Shoot of this Network'),
  });
}

/** `Shoot namespace/name`, as findings name it. */
export function describeShoot({ namespace, name }: ShootFacts): string {
  return describeObject({ kind: 'Shoot', metadata: { namespace, name } });
}

/** A text of the Shoot with the path of its field. */
export type FieldText = readonly [path: string, text: string];

/** A list of the Shoot with the path of its field. */
export type FieldList = readonly [path: string, texts: readonly string[]];

/** The findings about lists of CIDRs, as ShootFacts has them: of a list that is too long only that. */
export function rangeListProblems(object: string, lists: readonly FieldList[]): readonly Diagnostic[] {
  return lists.flatMap(([path, texts]) =>
    texts.length > maxEntries
      ? [report('shoot-invalid', { object, path, message: field.tooMany(maxEntries) })]
      : rangeProblems(
          object,
          texts.map((text, index) => [`${path}[${index}]`, text]),
        ),
  );
}

/** A finding for each text that is no CIDR; `object` as by describeShoot. */
export function rangeProblems(object: string, ranges: readonly FieldText[]): readonly Diagnostic[] {
  return ranges.flatMap(([path, text]) => {
    if (parseCidr(text) !== undefined) return [];
    const message = field.invalid(text, 'must be a CIDR such as 10.250.0.0/16');
    return [report('shoot-invalid', { object, path, message })];
  });
}

/**
 * A finding about a Network in terms of the Shoot that it comes from, fields that its message names included; `object` as by describeShoot.
 * Other findings stay as they are.
 */
export function translateToShoot(diagnostic: Diagnostic, object: string): Diagnostic {
  if (!diagnostic.object.startsWith('Network ')) return diagnostic;
  const { path, message } = diagnostic;
  return { ...diagnostic, object, path: shootPath(path), message: shootMessage(message) };
}

function shootPath(path: string): string {
  if (path === 'metadata.namespace') return 'status.technicalID';
  return path.replace(/^spec\.(\w+)/, (all, name: string) => shootFields.get(name) ?? all);
}

/** What stands in quotes is a value, and the user's own. */
function shootMessage(message: string): string {
  return message.replace(
    /"(?:[^"\\]|\\.)*"|\bspec\.(\w+)/g,
    (all: string, name?: string) => shootFields.get(name ?? '') ?? all,
  );
}

/** Fields of the spec of a Network, and where a Shoot has them. */
const shootFields: ReadonlyMap<string, string> = new Map([
  ['podCIDR', 'spec.networking.pods'],
  ['serviceCIDR', 'spec.networking.services'],
  ...['providerConfig', 'ipFamilies', 'type'].map((name) => [name, `spec.networking.${name}`] as const),
]);
