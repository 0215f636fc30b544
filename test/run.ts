/**
 * Runs test suites: `node test/run.ts [--watch] [--name PATTERN] SUITE|FILE...`. A file runs like its suite. `--times` prints the slowest
 * files and tests of the last runs instead.
 *
 * Exit codes: 0 all passed, 1 a test failed, 2 wrong arguments.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runPool } from './runner/pool.ts';
import { timesText } from './runner/print-times.ts';
import { createReport, type Totals } from './runner/report.ts';
import { findSuite, root, type SuiteName, suiteFiles, suites } from './runner/suites.ts';
import { readTimes, writeTimes } from './runner/times.ts';
import { watchTree } from './runner/watch.ts';

interface Selection {
  readonly suite: SuiteName;
  readonly files: readonly string[];
  /** True if these are all files of the suite, so that their times are stored. */
  readonly whole: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { watch: { type: 'boolean' }, name: { type: 'string' }, times: { type: 'boolean' } },
  });
  if (values.times === true) {
    process.stdout.write(timesText(process.stdout));
    return 0;
  }
  const selections = select(positionals);
  if (typeof selections === 'string') {
    console.error(`error: ${selections}`);
    return 2;
  }
  const totals: Totals[] = [];
  for (const selection of selections) totals.push(await runSelection(selection, values.name));
  const sum = (key: keyof Totals): number => totals.reduce((all, one) => all + one[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  if (values.watch === true) await watchTree(selections.map(({ files }) => files).flat(), rerun);
  return sum('failed') === 0 ? 0 : 1;
}

/** Returns the suites and files that the arguments name, or an error message. */
function select(names: readonly string[]): readonly Selection[] | string {
  const bySuite = new Map<SuiteName, string[]>();
  const whole = new Set<SuiteName>();
  for (const name of names) {
    if (name in suites) whole.add(name as SuiteName);
    else {
      const file = path.resolve(name);
      const suite = file.endsWith('.test.ts') ? findSuite(file) : undefined;
      if (suite === undefined) return `${name} is neither a suite (${Object.keys(suites).join(', ')}) nor a test file`;
      bySuite.set(suite, [...(bySuite.get(suite) ?? []), file]);
    }
  }
  if (whole.size + bySuite.size === 0) return `give suites (${Object.keys(suites).join(', ')}) or test files`;
  const chosen = [...whole].map((suite) => ({ suite, files: suiteFiles(suite), whole: true }));
  const single = [...bySuite].filter(([suite]) => !whole.has(suite));
  return [...chosen, ...single.map(([suite, files]) => ({ suite, files, whole: false }))];
}

async function runSelection({ suite: name, files, whole }: Selection, namePattern?: string): Promise<Totals> {
  const suite = suites[name];
  const last = readTimes(name);
  const started = performance.now();
  const report = createReport({ suite, fileCount: files.length, stream: process.stdout, now: () => performance.now() });
  const results: Parameters<typeof report.result>[0][] = [];
  const processes = new Map<string, number>();
  await runPool({
    suite,
    files,
    namePattern,
    processors: availableParallelism(),
    lastTime: (file) => last?.files[path.relative(root, file)],
    onResult: (result) => {
      results.push(result);
      report.result(result);
    },
    onEnd: (end) => {
      const [file] = end.files;
      if (!suite.shared && file !== undefined) processes.set(file, end.ms);
      report.end(end);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const totals = report.close(seconds);
  if (whole && namePattern === undefined)
    writeTimes({ suite: name, at: new Date(), seconds: Math.round(seconds * 10) / 10, results, processes });
  return totals;
}

async function rerun(files: readonly string[]): Promise<void> {
  const selections = select(files);
  if (typeof selections !== 'string') for (const selection of selections) await runSelection(selection);
}
