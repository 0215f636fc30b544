/** A place in an input file, counted from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface InputProblem extends Partial<Position> {
  readonly file?: string;
  readonly message: string;
}

/** A mistake in the arguments, or input that cannot be read at all, with everything that is wrong: exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[], options?: ErrorOptions) {
    super(problems.map(({ message }) => message).join('; '), options);
    this.problems = problems;
  }
}

/** In bytes; several times the largest Secret or Cluster that an API server would store. */
export const largestInput = 16 * 1024 * 1024;
