/** Prints the values in effect for people. */
import { isRecord, recordOf } from '../gardener/objects.ts';
import type { Capacity } from '../network/capacity.ts';
import { configPath } from '../network/decode-network.ts';
import type { ExplainedOption, ExplainedValue, Explanation, Overruled } from '../network/explain.ts';
import { decidingFields, type OriginField } from '../network/origin.ts';
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
  const { result, explanation } = one;
  const paint = painter(screen);
  if (explanation === undefined || result.outcome === 'refused') reportSubject(one, screen);
  else screen.write(heading(one, paint));
  if (explanation === undefined) return;
  for (const { title, rows } of sections(one, explanation, all)) {
    screen.write(`\n${paint('bold', title)}\n`);
    for (const line of tableLines(rows, paint)) screen.write(`${line}\n`);
  }
  const ranges = rangesOf(one);
  if (ranges.length > 0) screen.write(`\n${paint('bold', 'Ranges')}\n${ranges.map((line) => `  ${line}\n`).join('')}`);
}

function rangesOf({ room, subject }: ExplainedSubject): readonly string[] {
  return rangeLines(room, recordOf(recordOf(recordOf(subject.cluster)['spec'])['shoot']));
}

function heading({ subject, result, title }: ExplainedSubject, paint: Paint): string {
  const findings = sortedFindings({ subject, result }).length;
  const more = findings === 0 ? '' : `, ${count(findings, 'finding')}: see netext validate`;
  const notes = notesOf({ subject, result });
  return [`${paint('bold', subject.name)}: ${title}${more}`, ...notes.map((note) => `  ${oneLine(note)}`), ''].join(
    '\n',
  );
}

/** What the input lacks, and what the admission adds to it. */
function notesOf({ subject, result }: Pick<ExplainedSubject, 'subject' | 'result'>): readonly string[] {
  const missing = result.outcome === 'incomplete' ? result.missing.map(describeMissing) : [];
  return [...missing, ...subject.completed.map(describeCompletion)];
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
    overruled: 'overruled' in one && one.overruled !== undefined ? describeOverruled(one.field, one.overruled) : '',
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
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${shown(inner)}`)
      .join(', ');
  return JSON.stringify(value);
}

function describeOrigin({ field, origin }: ExplainedValue, subject: Subject): string {
  const fields = decidingFields(origin.fields);
  const [first] = fields;
  switch (origin.kind) {
    case 'user':
      return first?.path === field ? `you, line ${optionPosition(field, subject).line}` : listFields(fields);
    case 'default':
      return 'default';
    case 'operator':
      return 'operator, in the ControllerConfiguration';
    case 'node range':
      return `node range, ${listPaths(fields)}`;
    case 'feature gate':
      return `feature gate ${listFields(fields)}`;
    case 'running shoot':
      return listPaths(fields);
    case 'rule':
      return `rule of the Go extension, kept (${origin.rule})`;
    case 'Shoot':
    case 'computed':
      return listFields(fields);
  }
}

function listPaths(fields: readonly OriginField[]): string {
  return fields.map(({ path }) => path).join(', ');
}

/** Returns the place of an option in the input. */
export function optionPosition(
  path: string,
  subject: Subject,
): { readonly file: string; readonly line: number; readonly column: number } {
  const about = { code: '', severity: 'warning', object: 'Network ', message: '', remedy: '' } as const;
  const { file, line, column } = subject.locate({ ...about, path: `${configPath}.${path}` });
  return { file, line, column };
}

/** Values that are groups are left out. */
function listFields(fields: readonly OriginField[]): string {
  return fields.map(({ path, value }) => (isRecord(value) ? path : `${path}: ${yaml(value)}`)).join(', ');
}

function yaml(value: unknown): string {
  if (value === null) return 'not set';
  return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : shown(value);
}

function describeOverruled(own: string, { value, by, finding }: Overruled): string {
  const fields = decidingFields(by?.fields ?? []).filter(({ path }) => path !== own);
  const decided = by === undefined ? '' : `${listFields(fields)} sets it to ${shown(value ?? null)}`;
  const message = finding?.message.replace(/^"[^"]*" has no effect: |^has no effect: /, '');
  return [message ?? decided, ...(finding === undefined ? [] : [`[${finding.code}]`])].join(' ');
}

/** The widest columns of fields and values; a longer field has a line of its own. */
const widest = { field: 30, value: 24 };

function tableLines(rows: readonly Row[], paint: Paint): readonly string[] {
  const fields = rows.map(({ field }) => field.length).filter((length) => length <= widest.field);
  const first = Math.max(...fields, 0);
  const second = Math.min(widest.value, Math.max(...rows.map(({ value }) => value.length)));
  const rest = width - first - second - 6;
  return rows.flatMap(({ field, value, origin, overruled }) => {
    const isLong = field.length > first;
    const [values, origins] = [wrap(oneLine(value), second), wrap(oneLine(origin), rest)];
    const lines = Array.from({ length: Math.max(values.length, origins.length) }, (_, index) => {
      const name = index === 0 && !isLong ? field : '';
      const text = `  ${name.padEnd(first)}  ${(values[index] ?? '').padEnd(second)}  `;
      return `${text}${paint('dim', origins[index] ?? '')}`.trimEnd();
    });
    const notes = overruled === '' ? [] : wrap(`overruled: ${oneLine(overruled)}`, width - 8);
    return [...(isLong ? [`  ${field}`] : []), ...lines, ...notes.map((note) => `      ${paint('yellow', note)}`)];
  });
}

/** Breaks a text between words, and a longer word anywhere, at a dot if possible. */
function wrap(text: string, length: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<!:) /).flatMap((one) => pieces(one, length))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, length: number): readonly string[] {
  if (word.length <= length) return [word];
  const dot = word.lastIndexOf('.', length - 1) + 1;
  const end = dot > 0 ? dot : length;
  return [word.slice(0, end), ...pieces(word.slice(end), length)];
}

/** Returns the same as tables in Markdown, for comments on pull requests. */
export function explanationMarkdown(one: ExplainedSubject, { all }: { readonly all?: boolean | undefined }): string {
  const { subject, explanation, title, result } = one;
  const notes = notesOf(one).map((note) => `- ${oneLine(note)}\n`);
  const head = `## ${oneLine(subject.name)}\n\n${title}, ${result.outcome}\n${notes.length === 0 ? '' : `\n${notes.join('')}`}`;
  if (explanation === undefined) return head;
  const text = (value: string): string => oneLine(value).replaceAll('|', '\\|').replaceAll('<', '\\<');
  const parts = sections(one, explanation, all === true).map(({ title: name, rows }) => {
    const lines = rows.map(
      ({ field, value, origin, overruled }) =>
        `| \`${text(field)}\` | ${text(value)} | ${text(origin)} | ${text(overruled)} |\n`,
    );
    return `\n### ${name}\n\n| Field | Value | Origin | Overruled by |\n| --- | --- | --- | --- |\n${lines.join('')}`;
  });
  const ranges = rangesOf(one);
  const picture = ranges.length === 0 ? '' : `\n### Ranges\n\n\`\`\`text\n${ranges.join('\n')}\n\`\`\`\n`;
  return `${head}${parts.join('')}${picture}`;
}
