import { reporter } from '../network/diagnostics.ts';
import { inputRules } from '../yaml/diagnostics.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import type { InputProblem } from '../yaml/input.ts';

const report = reporter(inputRules);

/** Returns documents that cannot be read as findings, for JSON output. */
export function unreadableFindings(problems: readonly InputProblem[]): readonly LocatedFinding[] {
  return problems.map(({ file = '', line = 1, column = 1, message }) => ({
    ...report('unreadable-document', { object: file, path: '', message }),
    file,
    line,
    column,
  }));
}
