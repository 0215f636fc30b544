import { createAdmission } from './admission.ts';
import { readInput } from './input.ts';
import type { ValidateOptions } from './options.ts';
import { count, reportSubject, sortedFindings } from './report.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';

/**
 * `netext validate`: reports all errors and warnings of all Networks and Shoots, with their positions in the files. Networks are validated as
 * by the controller, Shoots as by the admission. Returns the exit code: `success` if nothing would be rejected, regardless of warnings.
 */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<number> {
  const input = await readInput(options, terminal);
  const admit = createAdmission(input);
  const assessed = input.subjects.map((subject) => admit(subject) ?? { subject, result: input.plan(subject) });
  const invalid = assessed.filter(({ result }) => result.outcome !== 'planned').length;
  if (options.output === 'json') {
    const findings = assessed.flatMap(sortedFindings);
    const completed = assessed.flatMap(({ subject }) =>
      subject.completed.map((one) => ({ object: subject.name, ...one })),
    );
    const report = { valid: invalid === 0, findings, ...(completed.length === 0 ? {} : { completed }) };
    terminal.out.write(`${printable(JSON.stringify(report, undefined, 2))}\n`);
  } else {
    for (const one of assessed) reportSubject(one, terminal.out);
    if (assessed.length > 1)
      terminal.out.write(`${assessed.length - invalid} of ${count(assessed.length, 'Network')} valid\n`);
  }
  return invalid > 0 ? exitCodes.findings : exitCodes.success;
}
