import { describe } from '../network/diagnostics.ts';
import { show } from '../network/field.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import type { InputProblem } from '../yaml/input.ts';
import { type Assessment, describeMissing } from './completeness.ts';
import { describeCompletion } from './completion.ts';
import { type AssessedSubject, isAccepted, limitFindings, sortedFindings } from './findings.ts';
import { type Paint, painter, snippetText } from './problems.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

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
export function count(number: number, word: string, plural = `${word}s`): string {
  return `${number} ${number === 1 ? word : plural}`;
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
