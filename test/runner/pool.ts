import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestResult } from './events.ts';
import { root, type Suite } from './suites.ts';

export interface PoolInput {
  readonly suite: Suite;
  readonly files: readonly string[];
  readonly processors: number;
  /** Runs only tests whose title matches. */
  readonly namePattern?: string | undefined;
  /** Milliseconds of the last run of a file; undefined for a new one. */
  readonly lastTime: (file: string) => number | undefined;
  readonly onResult: (result: TestResult) => void;
  /** Called when a process exited. `output` contains its output except for results. */
  readonly onEnd: (end: ProcessEnd) => void;
}

export interface ProcessEnd {
  readonly files: readonly string[];
  readonly ms: number;
  /** The exit code, or the signal that ended the process. */
  readonly status: number | string;
  readonly output: string;
}

/** Runs the files of a suite, in as many concurrent processes as the suite allows. Does not reject for failed tests. */
export async function runPool(input: PoolInput): Promise<void> {
  const { suite, files, processors } = input;
  const workers = suite.processes(processors);
  const batches = suite.shared ? balanced(input, workers) : slowestFirst(input).map((file) => [file]);
  const queue = batches.filter((batch) => batch.length > 0);
  const work = async (): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) await runProcess(input, batch);
  };
  await Promise.all(Array.from({ length: Math.min(workers, files.length) }, work));
}

/** Sorts files, so that the last one, which runs alone, is short. */
function slowestFirst({ files, lastTime }: PoolInput): readonly string[] {
  const time = (file: string): number => lastTime(file) ?? 10_000;
  return [...files].sort((one, other) => time(other) - time(one));
}

/** Distributes the files to batches that take about the same time. */
function balanced(input: PoolInput, count: number): readonly (readonly string[])[] {
  const batches = Array.from({ length: count }, () => ({ files: [] as string[], ms: 0 }));
  for (const file of slowestFirst(input)) {
    const least = batches.reduce((one, other) => (other.ms < one.ms ? other : one));
    least.files.push(file);
    least.ms += input.lastTime(file) ?? 100;
  }
  return batches.map((batch) => batch.files);
}

async function runProcess({ suite, namePattern, onResult, onEnd }: PoolInput, files: readonly string[]): Promise<void> {
  const started = performance.now();
  const reporter = path.join(import.meta.dirname, 'reporter.ts');
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-isolation=none',
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    ...(namePattern === undefined ? [] : [`--test-name-pattern=${namePattern}`]),
    ...suite.flags,
  ];
  // Relative paths, because Node looks into every parent folder of an absolute one, which the guard of core tests denies.
  const names = files.map((file) => path.relative(root, file));
  const child = spawn(process.execPath, [...flags, ...names], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => void output.push(chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const result = parse(line);
    if (result === undefined) output.push(`${line}\n`);
    else onResult(result);
  });
  const status = await new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  onEnd({ files, ms: performance.now() - started, status, output: output.join('') });
}

/** Returns undefined for output of a test. */
function parse(line: string): TestResult | undefined {
  if (!line.startsWith('{"file":')) return undefined;
  try {
    return JSON.parse(line) as TestResult;
  } catch {
    return undefined;
  }
}
