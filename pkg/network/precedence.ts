/** A value that several places may decide, in an order that running shoots depend on. */

/** One of the places. */
export interface Source<Input, Value> {
  /** For tests and messages. */
  readonly name: string;
  /** Undefined when this place does not decide. */
  readonly read: (input: Input) => Value | undefined;
}

/** Asks the sources in their order; the first that has a value wins. Undefined when none has one. */
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
