import path from 'node:path';
import type { DiagnosticRule, DiagnosticRules } from '../../pkg/network/diagnostics.ts';
import type { EffectRule, EffectRules } from '../../pkg/network/effects.ts';
import { code } from '../../pkg/network/option-reference.ts';
import { pageHead, table } from './markdown.ts';

export interface RuleGroup {
  readonly title: string;
  readonly about: string;
  readonly rules: DiagnosticRules;
}

/** Returns the page that explains each code: a table of all findings, then a section for each, then the effects of changes in the same way. */
export function diagnosticsPage(groups: readonly RuleGroup[], effects: EffectRules): string {
  const all = groups.flatMap(({ rules }) => Object.entries(rules));
  const overview = table(
    ['Code', 'Severity', 'Finding'],
    all.map(([name, { severity, title }]) => [`[${code(name)}](#${name})`, severity, title]),
  );
  return `${pageHead('Diagnostics', 'the registries of rules, pkg/network/diagnostics.ts and pkg/*/api/diagnostics.ts')}
Findings of the controller, the admission and \`netext\` about a configuration. The meaning of a code never changes. A configuration with an
**error** is rejected: nothing is rendered, and the running network is not changed. A configuration with a **warning** is applied, but a part
of it does not have the effect that it suggests.

${overview}${groups.map(groupSection).join('')}${effectsSection(effects)}`;
}

function effectsSection(effects: EffectRules): string {
  const overview = table(
    ['Code', 'Impact', 'Effect'],
    Object.entries(effects).map(([name, { impact, title }]) => [`[${code(name)}](#${name})`, code(impact), title]),
  );
  return `
## Effects of changes

Statements of \`netext diff\` about a change of a running shoot. The impacts are, from the least to the most severe: \`none\`, \`no-restart\`
(no pod is replaced), \`restart\` (pods of the CNI are replaced, connections stay), \`interruption\` (packets are lost), \`addresses\` (pods get
other addresses, or nodes are replaced) and \`refused\`. [Changes](changes.md) lists the effects of each option.

${overview}${Object.entries(effects).map(effectSection).join('')}`;
}

function effectSection([name, rule]: [string, EffectRule]): string {
  const { impact, title, reason, before, after, order, back, page } = rule;
  const steps = Object.entries({
    'Before the change': before,
    'After the change': after,
    'Safe order': order,
    'Way back': back,
  });
  const lines = steps.flatMap(([label, text]) => (text === undefined ? [] : [`\n*${label}:* ${text}\n`]));
  const link = `[${page}](${path.posix.relative('docs/reference', page)})`;
  return `\n### ${name}\n\n**${impact}: ${title}.** ${reason} See ${link}.\n${lines.join('')}`;
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
