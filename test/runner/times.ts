import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestResult } from './events.ts';
import { root, type SuiteName } from './suites.ts';

/** Times of files and tests in the last complete run of a suite, stored in .cache/tests, which git ignores. */
export interface Times {
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  /** Milliseconds by path relative to the root. */
  readonly files: Readonly<Record<string, number>>;
  /** The slowest tests, slowest first. */
  readonly tests: readonly { readonly file: string; readonly title: string; readonly ms: number }[];
}

export function readTimes(suite: SuiteName): Times | undefined {
  try {
    return JSON.parse(readFileSync(timesFile(suite), 'utf8')) as Times;
  } catch {
    return undefined;
  }
}

export interface TimesInput {
  readonly suite: SuiteName;
  readonly at: Date;
  readonly seconds: number;
  readonly results: readonly TestResult[];
  /** Milliseconds by file, for processes that run one file. */
  readonly processes: ReadonlyMap<string, number>;
}

export function writeTimes({ suite, at, seconds, results, processes }: TimesInput): void {
  const files: Record<string, number> = {};
  for (const [file, ms] of processes) files[path.relative(root, file)] = Math.round(ms);
  if (processes.size === 0)
    for (const { file, ms } of results) {
      const name = path.relative(root, file);
      files[name] = Math.round((files[name] ?? 0) + ms);
    }
  const tests = [...results]
    .sort((one, other) => other.ms - one.ms)
    .slice(0, 50)
    .map(({ file, titles, ms }) => ({
      file: path.relative(root, file),
      title: titles.join(' > '),
      ms: Math.round(ms),
    }));
  mkdirSync(path.dirname(timesFile(suite)), { recursive: true });
  writeFileSync(timesFile(suite), `${JSON.stringify({ at: at.toISOString(), seconds, files, tests }, undefined, 2)}\n`);
}

function timesFile(suite: SuiteName): string {
  return path.join(root, '.cache/tests', `${suite}.json`);
}
