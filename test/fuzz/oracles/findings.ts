import type { Diagnostic, DiagnosticRules } from '../../../pkg/network/diagnostics.ts';
import { must } from '../engine/target.ts';

/** What terminals obey, readers take for line breaks, or no UTF-8 can hold. */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- the characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Each text of a finding; paths are longer, since each of at most sixteen keys may be shown with eighty characters. */
const longest = { object: 1_000, path: 4_000, message: 4_000, remedy: 4_000 } as const;

/** Values of providerConfig are limited to 2,000; a value may have several findings. */
const mostFindings = 10_000;

/** Fails for findings with an unknown code, another severity than their rule has, or texts that are long or unsafe to print. */
export function assertFindings(findings: readonly Diagnostic[], rules: DiagnosticRules): void {
  must(findings.length <= mostFindings, 'too many findings', () => `${findings.length} findings`);
  for (const finding of findings) {
    const { code, severity } = finding;
    const rule = Object.hasOwn(rules, code) ? rules[code] : undefined;
    must(rule !== undefined, 'finding with an unregistered code', () => JSON.stringify(finding));
    must(
      severity === rule.severity ||
        (severity === 'warning' && finding.message.startsWith('already stored, not rejected: ')),
      'finding with another severity than its rule',
      () => JSON.stringify(finding),
    );
    for (const [name, most] of Object.entries(longest)) assertText(name, finding[name as keyof typeof longest], most);
  }
}

/** Fails for a text that is too long or holds characters that are unsafe in a line. */
export function assertText(name: string, text: string, most: number): void {
  must(text.length <= most, `long text: ${name}`, () => `${text.length} characters: ${text.slice(0, 200)}`);
  must(!unsafe.test(text), `unsafe character: ${name}`, () => JSON.stringify(text));
}
