import path from 'node:path';
import type { DiagnosticRule, DiagnosticRules } from '../../pkg/network/diagnostics.ts';
import { code } from '../../pkg/network/option-reference.ts';
import { pageHead, table } from './markdown.ts';

export interface RuleGroup {
  readonly title: string;
  readonly about: string;
  readonly rules: DiagnosticRules;
}

/** Returns the page that explains each code: a table of all codes, then a section for each. */
export function diagnosticsPage(groups: readonly RuleGroup[]): string {
  const all = groups.flatMap(({ rules }) => Object.entries(rules));
  const overview = table(
    ['Code', 'Severity', 'Finding'],
    all.map(([name, { severity, title }]) => [`[${code(name)}](#${name})`, severity, title]),
  );
  return `${pageHead('Diagnostics', 'the registries of rules, pkg/network/diagnostics.ts and pkg/*/api/diagnostics.ts')}
Findings of the controller, the admission and \`netext\` about a configuration. The meaning of a code never changes. A configuration with an
**error** is rejected: nothing is rendered, and the running network is not changed. A configuration with a **warning** is applied, but a part
of it does not have the effect that it suggests.

${overview}${groups.map(groupSection).join('')}`;
}

function groupSection({ title, about, rules }: RuleGroup): string {
  return `\n## ${title}\n\n${about}\n${Object.entries(rules).map(ruleSection).join('')}`;
}

function ruleSection([name, rule]: [string, DiagnosticRule]): string {
  const { severity, title, reason, remedy, page, verdict } = rule;
  const reference =
    verdict === undefined ? '' : `\nVerdict: [${verdict}](verdicts.md#${verdict.replace(' ', '-').toLowerCase()}).\n`;
  const more = page === undefined ? '' : ` See [${page}](${path.posix.relative('docs/reference', page)}).`;
  return `\n### ${name}\n\n**${severity === 'error' ? 'Error' : 'Warning'}: ${title}.** ${reason}\n\n*What to do:* ${remedy}${more}\n${reference}`;
}
