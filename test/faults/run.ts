/**
 * `make test-faults`: runs the fault campaign. PLAN='create/*' runs the plans whose names match, SAMPLE=1 a fixed selection, LIST=1 prints the names;
 * RESUME=1 continues an interrupted campaign: it keeps the results of the last one and runs the other plans.
 * LIMIT=40 sets the seconds to converge, SHARED=40 and OWN=8 how many plans run at once. Results are in .cache/faults/last.json.
 *
 * Exit codes: 0 all plans survived, 1 one failed, 2 nothing matches PLAN. Without a kube-apiserver it says SKIPPED and ends with 0.
 * After SIGINT or SIGTERM, it prints and writes the results so far.
 */
import { matches, type Plan } from './plans/plan.ts';
import { samplePlans } from './plans/sample.ts';
import { createReport, readResults, writeResults } from './report.ts';
import { runCampaign } from './run/campaign.ts';
import type { PlanResult } from './run/execute.ts';
import { startStageOrSkip } from './stage/stage.ts';

const { env } = process;
const pattern = env['PLAN'] || undefined;
const sample = env['SAMPLE'] === '1';
const list = env['LIST'] === '1';
const earlier = env['RESUME'] === '1' ? readResults() : [];
const number = (name: string, fallback: number): number => Number(env[name] || fallback);

process.exitCode = await main();

async function main(): Promise<number> {
  const started = performance.now();
  const report = createReport(process.stdout);
  const stage = await startStageOrSkip(console.log);
  if (stage === undefined) return 0;
  const soFar: PlanResult[] = [...earlier];
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      const seconds = (performance.now() - started) / 1_000;
      writeResults({ results: soFar, references: [], violations: [], seconds });
      report.close({ results: soFar, violations: [], seconds });
      process.exit(130);
    });
  try {
    const { results, references, violations } = await runCampaign({
      stage,
      limitMs: number('LIMIT', 40) * 1_000,
      width: { shared: number('SHARED', 40), own: number('OWN', 8) },
      select,
      onStart: report.start,
      onResult: (result) => {
        soFar.push(result);
        report.result(result);
      },
    });
    if (list) return 0;
    const seconds = (performance.now() - started) / 1_000;
    const all = [...earlier, ...results];
    writeResults({ results: all, references, violations, seconds });
    const failed = report.close({ results: all, violations, seconds });
    return all.length === 0 ? 2 : failed ? 1 : 0;
  } finally {
    await stage.stop();
  }
}

function select(all: readonly Plan[]): readonly Plan[] {
  const matching = pattern === undefined ? all : all.filter(({ name }) => matches(name, pattern));
  const done = new Set(earlier.map(({ plan }) => plan.name));
  const selected = (sample ? samplePlans(matching) : matching).filter(({ name }) => !done.has(name));
  if (!list) return selected;
  for (const { name } of selected) console.log(name);
  return [];
}
