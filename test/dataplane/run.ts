/**
 * `make test-dataplane`: runs classes of data paths, and the validation of configurations by agents: `node test/dataplane/run.ts [--sample] [--list]
 * [CLASS...]`. `--sample` runs what `make test` runs. A run of everything rewrites docs/reference/dataplane.md.
 *
 * Exit codes: 0 passed or skipped, 1 something failed, 2 wrong arguments, 130 interrupted. DATAPLANE_BUILD=1 lets `--sample` build programs (minutes);
 * REQUIRE_DATAPLANE=1 makes missing programs or requirements a failure; RESUME=1 keeps what passed in the last run.
 */
import { parseArgs } from 'node:util';
import { removeLeftovers } from './arena/arena.ts';
import { classes, sample } from './classes/index.ts';
import { prepareMachine, prepareSets, requiredSets } from './prepare.ts';
import { remains, snapshot } from './remains.ts';
import { printer } from './report/print.ts';
import { writeReference } from './report/reference.ts';
import { type Results, readResults, writeResults } from './report/results.ts';
import { runClass, runConfigs, type Session } from './session.ts';

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
  const preparation = {
    build: values.sample !== true || process.env['DATAPLANE_BUILD'] === '1',
    log: console.log,
  };
  const reason = await prepareMachine(preparation);
  if (reason !== undefined) {
    console.log(`SKIPPED: data plane: ${reason}`);
    return process.env['REQUIRE_DATAPLANE'] === '1' ? 1 : 0;
  }
  for (const name of await removeLeftovers()) console.log(`removed cgroup ${name} of an interrupted run`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  try {
    const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
    const required = classes.filter(({ name }) => wanted(name)).flatMap(requiredSets);
    const unavailable = await prepareSets(wanted('configs') ? ['cilium', ...required] : required, preparation);
    return await runAll(names, { unavailable, signal: interrupted.signal });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    console.log('interrupted, everything is removed');
    return 130;
  }
}

type Given = Pick<Session, 'signal' | 'unavailable'>;

async function runAll(names: readonly string[], given: Given): Promise<number> {
  const started = performance.now();
  const before = snapshot();
  const print = printer(process.stdout);
  const all = names.length === 0;
  const results = await runWanted((name) => all || names.includes(name), { ...given, observer: print });
  const left = await remains(before);
  if (left.length > 0) console.log(`left behind: ${left.join(', ')}`);
  const failed = results.configs?.passed === false || results.classes.some(({ state }) => state === 'failed');
  const missing = given.unavailable.size > 0;
  print.total({ results: results.classes, seconds: (performance.now() - started) / 1_000 });
  if (all && !failed && !missing) writeReference(inOrder(results));
  const incomplete = missing && process.env['REQUIRE_DATAPLANE'] === '1';
  return failed || incomplete || left.length > 0 ? 1 : 0;
}

async function runWanted(wanted: (name: string) => boolean, session: Session): Promise<Results> {
  let results: Results = process.env['RESUME'] === '1' ? readResults() : { classes: [] };
  const noCilium = session.unavailable.get('cilium');
  if (wanted('configs') && noCilium !== undefined) console.log(`SKIPPED: configs: ${noCilium}`);
  else if (wanted('configs') && results.configs === undefined) {
    results = { ...results, configs: await runConfigs(session) };
    writeResults(results);
  }
  for (const one of classes) {
    if (!wanted(one.name) || results.classes.some(({ name }) => name === one.name)) continue;
    results = { ...results, classes: [...results.classes, await runClass(one, session)] };
    writeResults(results);
  }
  return results;
}

/** The order of classes, which a continued run may have changed. */
function inOrder({ configs, classes: done }: Results): Results {
  const ordered = classes.flatMap(({ name }) => done.filter((one) => one.name === name));
  return { ...(configs !== undefined && { configs }), classes: ordered };
}
