import type { DiagnosticRules } from '../../pkg/network/diagnostics.ts';
import type { Verdict, Verdicts } from '../../pkg/network/verdicts.ts';
import { code, pageHead, table } from './markdown.ts';

export interface VerdictGroup {
  readonly cni: string;
  readonly verdicts: Verdicts;
  /** Those that answer verdicts by a finding. */
  readonly rules: DiagnosticRules;
}

const decisions: Readonly<Record<Verdict['decision'], string>> = {
  fix: 'It is done right, with a test that shows it.',
  warn: 'The objects are the same, and a [diagnostic](diagnostics.md) tells about it.',
  keep: 'The same, silently: running shoots depend on it, or nobody is harmed.',
};

/** The page that says where this project differs from the Go extensions, and where it does not although it could. */
export function verdictsPage(groups: readonly VerdictGroup[]): string {
  const legend = Object.entries(decisions).map(([decision, text]) => `- **${decision}**: ${text}\n`);
  return `${pageHead('Verdicts', 'the registries of verdicts, pkg/*/verdicts.ts')}
What was found odd in the Go extensions (B: wrong, O: odd), and what this project does about it.

${legend.join('')}${groups.map(groupSection).join('')}`;
}

function groupSection({ cni, verdicts, rules }: VerdictGroup): string {
  const rows = Object.entries(verdicts).map(([id, { decision, what }]) => {
    const codes = Object.keys(rules).filter((name) => rules[name]?.verdict === `${cni} ${id}`);
    const links = codes.map((name) => `[${code(name)}](diagnostics.md#${name})`);
    return [`<a id="${cni}-${id.toLowerCase()}"></a>${id}`, decision, [what, ...links].join(' ')];
  });
  return `\n## ${cni}\n\n${table(['', 'Decision', 'What'], rows)}`;
}
