import path from 'node:path';
import type { DiagnosticRule, DiagnosticRules } from '../../pkg/network/diagnostics.ts';
import { code, pageHead, table } from './markdown.ts';

export interface RuleGroup {
  readonly title: string;
  readonly about: string;
  readonly rules: DiagnosticRules;
}

/** The page that explains each code: a table of all, then a section for each. */
export function diagnosticsPage(groups: readonly RuleGroup[]): string {
  const all = groups.flatMap(({ rules }) => Object.entries(rules));
  const overview = table(
    ['Code', 'Severity', 'Finding'],
    all.map(([name, { severity, title }]) => [`[${code(name)}](#${name})`, severity, title]),
  );
  return `${pageHead('Diagnostics', 'the registries of rules, pkg/network/diagnostics.ts and pkg/*/api/diagnostics.ts')}
What the controller and \`netext validate\` tell about a configuration. A code never changes its meaning. An **error** means that the
configuration is refused: nothing is rendered and what runs stays as it is. A **warning** is accepted, but something in it does not do
what it says.

${overview}${groups.map(groupSection).join('')}`;
}

function groupSection({ title, about, rules }: RuleGroup): string {
  return `\n## ${title}\n\n${about}\n${Object.entries(rules).map(ruleSection).join('')}`;
}

function ruleSection([name, rule]: [string, DiagnosticRule]): string {
  const { severity, title, reason, remedy, page, verdict } = rule;
  const answers =
    verdict === undefined ? '' : `\nAnswers [${verdict}](verdicts.md#${verdict.replace(' ', '-').toLowerCase()}).\n`;
  const more = page === undefined ? '' : ` See [${page}](${path.posix.relative('docs/reference', page)}).`;
  return `\n### ${name}\n\n**${severity === 'error' ? 'Error' : 'Warning'}: ${title}.** ${reason}\n\n*What to do:* ${remedy}${more}\n${answers}`;
}
