import type { DiagnosticRules } from '../../pkg/network/diagnostics.ts';
import { code } from '../../pkg/network/option-reference.ts';
import type { Verdict, Verdicts } from '../../pkg/network/verdicts.ts';
import { pageHead, table } from './markdown.ts';

export interface VerdictGroup {
  readonly cni: string;
  readonly verdicts: Verdicts;
  /** The rules of the CNI, some of which implement a verdict. */
  readonly rules: DiagnosticRules;
}

const decisions: Readonly<Record<Verdict['decision'], string>> = {
  fix: 'the behaviour is corrected, and a test proves it',
  warn: 'the objects are the same, and a [diagnostic](diagnostics.md) warns about the behaviour',
  keep: 'the behaviour is the same without a warning, since running shoots depend on it or it does no harm',
};

/** Returns the page with the decisions about odd behaviour of the Go extensions. */
export function verdictsPage(groups: readonly VerdictGroup[]): string {
  const legend = Object.entries(decisions).map(([decision, text]) => `- **${decision}**: ${text}\n`);
  return `${pageHead('Verdicts', 'the registries of verdicts, pkg/*/verdicts.ts')}
Wrong (B) and odd (O) behaviour of the Go extensions, and the decision of this project about it:

${legend.join('')}${groups.map(groupSection).join('')}`;
}

function groupSection({ cni, verdicts, rules }: VerdictGroup): string {
  const rows = Object.entries(verdicts).map(([id, { decision, what }]) => {
    const codes = Object.keys(rules).filter((name) => rules[name]?.verdict === `${cni} ${id}`);
    const links = codes.map((name) => `[${code(name)}](diagnostics.md#${name})`);
    return [`<a id="${cni}-${id.toLowerCase()}"></a>${id}`, decision, [what, ...links].join(' ')];
  });
  return `\n## ${cni}\n\n${table(['', 'Decision', 'Behaviour'], rows)}`;
}
