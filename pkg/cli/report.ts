import type { Capacity } from '../network/capacity.ts';
import { describe } from '../network/diagnostics.ts';
import { show } from '../network/field.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import type { InputProblem } from '../yaml/input.ts';
import { describeMissing } from './completeness.ts';
import { describeCompletion } from './completion.ts';
import type { Assessment } from './input.ts';
import { type Paint, painter, snippetText } from './problems.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

export interface AssessedSubject {
  readonly subject: Subject;
  readonly result: Assessment;
  /** Computes the room in the ranges, which not every output contains; undefined if the pod range is not known. */
  readonly capacity?: () => Capacity | undefined;
}

/** Returns whether nothing about the subject would be rejected. */
export function isAccepted({ result: { outcome } }: AssessedSubject): boolean {
  return outcome === 'planned' || outcome === 'incomplete' || outcome === 'workerless';
}

/** Returns all findings about one Network, ordered by position in the files. */
export function sortedFindings({ subject, result }: AssessedSubject): readonly LocatedFinding[] {
  const located = result.diagnostics.map((one) => subject.locate(one));
  const found = [...subject.sourceFindings.map((one) => withoutRefusedValue(one, located)), ...located];
  const files = [...new Set(found.map((one) => one.file))];
  return found.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
}

/** Returns the finding about an ambiguous scalar without the advice to write the value as it is read, if that is an error. */
function withoutRefusedValue(finding: LocatedFinding, located: readonly LocatedFinding[]): LocatedFinding {
  const isRefused = located.some(
    ({ severity, file, path }) => severity === 'error' && file === finding.file && path === finding.path,
  );
  const text = /^(\S+) is read as /.exec(finding.message)?.[1];
  return isRefused && text !== undefined ? { ...finding, remedy: `Quote the value: "${text}".` } : finding;
}

/** More findings about one object are counted, since nobody reads them. */
const maxFindings = 100;

/** Returns at most `maxFindings` findings, errors before warnings if there are more, and the number of the others. */
export function limitFindings(findings: readonly LocatedFinding[]): {
  readonly shown: readonly LocatedFinding[];
  readonly more: number;
} {
  if (findings.length <= maxFindings) return { shown: findings, more: 0 };
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const kept = new Set([...errors, ...warnings].slice(0, maxFindings));
  return { shown: findings.filter((one) => kept.has(one)), more: findings.length - maxFindings };
}

/** Prints the result for people: one line for the Network and two per finding. */
export function reportSubject(assessed: AssessedSubject, screen: Screen): void {
  const paint = painter(screen);
  const { subject, result } = assessed;
  const { name } = subject;
  const findings = sortedFindings(assessed);
  const { shown, more } = limitFindings(findings);
  screen.write(`${headline({ name, outcome: result.outcome, findings, paint })}\n`);
  if (result.outcome === 'incomplete')
    for (const one of result.missing) screen.write(`  ${oneLine(describeMissing(one))}\n`);
  for (const one of subject.completed) screen.write(`  ${oneLine(describeCompletion(one))}\n`);
  for (const one of subject.assumed) screen.write(`  ${oneLine(`assumed: ${one.path} is ${show(one.value)}`)}\n`);
  for (const finding of shown) screen.write(findingText({ finding, subject, paint, screen }));
  if (more > 0) screen.write(`  and ${count(more, 'more finding')}\n`);
}

/** Returns the number of valid objects by kind, and the documents that were not checked; empty if a single object says all. */
export function summarize({ assessed, problems, skipped }: Summary): string {
  if (assessed.length <= 1 && problems.length === 0 && skipped === 0) return '';
  const kinds = [...checkedKinds(assessed)].map(
    ([kind, { valid, total, incomplete = 0 }]) =>
      `${valid} of ${count(total, kind)} valid${incomplete === 0 ? '' : `, ${incomplete} incomplete`}`,
  );
  const rest = [
    ...(problems.length === 0 ? [] : [`${count(problems.length, 'document')} unreadable`]),
    ...(skipped === 0 ? [] : [`${count(skipped, 'other document')} skipped`]),
  ];
  return `${[...kinds, ...rest].join(', ')}\n`;
}

export interface Summary {
  readonly assessed: readonly AssessedSubject[];
  readonly problems: readonly InputProblem[];
  /** Number of documents that belong to no subject. */
  readonly skipped: number;
}

/** Counts the checked objects by kind. */
export function checkedKinds(
  assessed: readonly AssessedSubject[],
): ReadonlyMap<string, { readonly valid: number; readonly total: number; readonly incomplete?: number }> {
  const groups = Map.groupBy(assessed, ({ subject }) => subject.name.replace(/ .*$/s, ''));
  return new Map(
    [...groups].map(([kind, all]) => {
      const incomplete = all.filter(({ result }) => result.outcome === 'incomplete').length;
      const valid = all.filter(isAccepted).length - incomplete;
      return [kind, { valid, total: all.length, ...(incomplete === 0 ? {} : { incomplete }) }];
    }),
  );
}

/** Returns for example `1 error` or `2 errors`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

interface Headline {
  readonly name: string;
  readonly outcome: Assessment['outcome'];
  readonly findings: readonly LocatedFinding[];
  readonly paint: Paint;
}

function headline({ name, outcome, findings, paint }: Headline): string {
  const counted = (['error', 'warning'] as const)
    .map((word) => ({ word, number: findings.filter((one) => one.severity === word).length }))
    .filter(({ number }) => number > 0)
    .map(({ word, number }) => count(number, word))
    .join(', ');
  const rest = counted === '' ? '' : `: ${counted}`;
  switch (outcome) {
    case 'planned':
    case 'postponed':
      return `${paint('green', '✓')} ${paint('bold', name)} is valid${rest}`;
    case 'incomplete':
      return `${paint('yellow', '…')} ${paint('bold', name)} is incomplete${rest}`;
    case 'workerless':
      return `${paint('green', '✓')} ${paint('bold', name)} has no workers, and therefore no network${rest}`;
    case 'waiting':
      return `${paint('yellow', '…')} ${paint('bold', name)} is waiting, nothing changes${rest}`;
    case 'refused':
      return `${paint('red', '✗')} ${paint('bold', name)} is rejected${rest}`;
  }
}

/** Returns two lines for a finding, and its line of the file if the screen shows snippets. */
export function findingText(input: {
  readonly finding: LocatedFinding;
  readonly subject: Pick<Subject, 'name' | 'sourceLine'>;
  readonly paint: Paint;
  readonly screen: Screen;
}): string {
  const { finding, subject, paint, screen } = input;
  const { name } = subject;
  const { file, line, column, severity, object, remedy, code } = finding;
  const word = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
  const foreign = object === name ? '' : `${object}: `;
  const place = oneLine(`${file}:${line}:${column}`);
  const source = screen.snippets === true ? subject.sourceLine(file, line) : undefined;
  const snippet = snippetText({ line, column, source, screen, paint });
  const text = oneLine(`${foreign}${describe(finding)}`);
  return `  ${place}: ${word}: ${text}\n${snippet}      ${remedy} ${paint('dim', `[${code}]`)}\n`;
}
