import { type Field, type Sourced, sourced } from './sourced.ts';

/** Values with several sources, in an order of precedence on which running shoots depend. */

export interface Source<Input, Value> {
  /** Returns the fields that this source reads. */
  readonly from: (input: Input) => readonly (Field | Sourced<unknown>)[];
  /** Returns undefined if the source has no value. */
  readonly read: (input: Input) => Value | undefined;
}

/** Returns the value of the first source that has one; undefined if none has. */
export function firstOf<Input, Value>(
  sources: readonly Source<Input, Value>[],
  input: Input,
): Sourced<Value> | undefined {
  for (const { from, read } of sources) {
    const value = read(input);
    if (value !== undefined) return sourced(value, ...from(input));
  }
  return undefined;
}
