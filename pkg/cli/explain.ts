import { pluginFor } from '../network/plan.ts';
import { plugins } from '../plugins/index.ts';
import { InputError } from '../yaml/input.ts';
import { capacityOf, capacityToJson } from './capacity.ts';
import { type Assessment, withoutPlan } from './completeness.ts';
import { type ExplainedSubject, explanationMarkdown, reportExplanation } from './explain-report.ts';
import { isAccepted, sortedFindings } from './findings.ts';
import { type Input, readInput } from './input.ts';
import type { ExplainOptions } from './options.ts';
import { reportProblems } from './problems.ts';

import type { Subject } from './subjects.ts';
import { exitCodes, printable, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/**
 * `netext explain`: prints the values in effect for each Network of the input with their origins, or the meaning of options and codes that are
 * named in place of files. Returns the exit code: `success` also for Shoots with values that are set later; `findings` if one of the Networks is
 * rejected, whose values are those without the invalid parts.
 */
export async function explain(options: ExplainOptions, terminal: Terminal): Promise<number> {
  if (options.names.length > 0) {
    if (options.file.length > 0)
      throw new InputError([{ message: 'specify files, or names of options and codes, but not both' }]);
    const { explainNames } = await import('./explain-names.ts');
    return explainNames(options, terminal);
  }
  const { subjects, problems, ...input } = await readInput(options, terminal);
  const explained = subjects.map((subject, index) => {
    input.progress.checked(index, subjects.length);
    return explainSubject(subject, input);
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

function explainSubject(
  subject: Subject,
  { plan, explain: explainOne }: Pick<Input, 'plan' | 'explain'>,
): ExplainedSubject {
  const result = plan(subject);
  const explanation = result.outcome === 'workerless' ? undefined : explainOne(subject);
  return {
    subject,
    result: withoutPlan(result),
    title: pluginFor(plugins, subject.network.spec.type)?.title ?? subject.network.spec.type,
    explanation,
    room: explanation === undefined ? undefined : capacityOf(result, subject.cluster)(),
  };
}

function toJson(one: ExplainedSubject): object {
  const { subject, result, explanation, room } = one;
  return {
    object: subject.name,
    type: subject.network.spec.type,
    outcome: result.outcome,
    ...explanation,
    ...missingOf(result),
    ...(subject.completed.length === 0 ? {} : { completed: subject.completed }),
    ...(subject.assumed.length === 0 ? {} : { assumed: subject.assumed }),
    ...(room === undefined ? {} : { capacity: capacityToJson(room) }),
    findings: sortedFindings(one),
  };
}

function missingOf(result: Assessment): object {
  return result.outcome === 'incomplete' ? { missing: result.missing } : {};
}
