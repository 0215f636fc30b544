import {
  type FieldType,
  type GardenerKind,
  gardenerVersion,
  itemType,
  structFields,
  valueType,
} from '../../gardener/api/fields.ts';
import { isRecord } from '../../gardener/objects.ts';
import { type Diagnostic, reporter } from '../diagnostics.ts';
import { child, field } from '../field.ts';
import { gardenerRules } from './diagnostics.ts';
import { type Place, placePath } from './place.ts';
import { suggestField } from './suggest.ts';
import { typeProblem } from './types.ts';

export interface FieldInput {
  readonly kind: GardenerKind;
  readonly value: unknown;
  /** The name of the object in findings, such as `Shoot namespace/name`; paths are relative to this object. */
  readonly object: string;
  /** The top-level options of the CNI's providerConfig, which are recognized where they are misplaced. */
  readonly options: readonly string[];
  /** The object was written by gardenlet, so that an unknown field which resembles none belongs to a later version of Gardener; default false. */
  readonly written?: boolean;
}

/**
 * Returns the fields of an object that do not exist in Gardener's API, with the field that was probably meant, and the values of wrong types. Fields
 * of type `any`, such as providerConfig, are not examined. Below `status`, which Gardener writes, unknown fields are accepted, and
 * `metadata.managedFields` is skipped. Like Go, it accepts null for every type (docs/design/gardener-rules.md#fields-and-types). Never
 * throws, and costs time in proportion to the object.
 */
export function fieldFindings(input: FieldInput): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  checkValue({ input, found, lenient: false }, input.value, { type: input.kind, key: '', parent: undefined });
  return found;
}

/** More unknown fields in an object are no spelling mistakes, and each suggestion costs a comparison with all fields. */
const maxSuggestions = 20;

/** Enough for every object that people write; files of megabytes with other content have a finding for each value. */
const maxFindings = 1_000;

const report = reporter(gardenerRules);

interface Walk {
  readonly input: FieldInput;
  readonly found: Diagnostic[];
  /** Unknown fields are accepted. */
  readonly lenient: boolean;
}

function checkValue(walk: Walk, value: unknown, place: Place): void {
  const { input, found } = walk;
  if (value === null || value === undefined || found.length >= maxFindings) return;
  const problem = typeProblem(value, place.type);
  if (problem !== undefined) {
    found.push(
      report('gardener-wrong-type', {
        object: input.object,
        path: placePath(place),
        message: field.invalid(value, problem),
      }),
    );
    return;
  }
  const item = itemType(place.type);
  if (item !== undefined && Array.isArray(value))
    for (const [index, one] of value.entries()) checkValue(walk, one, enter(place, index, item));
  if (isRecord(value)) checkMembers(walk, value, place);
}

function checkMembers(walk: Walk, value: Readonly<Record<string, unknown>>, place: Place): void {
  const member = valueType(place.type);
  const fields = structFields(place.type);
  for (const [name, one] of Object.entries(value)) {
    if (walk.found.length >= maxFindings) return;
    const type = member ?? fields?.get(name);
    // Most members are texts that need no place.
    if (type === 'string' && typeof one === 'string') continue;
    if (type !== undefined) checkValue(within(walk, place, name), one, enter(place, name, type));
    else if (fields !== undefined && !walk.lenient) reportUnknown(walk, { name, value: one }, place);
  }
}

function within(walk: Walk, { parent }: Place, name: string): Walk {
  return parent === undefined && name === 'status' ? { ...walk, lenient: true } : walk;
}

function enter(parent: Place, key: string | number, type: FieldType): Place {
  // The fields of field managers follow rules of their own.
  const isSkipped = parent.type === 'ObjectMeta' && key === 'managedFields';
  return { type: isSkipped ? 'any' : type, key, parent };
}

function reportUnknown(
  { input, found }: Walk,
  { name, value }: { readonly name: string; readonly value: unknown },
  place: Place,
): void {
  const { kind, object, options, written = false } = input;
  const meant = found.length < maxSuggestions ? suggestField({ kind, name, value, place, options }) : undefined;
  const isNewer = written && meant === undefined;
  const detail = isNewer ? `unknown field of a Gardener later than ${gardenerVersion}` : 'unknown field';
  found.push(
    report(isNewer ? 'gardener-newer-field' : 'gardener-unknown-field', {
      object,
      path: child(placePath(place), name),
      message: field.forbidden(`${detail}${meant === undefined ? '' : `, did you mean ${meant}?`}`),
    }),
  );
}
