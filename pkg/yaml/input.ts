/** A position in an input file, counted from 1 as in editors. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface InputProblem extends Partial<Position> {
  readonly file?: string;
  readonly message: string;
  /** The line of the file, if it is known. */
  readonly source?: string | undefined;
}

/** Invalid arguments or unreadable input, with all problems at once; commands exit with code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[], options?: ErrorOptions) {
    super(problems.map(({ message }) => message).join('; '), options);
    this.problems = problems;
  }
}

/** Of one document, in bytes: several times the largest Secret or Cluster that an API server stores. */
export const largestInput = 16 * 1024 * 1024;

/** Nesting of collections in a document. */
export const maxDepth = 100;
