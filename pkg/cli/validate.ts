import { createAdmission } from './admission.ts';
import { capacityOf, capacityToJson, describeCapacity } from './capacity.ts';
import { withoutPlan } from './completeness.ts';
import { type AssessedSubject, isAccepted, limitFindings, sortedFindings } from './findings.ts';
import { readInput } from './input.ts';
import type { ValidateOptions } from './options.ts';
import { reportProblems } from './problems.ts';
import { checkedKinds, reportSubject, type Summary, summarize } from './report.ts';
import { exitCodes, oneLine, printable, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/**
 * `netext validate`: reports all errors and warnings of all Networks and Shoots, with their positions in the files. Networks are validated as
 * by the controller, Shoots as by the admission. Returns the exit code: `success` if nothing would be rejected, regardless of warnings and of
 * values that are set later.
 */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<number> {
  const { subjects, problems, skipped, plan, ...input } = await readInput(options, terminal);
  const admit = createAdmission({ subjects, ...input });
  const assessed = subjects.map((subject, index): AssessedSubject => {
    input.progress.checked(index, subjects.length);
    const admitted = admit(subject);
    if (admitted !== undefined) return { ...admitted, capacity: capacityOf(undefined, subject.cluster) };
    const result = plan(subject);
    return { subject, result: withoutPlan(result), capacity: capacityOf(result, subject.cluster) };
  });
  input.progress.clear();
  const summary = { assessed, problems, skipped };
  if (options.output === 'json') terminal.out.write(`${printable(JSON.stringify(toJson(summary), undefined, 2))}\n`);
  else reportText({ summary, quiet: options.quiet === true, terminal });
  return isValid(summary) ? exitCodes.success : exitCodes.findings;
}

function isValid({ assessed, problems }: Summary): boolean {
  return problems.length === 0 && assessed.every(isAccepted);
}

function reportText({
  summary,
  quiet,
  terminal,
}: {
  readonly summary: Summary;
  readonly quiet: boolean;
  readonly terminal: Terminal;
}): void {
  const { assessed, problems } = summary;
  const shown = assessed.filter((one) => !quiet || !isAccepted(one));
  for (const one of withoutRepeatedAssumptions(shown)) reportSubject(one, terminal.out);
  const [single, ...others] = assessed;
  // One line per Shoot would hide the findings in the output for a fleet.
  const isShown = !quiet && others.length === 0 && single !== undefined && isAccepted(single);
  const capacity = isShown ? single.capacity?.() : undefined;
  if (capacity !== undefined) terminal.out.write(`  ${oneLine(describeCapacity(capacity))}\n`);
  reportProblems(problems, terminal.out);
  if (!quiet) terminal.out.write(summarize(summary));
}

/** Returns the subjects with each assumption at the first of them only. */
function withoutRepeatedAssumptions(assessed: readonly AssessedSubject[]): readonly AssessedSubject[] {
  const said = new Set<string>();
  return assessed.map((one) => {
    const assumed = one.subject.assumed.filter(({ path, value }) => {
      const key = `${path} ${String(value)}`;
      return !said.has(key) && said.add(key);
    });
    return { ...one, subject: { ...one.subject, assumed } };
  });
}

function toJson(summary: Summary): object {
  const { assessed, problems, skipped } = summary;
  const limited = assessed.map((one) => limitFindings(sortedFindings(one)));
  const more = limited.reduce((sum, one) => sum + one.more, 0);
  const completed = assessed.flatMap(({ subject }) =>
    subject.completed.map((one) => ({ object: subject.name, ...one })),
  );
  const assumed = assessed.flatMap(({ subject }) => subject.assumed.map((one) => ({ object: subject.name, ...one })));
  return {
    valid: isValid(summary),
    findings: [...limited.flatMap(({ shown }) => shown), ...unreadableFindings(problems)],
    ...(more === 0 ? {} : { more }),
    ...section('completed', completed),
    ...section('assumed', assumed),
    ...section('incomplete', assessed.flatMap(missingOf)),
    ...section('capacity', assessed.flatMap(capacityEntry)),
    checked: Object.fromEntries(checkedKinds(assessed)),
    ...(skipped === 0 ? {} : { skipped }),
  };
}

function section(name: string, entries: readonly object[]): object {
  return entries.length === 0 ? {} : { [name]: entries };
}

function missingOf({ subject, result }: AssessedSubject): readonly object[] {
  if (result.outcome !== 'incomplete') return [];
  return result.missing.map((one) => ({ object: subject.name, ...one }));
}

function capacityEntry({ subject, ...one }: AssessedSubject): readonly object[] {
  const capacity = one.capacity?.();
  return capacity === undefined ? [] : [{ object: subject.name, ...capacityToJson(capacity) }];
}
