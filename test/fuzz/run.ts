/**
 * Fuzzes the targets: `node test/fuzz/run.ts [--minutes N] [--inputs N] [--seed N] [--keep] [TARGET...]`, all targets without arguments. With
 * `--repro FILE TARGET` it runs one input. See README.md beside this file.
 *
 * Exit codes: 0 all rules hold, 1 an input breaks one, 2 wrong arguments.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { distil, runCampaign } from './engine/campaign.ts';
import { createCoverageMap, type Recorder, startCoverage } from './engine/coverage.ts';
import { startHangGuard } from './engine/hang-guard.ts';
import { createProgress } from './engine/progress.ts';
import { fuzzRoot, readInputs, writeCrash, writeInputs } from './engine/store.ts';
import { execute, type FuzzTarget } from './engine/target.ts';
import { withCpuLimit } from './engine/work.ts';

interface Settings {
  readonly minutes: number;
  readonly inputs: number;
  readonly seed: number;
  readonly keep: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '10' },
      inputs: { type: 'string', default: '0' },
      seed: { type: 'string', default: '0' },
      keep: { type: 'boolean', default: false },
      repro: { type: 'string' },
    },
  });
  // Before the first import of the product: functions that were compiled earlier are covered as a whole only.
  const recorder = startCoverage({ root: path.join(fuzzRoot, '../..'), folders: ['pkg', 'controllers'] });
  const { targets } = await import('./targets/index.ts');
  const names = targets.map(({ name }) => name);
  const wrong = positionals.find((name) => !names.includes(name));
  if (wrong !== undefined) return refuse(`there is no target ${wrong}; targets: ${names.join(', ')}`);
  const chosen = targets
    .filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    .map((target) => withCpuLimit(target));
  if (values.repro !== undefined) return await reproduce(values.repro, chosen);
  const [minutes, inputs, given] = [Number(values.minutes), Number(values.inputs), Number(values.seed)];
  if (!(minutes > 0) || !Number.isInteger(inputs) || !Number.isInteger(given))
    return refuse('--minutes is a number above 0, --inputs and --seed are whole numbers');
  const seed = given === 0 ? Math.floor(Math.random() * 2 ** 31) : given;
  let failures = 0;
  for (const target of chosen)
    failures += await fuzz(target, recorder, { minutes: minutes / chosen.length, inputs, seed, keep: values.keep });
  recorder.stop();
  return failures === 0 ? 0 : 1;
}

function refuse(message: string): number {
  console.error(`error: ${message}`);
  return 2;
}

/** Returns the number of ways to fail. */
async function fuzz(target: FuzzTarget, recorder: Recorder, settings: Settings): Promise<number> {
  const { minutes, inputs, seed, keep } = settings;
  const progress = createProgress({ stream: process.stdout, target: target.name, now: () => performance.now() });
  const folders = [
    path.join(fuzzRoot, 'corpus', target.name),
    path.join(fuzzRoot, '../../.cache/fuzz', target.name),
  ] as const;
  const end = performance.now() + minutes * 60_000;
  progress.print(`${target.name}: seed ${seed}`);
  const guard = startHangGuard({ target: target.name, afterMs: 60_000 });
  const result = await runCampaign({
    target: {
      ...target,
      check: async (input) => {
        guard.begin(input);
        try {
          await target.check(input);
        } finally {
          guard.end();
        }
      },
    },
    corpus: folders.flatMap((folder) => readInputs(folder)).filter(isFirst),
    seed,
    coverage: { recorder, map: createCoverageMap() },
    isOver: (state) => performance.now() >= end || (inputs > 0 && state.inputs >= inputs),
    onProgress: (state) => progress.update(state),
    onFailure: ({ identity, message, input }) => {
      const file = path.relative(process.cwd(), writeCrash(target.name, input));
      progress.print(`\n✗ ${identity}\n${message}\n  input of ${input.length} bytes: ${file}`);
      progress.print(`  reproduce: make fuzz TARGET=${target.name} REPRO=${file}\n`);
    },
  });
  await guard.stop();
  progress.close(result);
  const kept = await distil({ target, inputs: result.kept, coverage: { recorder, map: createCoverageMap() } });
  writeInputs(folders[keep ? 0 : 1], kept);
  progress.print(
    `${target.name}: ${kept.length} inputs kept in ${path.relative(process.cwd(), folders[keep ? 0 : 1])}`,
  );
  return result.failures;
}

/** Inputs of the repository may be in the cache, too. */
function isFirst(input: Uint8Array, index: number, all: readonly Uint8Array[]): boolean {
  return all.findIndex((other) => Buffer.compare(other, input) === 0) === index;
}

async function reproduce(file: string, [target, ...more]: readonly FuzzTarget[]): Promise<number> {
  if (target === undefined || more.length > 0) return refuse('--repro needs exactly one target');
  const failure = await execute(target, readFileSync(file));
  if (failure === undefined) {
    console.log(`${target.name}: all rules hold for ${file}`);
    return 0;
  }
  console.log(`✗ ${failure.identity}\n${failure.message}`);
  return 1;
}
