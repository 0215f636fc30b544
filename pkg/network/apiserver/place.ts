import type { FieldType } from '../../gardener/api/fields.ts';
import { child } from '../field.ts';

/** A place in an object: a field or an item of a list. Paths are computed for findings only, since most objects have none. */
export interface Place {
  readonly type: FieldType;
  /** Name of the field, or index of the item; empty for the object itself. */
  readonly key: string | number;
  readonly parent: Place | undefined;
}

export function placePath({ key, parent }: Place): string {
  return parent === undefined ? '' : child(placePath(parent), key);
}

/** Returns the places from the fields of the object to this one. */
export function placeSteps(place: Place): readonly Place[] {
  return place.parent === undefined ? [] : [...placeSteps(place.parent), place];
}

/** Returns the name of a step in the API: that of the field, or `[]` for items of a list. */
export function stepName({ key }: Place): string {
  return typeof key === 'number' ? '[]' : key;
}
