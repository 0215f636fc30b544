/**
 * `make test-dataplane`: runs classes of data paths, and the validation of configurations by agents: `node test/dataplane/run.ts [--sample] [--list]
 * [CLASS...]`. `--sample` runs what `make test` runs. A run of everything rewrites docs/reference/dataplane.md.
 *
 * Exit codes: 0 passed or skipped, 1 something failed, 2 wrong arguments. DATAPLANE_BUILD=1 lets `--sample` build Cilium (minutes);
 * REQUIRE_DATAPLANE=1 makes a skip a failure.
 */
import { parseArgs } from 'node:util';
import { removeLeftovers } from './arena/arena.ts';
import { classes, sample } from './classes/index.ts';
import { prepare } from './prepare.ts';
import { remains } from './remains.ts';
import { printer } from './report/print.ts';
import { writeReference } from './report/reference.ts';
import { type ClassResult, runClass, runConfigs } from './session.ts';

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
  return runAll(names);
}

async function runAll(names: readonly string[]): Promise<number> {
  const started = performance.now();
  const print = printer(process.stdout);
  const all = names.length === 0;
  const configs = all || names.includes('configs') ? await runConfigs(print) : undefined;
  const results: ClassResult[] = [];
  for (const one of classes) if (all || names.includes(one.name)) results.push(await runClass(one, print));
  const left = remains();
  if (left.length > 0) console.log(`left behind: ${left.join(', ')}`);
  const failed = left.length > 0 || configs?.passed === false || results.some(({ state }) => state === 'failed');
  print.total({ results, seconds: (performance.now() - started) / 1_000 });
  if (all && !failed) writeReference({ results, configs });
  return failed ? 1 : 0;
}
