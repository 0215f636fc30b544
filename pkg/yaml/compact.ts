import { isRecord } from '../gardener/objects.ts';

/** In UTF-16 code units. The strings of a value refer to the text of its document, which is retained with them. */
const longText = 32 * 1024;

/**
 * Returns the parts of a value that the commands use, copied, if its document is long: most of a Cluster is its CloudProfile, of which nothing
 * is used. A stream of Clusters then takes a tenth of the memory. The value must not have aliases, which a copy would expand.
 */
export function compactValue(value: unknown, length: number): unknown {
  if (length <= longText || !isRecord(value)) return value;
  return JSON.parse(JSON.stringify(omitUnused(value))) as unknown;
}

function omitUnused(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata, spec } = value;
  return {
    ...value,
    ...(isRecord(metadata) ? { metadata: omit(metadata, 'managedFields') } : {}),
    ...(value['kind'] === 'Cluster' && isRecord(spec) ? { spec: omitFromCluster(spec) } : {}),
  };
}

function omitFromCluster(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { shoot } = spec;
  const rest = omit(spec, 'cloudProfile');
  if (!isRecord(shoot) || !isRecord(shoot['metadata'])) return rest;
  return { ...rest, shoot: { ...shoot, metadata: omit(shoot['metadata'], 'managedFields') } };
}

function omit(value: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
