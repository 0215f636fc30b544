/** Reduces recorded objects to the fields that are of interest. */
import { isRecord } from '../../../pkg/gardener/objects.ts';

/** Names of fields; in lists, those of each element. */
export interface Fields {
  readonly [name: string]: Fields | true;
}

/** Copies a value with these fields only. Objects without any of them are dropped. */
export function picked(value: unknown, fields: Fields | true): unknown {
  if (fields === true) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => picked(one, fields));
  const members = Object.entries(fields).map(([name, inner]) => [name, picked(record(value)[name], inner)] as const);
  const present = members.filter(([, one]) => one !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}

/** An object, or an empty one in place of anything else. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
