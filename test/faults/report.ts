import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { styleText } from 'node:util';
import type { Violation } from './invariants/trial.ts';
import type { Reference } from './plans/reference.ts';
import type { PlanResult } from './run/execute.ts';

const file = path.join(import.meta.dirname, '../../.cache/faults/last.json');

export interface Report {
  readonly start: (input: { readonly plans: number; readonly all: number }) => void;
  readonly result: (result: PlanResult) => void;
  /** Prints the table; returns whether something failed. */
  close(input: ResultInput): boolean;
}

export interface ResultInput {
  readonly results: readonly PlanResult[];
  readonly violations: readonly Violation[];
  readonly seconds: number;
}

export function createReport(stream: NodeJS.WriteStream): Report {
  const write = (text: string): void => void stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  const started = performance.now();
  let total = 0;
  let done = 0;
  let failed = 0;
  const progress = (): void => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    const text = `  ${done} of ${total} plans, ${failed} failed, ${seconds} s`;
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
    else if (done % 100 === 0) write(text);
  };
  return {
    start({ plans, all }) {
      total = plans;
      write(`${plans} of ${all} plans`);
    },
    result(result) {
      done += 1;
      if (result.outcome === 'failed') {
        failed += 1;
        write(`${styleText('red', '✗', { stream })} ${styleText('bold', result.plan.name, { stream })}`);
        for (const { invariant, text } of result.violations.slice(0, 6))
          write(`    ${invariant}: ${text.slice(0, 500)}`);
        write(styleText('dim', `    make test-faults PLAN='${result.plan.name}'`, { stream }));
      }
      progress();
    },
    close({ results, violations, seconds }) {
      write('');
      for (const { plan, violations: late } of results.filter((one) => one.late === true))
        write(`${styleText('red', '✗', { stream })} ${plan.name}\n    ${late[0]?.invariant}: ${late[0]?.text}`);
      for (const line of table(results)) write(line);
      for (const { invariant, text } of violations) write(`${styleText('red', '✗', { stream })} ${invariant}: ${text}`);
      const count = (outcome: PlanResult['outcome']): number => results.filter((one) => one.outcome === outcome).length;
      const beside = results.filter(({ outcome, beside }) => outcome !== 'failed' && beside !== undefined).length;
      write(
        `${count('survived')} survived, ${count('failed')} failed, ${count('unreached')} not reached, ${beside} survived only alone; ${seconds.toFixed(0)} s; ${path.relative(process.cwd(), file)}`,
      );
      return count('failed') > 0 || violations.length > 0 || count('unreached') > results.length / 10;
    },
  };
}

/** One line per fault: survived of run, the slowest, and how many never happened. */
export function table(results: readonly PlanResult[]): readonly string[] {
  const byFault = [...Map.groupBy(results, ({ plan }) => plan.fault)].sort(([one], [other]) => (one < other ? -1 : 1));
  return byFault.map(([fault, group]) => {
    const run = group.filter(({ outcome }) => outcome !== 'unreached');
    const survived = run.filter(({ outcome }) => outcome === 'survived');
    const slowest = Math.max(0, ...survived.map(({ ms }) => ms ?? 0)) / 1_000;
    const unreached = group.length === run.length ? '' : `, ${group.length - run.length} not reached`;
    const mark = survived.length === run.length ? ' ' : '✗';
    return `${mark} ${fault.padEnd(36)} ${String(survived.length).padStart(4)} of ${String(run.length).padStart(4)}  slowest ${slowest.toFixed(1).padStart(5)} s${unreached}`;
  });
}

/** Returns the results of the last campaign; empty if there was none. */
export function readResults(): readonly PlanResult[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly results: readonly PlanResult[] }).results;
}

/** Writes everything for programs. */
export function writeResults(input: ResultInput & { readonly references: readonly Reference[] }): void {
  const references = input.references.map(({ flow, targets, events, ms }) => ({
    flow: flow.name,
    ms: Math.round(ms),
    events,
    requests: targets.map(({ kind, ordinal }) => `${kind}/${ordinal}`),
  }));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ seconds: Math.round(input.seconds), violations: input.violations, references, results: input.results }, undefined, 1)}\n`,
  );
}
