import { parseCidr } from '../gardener/cidr.ts';
import { maxEntries, type ShootFacts } from '../gardener/cluster.ts';
import type { Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { field } from './field.ts';

/** Findings about a Cluster or Shoot that are common to all CNIs. */

const report = reporter(networkRules);

/** Returns the finding for a Network whose Cluster does not exist or contains no Shoot. */
export function missingShoot({ metadata }: Network): Diagnostic {
  const object = describeObject({ kind: 'Cluster', metadata: { name: metadata.namespace } });
  return report('cluster-invalid', {
    object,
    path: 'spec.shoot',
    message: field.required('the Shoot of this Network'),
  });
}

/** Returns `Shoot namespace/name`, the name of the Shoot in findings. */
export function describeShoot({ namespace, name }: ShootFacts): string {
  return describeObject({ kind: 'Shoot', metadata: { namespace, name } });
}

/** A string of the Shoot with the path of its field. */
export type FieldText = readonly [path: string, text: string];

/** A list of the Shoot with the path of its field. */
export type FieldList = readonly [path: string, texts: readonly string[]];

/** Returns the findings about lists of CIDRs; for a list that is too long, only that one. */
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

/** Returns a finding for each string that is not a CIDR; `object` as returned by describeShoot. */
export function rangeProblems(object: string, ranges: readonly FieldText[]): readonly Diagnostic[] {
  return ranges.flatMap(([path, text]) => {
    if (parseCidr(text) !== undefined) return [];
    const message = field.invalid(text, 'must be a CIDR such as 10.250.0.0/16');
    return [report('shoot-invalid', { object, path, message })];
  });
}

/**
 * Translates a finding about a Network to the Shoot from which the Network is derived, including fields in the message; `object` as returned by
 * describeShoot. Other findings are returned unchanged.
 */
export function translateToShoot(diagnostic: Diagnostic, object: string): Diagnostic {
  if (!diagnostic.object.startsWith('Network ')) return diagnostic;
  const { path, message } = diagnostic;
  const isGeneral = diagnostic.remedy === networkRules['network-invalid'].remedy;
  const remedy = isGeneral ? 'Correct the field, which gardenlet copies into the Network.' : diagnostic.remedy;
  return { ...diagnostic, object, path: shootPath(path), message: shootMessage(message), remedy };
}

function shootPath(path: string): string {
  if (path === 'metadata.namespace') return 'status.technicalID';
  return path.replace(/^spec\.(\w+)/, (all, name: string) => shootFields.get(name) ?? all);
}

/** Does not translate quoted text, which is a value of the user. */
function shootMessage(message: string): string {
  return message.replace(
    /"(?:[^"\\]|\\.)*"|\bspec\.(\w+)/g,
    (all: string, name?: string) => shootFields.get(name ?? '') ?? all,
  );
}

/** Fields of the spec of a Network, and their paths in a Shoot. */
const shootFields: ReadonlyMap<string, string> = new Map([
  ['podCIDR', 'spec.networking.pods'],
  ['serviceCIDR', 'spec.networking.services'],
  ...['providerConfig', 'ipFamilies', 'type'].map((name) => [name, `spec.networking.${name}`] as const),
]);
