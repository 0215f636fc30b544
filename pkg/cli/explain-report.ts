/** Prints the values in effect for people. */
import { recordOf } from '../gardener/objects.ts';
import type { Capacity } from '../network/capacity.ts';
import { configPath } from '../network/decode-network.ts';
import type { ExplainedOption, ExplainedValue, Explanation, Overruled } from '../network/explain.ts';
import { decidingFields, type Origin, type OriginField } from '../network/origin.ts';
import type { Assessment } from './completeness.ts';
import { describeMissing } from './completeness.ts';
import { describeCompletion } from './completion.ts';
import { rangeLines } from './explain-ranges.ts';
import { sortedFindings } from './findings.ts';
import { type Paint, painter } from './problems.ts';
import { count, reportSubject } from './report.ts';
import type { Subject } from './subjects.ts';
import { oneLine, type Screen } from './terminal.ts';

export interface ExplainedSubject {
  readonly subject: Subject;
  readonly result: Assessment;
  /** The name of the CNI. */
  readonly title: string;
  /** Absent for a network type of another extension, and without nodes. */
  readonly explanation: Explanation | undefined;
  readonly room: Capacity | undefined;
}

/** The width of tables, so that they fit into most terminals and comments. */
const width = 100;

/** Prints the options that differ from their defaults, the values that follow, the room in the ranges, and with `all` all other options. */
export function reportExplanation(
  one: ExplainedSubject,
  { all, screen }: { readonly all: boolean; readonly screen: Screen },
): void {
  const { subject, result, explanation } = one;
  const paint = painter(screen);
  if (explanation === undefined || result.outcome === 'refused') reportSubject(one, screen);
  else screen.write(heading(one, paint));
  if (explanation === undefined) return;
  for (const { title, rows } of sections(one, explanation, all)) {
    screen.write(`\n${paint('bold', title)}\n`);
    for (const line of tableLines(rows, paint)) screen.write(`${line}\n`);
  }
  const ranges = rangeLines(one.room, recordOf(recordOf(recordOf(subject.cluster)['spec'])['shoot']));
  if (ranges.length > 0) screen.write(`\n${paint('bold', 'Ranges')}\n${ranges.map((line) => `  ${line}\n`).join('')}`);
}

function heading({ subject, result, title }: ExplainedSubject, paint: Paint): string {
  const findings = sortedFindings({ subject, result }).length;
  const more = findings === 0 ? '' : `, ${count(findings, 'finding')}: see netext validate`;
  const notes = [
    ...(result.outcome === 'incomplete' ? result.missing.map(describeMissing) : []),
    ...subject.completed.map(describeCompletion),
  ];
  return [`${paint('bold', subject.name)}: ${title}${more}`, ...notes.map((note) => `  ${oneLine(note)}`), ''].join(
    '\n',
  );
}

interface Row {
  readonly field: string;
  readonly value: string;
  readonly origin: string;
  readonly overruled: string;
}

interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

function sections(
  { subject }: Pick<ExplainedSubject, 'subject'>,
  { options, values }: Explanation,
  all: boolean,
): readonly Section[] {
  const isShown = (one: ExplainedOption): boolean => one.set && (one.changed || one.overruled !== undefined);
  const row = (one: ExplainedOption | ExplainedValue): Row => ({
    field: one.field,
    value: shown(one.value),
    origin: describeOrigin(one, subject),
    overruled: 'overruled' in one && one.overruled !== undefined ? describeOverruled(one.overruled) : '',
  });
  const found: readonly Section[] = [
    { title: 'Options that differ from the default', rows: options.filter(isShown).map(row) },
    { title: 'What follows', rows: values.filter(({ detail }) => all || detail === undefined).map(row) },
    ...(all ? [{ title: 'All other options', rows: options.filter((one) => !isShown(one)).map(row) }] : []),
  ];
  return found.filter(({ rows }) => rows.length > 0);
}

/** A value as in YAML, on one line. */
function shown(value: unknown): string {
  if (value === null) return '-';
  if (typeof value === 'string') return value === '' ? '""' : value;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.map(shown).join(', ');
  if (typeof value === 'object')
    return Object.entries(value as object)
      .map(([name, inner]) => `${name} ${shown(inner)}`)
      .join(', ');
  return String(value as number | boolean);
}

function describeOrigin({ field, origin }: ExplainedValue, subject: Subject): string {
  const fields = decidingFields(origin.fields);
  switch (origin.kind) {
    case 'user':
      return fields[0]?.path === field ? `you, line ${lineOf(field, subject)}` : listFields(fields);
    case 'default':
      return 'default';
    case 'operator':
      return 'operator, in the ControllerConfiguration';
    case 'Shoot':
      return listFields(fields);
    case 'node range':
      return `node range, ${fields[0]?.path ?? ''}`;
    case 'feature gate':
      return `feature gate ${listFields(fields)}`;
    case 'running shoot':
      return `running shoot: ${fields[0]?.path ?? ''}`;
    case 'rule':
      return `rule of the Go extension, kept (${origin.rule ?? ''})`;
    case 'computed':
      return listFields(fields);
  }
}

function lineOf(path: string, subject: Subject): number {
  const at = { code: '', severity: 'warning', object: 'Network ', message: '', remedy: '' } as const;
  return subject.locate({ ...at, path: `${configPath}.${path}` }).line;
}

function listFields(fields: readonly OriginField[]): string {
  return fields
    .map(({ path, value }) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? path : `${path}: ${yaml(value)}`,
    )
    .join(', ');
}

function yaml(value: unknown): string {
  return value === null
    ? 'not set'
    : Array.isArray(value)
      ? `[${value.map(yaml).join(', ')}]`
      : String(value as string);
}

function describeOverruled({ value, by, finding }: Overruled): string {
  const decided = by === undefined ? '' : `${describeFields(by)} sets ${shown(value ?? null)}`;
  const message = finding?.message.replace(/^"[^"]*" has no effect: |^has no effect: /, '');
  return [message ?? decided, ...(finding === undefined ? [] : [`[${finding.code}]`])].join(' ');
}

function describeFields({ fields }: Origin): string {
  return listFields(decidingFields(fields));
}

function tableLines(rows: readonly Row[], paint: Paint): readonly string[] {
  const first = Math.min(30, Math.max(...rows.map(({ field }) => field.length)));
  const second = Math.min(28, Math.max(...rows.map(({ value }) => value.length)));
  const rest = width - first - second - 6;
  return rows.flatMap(({ field, value, origin, overruled }) => {
    const [start, ...more] = wrapList(oneLine(origin), rest);
    return [
      `  ${cell(field, first)}  ${cell(value, second)}  ${paint('dim', start ?? '')}`.trimEnd(),
      ...more.map((line) => `  ${' '.repeat(first + second + 2)}  ${paint('dim', line)}`),
      ...(overruled === ''
        ? []
        : [`  ${' '.repeat(first)}  ${paint('yellow', `overruled: ${cut(oneLine(overruled), width - first - 15)}`)}`]),
    ];
  });
}

/** Breaks a list of fields after commas; a longer field is cut. */
function wrapList(text: string, length: number): readonly string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < length) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(cut(part, length));
  }
  return lines;
}

function cell(text: string, length: number): string {
  return cut(oneLine(text), length).padEnd(length);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

/** Returns the same as tables in Markdown, for comments on pull requests. */
export function explanationMarkdown(one: ExplainedSubject, { all }: { readonly all?: boolean | undefined }): string {
  const { subject, explanation, title, result } = one;
  const head = `## ${oneLine(subject.name)}\n\n${title}, ${result.outcome}\n`;
  if (explanation === undefined) return head;
  const text = (value: string): string => oneLine(value).replaceAll('|', '\\|').replaceAll('<', '\\<');
  const parts = sections(one, explanation, all === true).map(({ title: name, rows }) => {
    const lines = rows.map(
      ({ field, value, origin, overruled }) =>
        `| \`${text(field)}\` | ${text(value)} | ${text(origin)} | ${text(overruled)} |\n`,
    );
    return `\n### ${name}\n\n| Field | Value | Origin | Overruled by |\n| --- | --- | --- | --- |\n${lines.join('')}`;
  });
  return `${head}${parts.join('')}`;
}
