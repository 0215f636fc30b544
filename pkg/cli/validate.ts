import { admissionOf } from './admission-verdict.ts';
import { readInput } from './input.ts';
import type { ValidateOptions } from './options.ts';
import { count, findingsOf, reportSubject } from './report.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';

/**
 * `netext validate`: every error and warning of every Network and Shoot at once, with positions in the files. A Network is judged as the
 * controller does, a Shoot as the admission does. Gives the exit code: `fine` when nothing would be refused, warnings or not.
 */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<number> {
  const input = await readInput(options, terminal);
  const admit = admissionOf(input);
  const planned = input.subjects.map((subject) => admit(subject) ?? { subject, result: input.plan(subject) });
  const bad = planned.filter(({ result }) => result.outcome !== 'planned').length;
  if (options.output === 'json') {
    const findings = planned.flatMap(findingsOf);
    const completed = planned.flatMap(({ subject }) =>
      subject.completed.map((one) => ({ object: subject.name, ...one })),
    );
    const report = { valid: bad === 0, findings, ...(completed.length === 0 ? {} : { completed }) };
    terminal.out.write(`${printable(JSON.stringify(report, undefined, 2))}\n`);
  } else {
    for (const one of planned) reportSubject(one, terminal.out);
    if (planned.length > 1)
      terminal.out.write(`${planned.length - bad} of ${count(planned.length, 'Network')} valid\n`);
  }
  return bad > 0 ? exitCodes.findings : exitCodes.fine;
}
