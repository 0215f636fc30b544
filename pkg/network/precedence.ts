/** Values with several sources, in an order of precedence on which running shoots depend. */

export interface Source<Input, Value> {
  /** For tests and messages. */
  readonly name: string;
  /** Returns undefined if the source has no value. */
  readonly read: (input: Input) => Value | undefined;
}

/** Returns the value of the first source that has one; undefined if none has. */
export function firstOf<Input, Value>(
  sources: readonly Source<Input, Value>[],
  input: Input,
): { readonly source: string; readonly value: Value } | undefined {
  for (const { name, read } of sources) {
    const value = read(input);
    if (value !== undefined) return { source: name, value };
  }
  return undefined;
}
