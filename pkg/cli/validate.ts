import type { ChangeEffects } from '../changes/effects.ts';
import { describeShootChange } from '../changes/shoots.ts';
import { describeObject } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { createAdmission } from './admission.ts';
import { capacityOf, capacityToJson, describeCapacity } from './capacity.ts';
import { withoutPlan } from './completeness.ts';
import { type AssessedSubject, isAccepted, limitFindings, sortedFindings } from './findings.ts';
import { type Input, readInput } from './input.ts';
import type { ValidateOptions } from './options.ts';
import { reportProblems } from './problems.ts';
import { checkedKinds, reportSubject, type Summary, summarize } from './report.ts';
import { exitCodes, oneLine, printable, type Terminal } from './terminal.ts';
import { unreadableFindings, withJsonProblems } from './unreadable.ts';

/**
 * `netext validate`: reports all errors and warnings of all Networks and Shoots, with their positions in the files. Networks are validated as
 * by the controller, Shoots as by the admission. Returns the exit code: `success` if nothing would be rejected, regardless of warnings and of
 * values that are set later.
 */
export async function validate(options: ValidateOptions, terminal: Terminal): Promise<number> {
  if (options.output !== 'json') return validateInput(options, terminal);
  const toJson = (findings: readonly LocatedFinding[]): object => ({ valid: false, findings, checked: {} });
  return withJsonProblems(() => validateInput(options, terminal), { toJson, terminal });
}

async function validateInput(options: ValidateOptions, terminal: Terminal): Promise<number> {
  const { subjects, problems, skipped, plan, ...input } = await readInput(options, terminal);
  const admit = createAdmission({ subjects, ...input });
  const assessed = subjects.map((subject, index): AssessedSubject => {
    input.progress.checked(index, subjects.length);
    const admitted = admit(subject);
    if (admitted !== undefined) return { ...admitted, capacity: capacityOf(undefined, admitted.subject) };
    const result = plan(subject);
    return { subject, result: withoutPlan(result), capacity: capacityOf(result, subject) };
  });
  input.progress.clear();
  const summary = { assessed, problems, skipped };
  const changes = describeChanges(assessed, input);
  if (options.output === 'json')
    terminal.out.write(`${printable(JSON.stringify(toJson(summary, changes), undefined, 2))}\n`);
  else reportText({ summary, changes, quiet: options.quiet === true, terminal });
  return isValid(summary) ? exitCodes.success : exitCodes.findings;
}

/** The effects of changes, by the name of the Shoot. */
type Changes = ReadonlyMap<string, ChangeEffects>;

/** Describes the changes of accepted Shoots in `--old`; those that change nothing are left out. */
function describeChanges(
  assessed: readonly AssessedSubject[],
  input: Pick<Input, 'old' | 'tools' | 'featureGates'>,
): Changes {
  const { old, tools, featureGates } = input;
  const stored = new Map(old.map(({ object }) => [describeObject(object), object]));
  const found = assessed.flatMap((one): readonly (readonly [string, ChangeEffects])[] => {
    const { shoot } = one.subject;
    const before = shoot === undefined ? undefined : stored.get(describeObject(shoot));
    if (shoot === undefined || before === undefined || !isAccepted(one)) return [];
    const result = describeShootChange({ plugins, tools, old: before, new: shoot, featureGates });
    return result.outcome === 'described' && !['none', 'refused'].includes(result.effects.impact)
      ? [[one.subject.name, result.effects]]
      : [];
  });
  return new Map(found);
}

function isValid({ assessed, problems }: Summary): boolean {
  return problems.length === 0 && assessed.every(isAccepted);
}

function reportText({
  summary,
  changes,
  quiet,
  terminal,
}: {
  readonly summary: Summary;
  readonly changes: Changes;
  readonly quiet: boolean;
  readonly terminal: Terminal;
}): void {
  const { assessed, problems } = summary;
  const shown = assessed.filter((one) => !quiet || !isAccepted(one));
  for (const one of withoutRepeatedAssumptions(shown)) {
    reportSubject(one, terminal.out);
    for (const line of shortForm(changes.get(one.subject.name))) terminal.out.write(`  ${oneLine(line)}\n`);
  }
  const [single, ...others] = assessed;
  // One line per Shoot would hide the findings in the output for a fleet.
  const isShown = !quiet && others.length === 0 && single !== undefined && isAccepted(single);
  const capacity = isShown ? single.capacity?.() : undefined;
  if (capacity !== undefined) terminal.out.write(`  ${oneLine(describeCapacity(capacity))}\n`);
  reportProblems(problems, terminal.out);
  if (!quiet) terminal.out.write(summarize(summary));
}

/** Returns the effect of a change, and what must be done by hand; `netext diff` tells the rest. */
function shortForm(effects: ChangeEffects | undefined): readonly string[] {
  if (effects === undefined) return [];
  const { summary, manual, order } = effects;
  return [
    `change: ${summary.text}`,
    ...manual.map(({ when, text }) => `${when} the change: ${text}`),
    ...order.map(({ text }) => `safe order: ${text}`),
  ];
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

function toJson(summary: Summary, changes: Changes): object {
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
    ...section(
      'changes',
      Array.from(changes, ([object, { impact, summary: text, manual, order }]) => ({
        object,
        impact,
        summary: text,
        manual,
        order,
      })),
    ),
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
