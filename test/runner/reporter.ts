/** A machine-readable reporter of node:test: one TestResult per line. A suite has no result, unless one of its hooks fails. */
import type { EventData } from 'node:test';
import { inspect } from 'node:util';
import type { TestResult } from './events.ts';

interface Pass {
  readonly type: 'test:pass';
  readonly data: EventData.TestPass;
}

interface Fail {
  readonly type: 'test:fail';
  readonly data: EventData.TestFail;
}

interface Start {
  readonly type: 'test:start';
  readonly data: EventData.TestStart;
}

/** Yields the lines. Events arrive in the order of declaration: a suite starts, its tests end, the suite ends. */
export default async function* report(events: AsyncIterable<Pass | Fail | Start>): AsyncGenerator<string> {
  const titles: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') titles.splice(data.nesting, titles.length, data.name);
    else if (type === 'test:pass' || type === 'test:fail') {
      const result = toResult(type, data, titles.slice(0, data.nesting + 1));
      if (result !== undefined) yield `${JSON.stringify(result)}\n`;
    }
  }
}

function toResult(
  type: 'test:pass' | 'test:fail',
  data: Pass['data'] | Fail['data'],
  titles: readonly string[],
): TestResult | undefined {
  const { file = '', details, skip, todo } = data;
  const base = { file, titles, ms: details.duration_ms };
  if (type === 'test:fail') {
    const { error } = details as Fail['data']['details'];
    // The failure of a subtest is reported with the subtest.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return undefined;
    return { ...base, result: 'failed', reason: failureText(error) };
  }
  const skipped = skip ?? todo;
  if (skipped !== undefined && skipped !== false)
    return { ...base, result: 'skipped', reason: typeof skipped === 'string' ? skipped : 'no reason given' };
  return details.type === 'suite' ? undefined : { ...base, result: 'passed' };
}

function failureText(error: Error): string {
  return inspect(error.cause ?? error, { colors: false, depth: 5 });
}
