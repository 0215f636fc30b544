/** Values for properties, made from the schema of a providerConfig, so that a new option is in them without being named. */
import * as fc from 'fast-check';
import * as z from 'zod';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { child } from '../../pkg/network/field.ts';

/** Valid values of options by path; those that the schema cannot tell, and those that others limit. */
export type Samples = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** A value that may be absent or null, which means the same. */
export function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof({ weight: 4, arbitrary: value }, fc.constantFrom(null, undefined));
}

/**
 * Objects of the schema: each option with each value of its list, absent, or null. A sample stands for its option as it is; other texts and
 * numbers must have one. Throws for a sample of an option that does not exist.
 */
export function schemaArbitrary(schema: z.ZodType, samples: Samples): fc.Arbitrary<unknown> {
  const unused = new Set(Object.keys(samples));
  const arbitrary = objectArbitrary({ schema: z.toJSONSchema(schema, { io: 'input' }), path: '', samples, unused });
  if (unused.size > 0) throw new Error(`the schema has no ${[...unused].join(', ')}`);
  return arbitrary;
}

interface Part {
  readonly schema: unknown;
  readonly path: string;
  readonly samples: Samples;
  readonly unused: Set<string>;
}

function objectArbitrary({ schema, path, ...rest }: Part): fc.Arbitrary<unknown> {
  const properties = Object.entries(recordOf(recordOf(schema)['properties']));
  const members = properties.map(([name, inner]) => {
    const part = { ...rest, schema: inner, path: child(path, name) };
    rest.unused.delete(part.path);
    return [name, rest.samples[part.path] ?? optional(valueArbitrary(part))] as const;
  });
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

function valueArbitrary(part: Part): fc.Arbitrary<unknown> {
  const { path } = part;
  const schema = withoutNull(part.schema);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum']);
  if ([schema['type']].flat().includes('boolean')) return fc.boolean();
  if (isRecord(schema['properties'])) return objectArbitrary({ ...part, schema });
  throw new Error(`${path} needs samples of valid values`);
}

function withoutNull(schema: unknown): Readonly<Record<string, unknown>> {
  const { anyOf } = recordOf(schema);
  const branches = Array.isArray(anyOf) ? anyOf.filter((one) => recordOf(one)['type'] !== 'null') : [schema];
  return recordOf(branches[0]);
}
