import type { ChangeEffects } from '../changes/effects.ts';
import { describe } from '../network/diagnostics.ts';
import type { Impact } from '../network/effects.ts';
import { withAddresses } from '../network/pages.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { effectSections } from './diff-effects.ts';
import { oneLine, printable } from './terminal.ts';

/** A change of one subject, for the formats of pull requests. */
export interface ReportedChange {
  readonly name: string;
  readonly effects: ChangeEffects;
  /** The reasons of a refusal, with their positions. */
  readonly findings: readonly LocatedFinding[];
  /** The configuration in the file after the change. */
  readonly place: Pick<LocatedFinding, 'file' | 'line'>;
}

/** Returns a comment for a pull request in Markdown. */
export function toMarkdown(change: ReportedChange): string {
  const { name, effects, findings } = change;
  const reasons = findings.map((one) => `- \`${one.code}\`: ${escaped(describe(one))}. ${escaped(one.remedy)}\n`);
  const sections = effectSections(effects).map(({ label, texts }) => {
    const [single] = texts;
    return texts.length === 1 && single !== undefined
      ? `- **${label}**: ${escaped(single)}\n`
      : `- **${label}**\n${texts.map((text) => `  - ${escaped(text)}\n`).join('')}`;
  });
  const title = `${icons[effects.impact]} ${escaped(name)}: ${escaped(effects.summary.text)}`;
  return `### ${title}\n\n${[...reasons, ...sections].join('')}\n`;
}

const icons: Readonly<Record<Impact, string>> = {
  none: '✅',
  'no-restart': '✅',
  restart: '🔁',
  interruption: '⚠️',
  addresses: '⚠️',
  refused: '⛔',
};

/** Escapes characters with a meaning in Markdown outside of code. A `#` has one at the start only, and an escaped one breaks an address. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>|]|^#/g, (character) => `\\${character}`);
}

/** Returns annotations for GitHub Actions: workflow commands, one per line. */
export function toAnnotations({ name, effects, findings, place }: ReportedChange): string {
  if (effects.impact === 'refused')
    return findings.map((one) => annotation('error', one, `${describe(one)}. ${one.remedy}`)).join('');
  const level = ['interruption', 'addresses'].includes(effects.impact) ? 'warning' : 'notice';
  const sections = effectSections(effects).flatMap(({ label, texts }) => texts.map((text) => `${label}: ${text}`));
  const at = { ...place, code: effects.summary.code };
  return annotation(level, at, [`${name}: ${effects.summary.text}`, ...sections].join('\n'));
}

function annotation(
  level: 'error' | 'warning' | 'notice',
  { file, line, code }: { readonly file: string; readonly line: number; readonly code: string },
  text: string,
): string {
  const properties = Object.entries({ file, line: String(line), title: code })
    .map(([key, value]) => `${key}=${escapedCommand(value).replaceAll(':', '%3A').replaceAll(',', '%2C')}`)
    .join(',');
  return `::${level} ${properties}::${escapedCommand(withAddresses(text))}\n`;
}

/** As the toolkit of GitHub Actions escapes the data of a workflow command. */
function escapedCommand(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
