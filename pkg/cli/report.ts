import { styleText } from 'node:util';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, describe } from '../network/diagnostics.ts';
import type { PlannedSubject, Terminal } from './context.ts';
import type { InputFile } from './documents.ts';

/** A finding as programs get it. */
export interface LocatedFinding {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly object: string;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

interface Findings {
  readonly planned: readonly PlannedSubject[];
  readonly files: readonly InputFile[];
}

/** All findings of a run: those of the files first, then those of each Network in its order. */
export function findingsOf({ planned, files }: Findings): readonly LocatedFinding[] {
  return [
    ...files.flatMap(ambiguousFindings),
    ...planned.flatMap(({ subject, result }) =>
      result.diagnostics.map((one) => ({ ...one, ...subject.locate(one.object, one.path) })),
    ),
  ];
}

export function hasErrors(findings: readonly LocatedFinding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/**
 * Prints findings for people. With `always`, also says when there are none. Gives whether something is refused.
 */
export function reportFindings(input: Findings & { readonly terminal: Terminal; readonly always?: boolean }): boolean {
  const { planned, files, terminal } = input;
  const print = input.always === true ? terminal.out : terminal.err;
  const paint = painter(terminal.colour);
  for (const finding of files.flatMap(ambiguousFindings)) print(lineOf(finding, paint));
  for (const { subject, result } of planned) {
    const name = describeObject(subject.network);
    const findings = result.diagnostics.map((one) => ({ ...one, ...subject.locate(one.object, one.path) }));
    if (findings.length > 0) print(`${headline(name, result, paint)}\n`);
    else if (input.always === true) print(`${paint('green', '✓')} ${name} is valid\n`);
    for (const finding of findings) print(lineOf(finding, paint));
  }
  return planned.some(({ result }) => result.outcome !== 'planned');
}

type Paint = (style: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string) => string;

function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

function headline(name: string, result: PlannedSubject['result'], paint: Paint): string {
  const errors = count(result.diagnostics, 'error');
  const warnings = count(result.diagnostics, 'warning');
  const counted = [plural(errors, 'error'), plural(warnings, 'warning')].filter((one) => one !== '').join(', ');
  if (result.outcome === 'refused') return `${paint('red', '✗')} ${paint('bold', name)} is refused: ${counted}`;
  if (result.outcome === 'waiting')
    return `${paint('yellow', '…')} ${paint('bold', name)} waits, nothing is changed: ${counted}`;
  return `${paint('green', '✓')} ${paint('bold', name)} is valid: ${counted}`;
}

function lineOf(finding: LocatedFinding, paint: Paint): string {
  const place = finding.file === undefined ? '' : `${finding.file}:${finding.line}:${finding.column}: `;
  const word = finding.severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
  const foreign = finding.object.startsWith('Network ') ? '' : `${finding.object}: `;
  return `  ${place}${word}: ${foreign}${describe(finding)}\n      ${finding.remedy} ${paint('dim', `[${finding.code}]`)}\n`;
}

function count(diagnostics: readonly Diagnostic[], severity: string): number {
  return diagnostics.filter((one) => one.severity === severity).length;
}

function plural(number: number, word: string): string {
  return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}

function ambiguousFindings(file: InputFile): readonly LocatedFinding[] {
  return file.ambiguous.map(({ file: name, line, column, text, value }) => ({
    code: 'ambiguous-scalar',
    severity: 'warning' as const,
    object: 'Network input',
    path: '',
    message: `${text} is read as ${value} by Kubernetes`,
    remedy: `Write ${value} when that is meant, or "${text}" in quotes.`,
    file: name,
    line,
    column,
  }));
}
