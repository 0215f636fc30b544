import type { ExplainedOption } from '../network/explain.ts';
import { pluginFor } from '../network/plan.ts';
import { plugins } from '../plugins/index.ts';
import { InputError } from '../yaml/input.ts';
import { createAdmission } from './admission.ts';
import { capacityOf, capacityToJson } from './capacity.ts';
import { type Assessment, withoutPlan } from './completeness.ts';
import { type ExplainedSubject, explanationMarkdown, optionPosition, reportExplanation } from './explain-report.ts';
import { displayName, readBytes } from './files.ts';
import { isAccepted, sortedFindings } from './findings.ts';
import { type Input, readInput } from './input.ts';
import type { ExplainOptions, OperatorSettings } from './options.ts';
import { reportProblems } from './problems.ts';
import type { Subject } from './subjects.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/**
 * `netext explain`: prints the values in effect for each Network of the input with their origins, or the meaning of options and codes that are
 * named in place of files. Returns the exit code: `success` also for Shoots with values that are set later; `findings` if one of the Networks is
 * rejected, whose values are those without the invalid parts.
 */
export async function explain(
  options: ExplainOptions,
  terminal: Terminal,
  readSettings: ReadOperatorSettings,
): Promise<number> {
  if (options.names.length > 0) {
    if (options.file.length > 0)
      throw new InputError([{ message: 'specify files, or names of options and codes, but not both' }]);
    const { explainNames } = await import('./explain-names.ts');
    return explainNames(options, terminal);
  }
  const operator = await readSettings(await readFiles(options.configFile ?? [], terminal));
  const { subjects, problems, ...input } = await readInput({ ...options, operator }, terminal);
  const admit = createAdmission({ subjects, ...input });
  const explained = subjects.map((subject, index) => {
    input.progress.checked(index, subjects.length);
    return explainSubject(subject, { ...input, admit });
  });
  input.progress.clear();
  const { out } = terminal;
  if (options.output === 'json') {
    const findings = unreadableFindings(problems);
    const report = { networks: explained.map(toJson), ...(findings.length === 0 ? {} : { findings }) };
    out.write(`${printable(JSON.stringify(report, undefined, 2))}\n`);
  } else if (options.output === 'markdown') {
    out.write(printable(explained.map((one) => explanationMarkdown(one, options)).join('\n')));
    reportProblems(problems, terminal.err);
  } else {
    for (const [index, one] of explained.entries()) {
      if (index > 0) out.write('\n');
      reportExplanation(one, { all: options.all === true, screen: out });
    }
    reportProblems(problems, out);
  }
  const isFine = problems.length === 0 && explained.every(isAccepted);
  return isFine ? exitCodes.success : exitCodes.findings;
}

/** Decodes ControllerConfigurations of operators; throws InputError for invalid ones. */
export type ReadOperatorSettings = (
  files: readonly { readonly file: string; readonly bytes: Uint8Array }[],
) => Promise<readonly OperatorSettings[]>;

async function readFiles(names: readonly string[], terminal: Terminal): Promise<Parameters<ReadOperatorSettings>[0]> {
  return Promise.all(names.map(async (name) => ({ file: displayName(name), bytes: await readBytes(name, terminal) })));
}

type Functions = Pick<Input, 'plan' | 'explain'> & { readonly admit: Admit };

function explainSubject(given: Subject, functions: Functions): ExplainedSubject {
  const { subject, result, room } = assess(given, functions);
  const explanation = result.outcome === 'workerless' ? undefined : functions.explain(subject);
  return {
    subject,
    result,
    title: pluginFor(plugins, subject.network.spec.type)?.title ?? 'a network type of another extension',
    explanation,
    room: explanation === undefined ? undefined : room(),
  };
}

interface Assessed extends Pick<ExplainedSubject, 'subject' | 'result'> {
  readonly room: ReturnType<typeof capacityOf>;
}

/** As by `netext validate`: a Shoot needs no plan, which takes most of the time. */
function assess(subject: Subject, { admit, plan }: Functions): Assessed {
  const admitted = admit(subject);
  if (admitted !== undefined) return { ...admitted, room: capacityOf(undefined, admitted.subject) };
  const result = plan(subject);
  return { subject, result: withoutPlan(result), room: capacityOf(result, subject) };
}

type Admit = ReturnType<typeof createAdmission>;

function toJson(one: ExplainedSubject): object {
  const { subject, result, explanation, room } = one;
  return {
    object: subject.name,
    type: subject.network.spec.type,
    outcome: result.outcome,
    ...(explanation && {
      options: explanation.options.map((row) => withPosition(row, subject)),
      values: explanation.values,
    }),
    ...missingOf(result),
    ...(subject.completed.length === 0 ? {} : { completed: subject.completed }),
    ...(subject.assumed.length === 0 ? {} : { assumed: subject.assumed }),
    ...(room === undefined ? {} : { capacity: capacityToJson(room) }),
    findings: sortedFindings(one),
  };
}

/** Adds the place in the input to an option that the user set. */
function withPosition(row: ExplainedOption, subject: Subject): object {
  const isOwn = row.origin.kind === 'user' && row.origin.fields.some(({ path }) => path === row.field);
  return row.set && isOwn ? { ...row, ...optionPosition(row.field, subject) } : row;
}

function missingOf(result: Assessment): object {
  return result.outcome === 'incomplete' ? { missing: result.missing } : {};
}
