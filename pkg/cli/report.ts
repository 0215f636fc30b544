import { styleText } from 'node:util';
import { describe } from '../network/diagnostics.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { type InputProblem } from '../yaml/input.ts';
import { describeCompletion } from './completion.ts';
import type { Assessment } from './input.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

export interface AssessedSubject {
  readonly subject: Subject;
  readonly result: Assessment;
}

/** Returns all findings about one Network, ordered by position in the files. */
export function sortedFindings({ subject, result }: AssessedSubject): readonly LocatedFinding[] {
  const found = [...subject.sourceFindings, ...result.diagnostics.map((one) => subject.locate(one))];
  const files = [...new Set(found.map((one) => one.file))];
  return found.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
}

/** Prints the result for people: one line for the Network and two per finding. */
export function reportSubject(assessed: AssessedSubject, screen: Screen): void {
  const paint = painter(screen);
  const { subject, result } = assessed;
  const { name } = subject;
  const findings = sortedFindings(assessed);
  screen.write(`${headline({ name, outcome: result.outcome, findings, paint })}\n`);
  for (const one of subject.completed) screen.write(`  ${oneLine(describeCompletion(one))}\n`);
  for (const finding of findings) screen.write(findingText({ finding, name, paint }));
}

/** Prints problems of arguments and input, one line each. */
export function reportProblems(problems: readonly InputProblem[], screen: Screen): void {
  const paint = painter(screen);
  for (const { file, line, column, message } of problems) {
    const place = [file, line, column].filter((one) => one !== undefined).join(':');
    screen.write(`${place === '' ? '' : `${oneLine(place)}: `}${paint('red', 'error')}: ${oneLine(message)}\n`);
  }
}

export type Paint = (style: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string) => string;

/** Returns for example `1 error` or `2 errors`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

export function painter({ colour }: Screen): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
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
    case 'waiting':
      return `${paint('yellow', '…')} ${paint('bold', name)} is waiting, nothing changes${rest}`;
    case 'refused':
      return `${paint('red', '✗')} ${paint('bold', name)} is rejected${rest}`;
  }
}

function findingText(input: {
  readonly finding: LocatedFinding;
  readonly name: string;
  readonly paint: Paint;
}): string {
  const { finding, name, paint } = input;
  const { file, line, column, severity, object, remedy, code } = finding;
  const word = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
  const foreign = object === name ? '' : `${object}: `;
  const place = oneLine(`${file}:${line}:${column}`);
  return `  ${place}: ${word}: ${oneLine(`${foreign}${describe(finding)}`)}\n      ${remedy} ${paint('dim', `[${code}]`)}\n`;
}
