/**
 * `make test-dataplane`: runs classes of data paths, and the validation of configurations by agents: `node test/dataplane/run.ts [--sample] [--list]
 * [CLASS...]`. `--sample` runs what `make test` runs. A run of everything rewrites docs/reference/dataplane.md.
 *
 * Exit codes: 0 passed or skipped, 1 something failed, 2 wrong arguments, 130 interrupted. DATAPLANE_BUILD=1 lets `--sample` build Cilium (minutes);
 * REQUIRE_DATAPLANE=1 makes a skip a failure;
 * RESUME=1 keeps what passed in the last run.
 */
import { parseArgs } from 'node:util';
import { removeLeftovers } from './arena/arena.ts';
import { classes, sample } from './classes/index.ts';
import { prepare } from './prepare.ts';
import { remains } from './remains.ts';
import { printer } from './report/print.ts';
import { writeReference } from './report/reference.ts';
import { type Results, readResults, writeResults } from './report/results.ts';
import { runClass, runConfigs } from './session.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { sample: { type: 'boolean' }, list: { type: 'boolean' } },
  });
  const names = values.sample === true ? sample : positionals;
  const unknown = names.filter((name) => name !== 'configs' && !classes.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(
      `error: no class ${unknown.join(', ')}; there are configs, ${classes.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  if (values.list === true) {
    for (const { name, about } of classes) console.log(`${name.padEnd(24)} ${about}`);
    return 0;
  }
  const reason = await prepare({
    build: values.sample !== true || process.env['DATAPLANE_BUILD'] === '1',
    log: console.log,
  });
  if (reason !== undefined) {
    console.log(`SKIPPED: data plane: ${reason}`);
    return process.env['REQUIRE_DATAPLANE'] === '1' ? 1 : 0;
  }
  for (const name of await removeLeftovers()) console.log(`removed cgroup ${name} of an interrupted run`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  try {
    return await runAll(names, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    console.log('interrupted, everything is removed');
    return 130;
  }
}

async function runAll(names: readonly string[], signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const print = printer(process.stdout);
  const session = { observer: print, signal };
  const all = names.length === 0;
  let results: Results = process.env['RESUME'] === '1' ? readResults() : { classes: [] };
  const wanted = (name: string): boolean => all || names.includes(name);
  if (wanted('configs') && results.configs === undefined) {
    results = { ...results, configs: await runConfigs(session) };
    writeResults(results);
  }
  for (const one of classes) {
    if (!wanted(one.name) || results.classes.some(({ name }) => name === one.name)) continue;
    results = { ...results, classes: [...results.classes, await runClass(one, session)] };
    writeResults(results);
  }
  const left = remains();
  if (left.length > 0) console.log(`left behind: ${left.join(', ')}`);
  const failed = results.configs?.passed === false || results.classes.some(({ state }) => state === 'failed');
  print.total({ results: results.classes, seconds: (performance.now() - started) / 1_000 });
  if (all && !failed) writeReference(inOrder(results));
  return failed || left.length > 0 ? 1 : 0;
}

/** The order of classes, which a continued run may have changed. */
function inOrder({ configs, classes: done }: Results): Results {
  const ordered = classes.flatMap(({ name }) => done.filter((one) => one.name === name));
  return { ...(configs !== undefined && { configs }), classes: ordered };
}
