import { type PlanOptions, planInput, type Terminal } from './context.ts';
import { findingsOf, hasErrors, reportFindings } from './report.ts';

export interface ValidateOptions extends PlanOptions {
  readonly output: 'text' | 'json';
}

/**
 * `netext validate`: every error and warning of every Network at once, with positions in the files. Exit code 0 when nothing would be
 * refused, warnings or not; 1 otherwise.
 */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<number> {
  const { planned, files } = await planInput(options, terminal);
  if (options.output === 'json') {
    const findings = findingsOf({ planned, files });
    terminal.out(`${JSON.stringify({ valid: !hasErrors(findings), findings }, undefined, 2)}\n`);
    return hasErrors(findings) ? 1 : 0;
  }
  const bad = reportFindings({ planned, files, terminal, always: true });
  return bad ? 1 : 0;
}
