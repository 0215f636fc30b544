import { parseCidr } from '../gardener/cidr.ts';
import type { ShootFacts } from '../gardener/cluster.ts';
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

/** The entries of a list with their paths. */
export function entriesOf(path: string, texts: readonly string[]): readonly FieldText[] {
  return texts.map((text, index) => [`${path}[${index}]`, text]);
}

/** A finding for each text that is no CIDR; `object` as by describeShoot. */
export function badRanges(object: string, ranges: readonly FieldText[]): readonly Diagnostic[] {
  return ranges.flatMap(([path, text]) => {
    if (parseCidr(text) !== undefined) return [];
    const message = field.invalid(text, 'must be a CIDR such as 10.250.0.0/16');
    return [report('shoot-invalid', { object, path, message })];
  });
}

/** A finding about a Network in terms of the Shoot that it comes from; `object` as by describeShoot. Other findings stay as they are. */
export function inShoot(diagnostic: Diagnostic, object: string): Diagnostic {
  return diagnostic.object.startsWith('Network ')
    ? { ...diagnostic, object, path: shootPath(diagnostic.path) }
    : diagnostic;
}

function shootPath(path: string): string {
  return path
    .replace(/^metadata\.namespace$/, 'status.technicalID')
    .replace(/^spec\.podCIDR/, 'spec.networking.pods')
    .replace(/^spec\.serviceCIDR/, 'spec.networking.services')
    .replace(/^spec\.(providerConfig|ipFamilies|type)/, 'spec.networking.$1');
}
