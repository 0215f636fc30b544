import { reporter } from '../network/diagnostics.ts';
import { inputRules } from '../yaml/diagnostics.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';

const report = reporter(inputRules);

/** Returns documents that cannot be read, and arguments that are not valid, as findings, for JSON output. */
export function unreadableFindings(problems: readonly InputProblem[]): readonly LocatedFinding[] {
  return problems.map(({ file, line = 1, column = 1, message }) => {
    const code = file === undefined ? 'unusable-input' : 'unreadable-document';
    return { ...report(code, { object: file ?? '', path: '', message }), file: file ?? '', line, column };
  });
}

/**
 * Runs a command with JSON output. If nothing of its input can be used, it prints the problems as JSON as well, so that programs need not parse
 * two formats; `toJson` returns the result for the findings. Returns the exit code.
 */
export async function withJsonProblems(
  run: () => Promise<number>,
  {
    toJson,
    terminal,
  }: { readonly toJson: (findings: readonly LocatedFinding[]) => object; readonly terminal: Terminal },
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const result = toJson(unreadableFindings(error.problems));
    terminal.out.write(`${printable(JSON.stringify(result, undefined, 2))}\n`);
    return exitCodes.usage;
  }
}
