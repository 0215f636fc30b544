/**
 * `make bench`: creates, annotates, changes and deletes N Networks of each type on a real API server, with the extension as a separate process.
 * Prints the medians of the rounds next to limits, targets and the figures of the Go extensions. Defaults: both types, N=100, ROUNDS=3. No figure
 * makes it fail. VARIANTS compares several bundles or flags of Node in the same run (variants.ts).
 *
 * The shoots have no API servers, so that the figures do not contain the response times of shoots, from which cilium reads.
 */
import { type ExampleType, exampleType } from '../support/seed.ts';
import { createFleet } from './fleet.ts';
import { examplePlan, loadFloor } from './floor.ts';
import type { MeasuredProcess } from './process.ts';
import { type Measured, type Phase, printReport, type Round } from './report.ts';
import { runScale } from './scale.ts';
import { type BenchSeed, startBenchSeed } from './seed.ts';
import { type Variant, variantsOf } from './variants.ts';

const given = process.env['TYPE'] ?? '';
const types: readonly ExampleType[] = given === '' ? ['calico', 'cilium'] : [exampleType(given)];
const size = Number(process.env['N'] || 100);
const rounds = Number(process.env['ROUNDS'] || 3);
const variants = variantsOf(process.env['VARIANTS']);
const print = (line: string): void => console.log(line);

/** From this number of Networks on, one life cycle takes minutes, and other figures matter (scale.ts). */
const manyNetworks = 1_000;

if (size >= manyNetworks) {
  const idleSeconds = Number(process.env['SECONDS'] || 60);
  await runScale({ size, type: given, chart: process.env['CHART'], idleSeconds, print });
} else await measureLifeCycles();

async function measureLifeCycles(): Promise<void> {
  const seed = await startBenchSeed({ print });
  try {
    for (const type of types) await measureType(seed, type);
  } finally {
    await seed.stop();
  }
}

async function measureType(seed: BenchSeed, type: ExampleType): Promise<void> {
  const measured: Measured = { floors: [], rounds: new Map(variants.map(({ name }) => [name, []])) };
  // Warms up: an API server is slow for the first writes to new CRDs.
  await runRound(variants[0] as Variant, { seed, type, prefix: 'w', count: 3 });
  for (let round = 0; round < rounds; round += 1) {
    measured.floors.push(await runFloor({ seed, type, prefix: `f${round}`, count: size }));
    // Each variant is the first one in some round.
    for (let turn = 0; turn < variants.length; turn += 1) {
      const variant = variants[(round + turn) % variants.length] as Variant;
      const prefix = `r${round}-${turn}`;
      measured.rounds.get(variant.name)?.push(await runRound(variant, { seed, type, prefix, count: size }));
    }
    print(`${type}: round ${round + 1} of ${rounds} done`);
  }
  printReport({ type, size, measured, print });
}

async function runFloor({ seed, type, prefix, count }: RoundInput): Promise<number> {
  const fleet = createFleet({ client: seed.client, size: count, prefix, type });
  await fleet.prepare();
  const seconds = await loadFloor({ client: seed.client, networks: await fleet.seed(), plan: examplePlan(type) });
  await fleet.clear();
  return seconds;
}

interface RoundInput {
  readonly seed: BenchSeed;
  readonly type: ExampleType;
  readonly prefix: string;
  readonly count: number;
}

async function runRound(variant: Variant, { seed, type, prefix, count }: RoundInput): Promise<Round> {
  const fleet = createFleet({ client: seed.client, size: count, prefix: `${type}-${prefix}`, type });
  await fleet.prepare();
  const first = await seed.startExtension(variant, [type]);
  await first.until('Became leader');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const idle = first.rss();
  const phases = {
    new: await measure(seed, first, () => fleet.create()),
    annotated: await measure(seed, first, () => fleet.annotate()),
    changed: await measure(seed, first, () => fleet.change()),
  };
  const rss = first.rss();
  await first.stop();
  const second = await seed.startExtension(variant, [type]);
  const restarted = await measure(seed, second, async () => {
    await second.until('Became leader');
    await new Promise((resolve) => setTimeout(resolve, 500));
    return [];
  });
  const deleted = await measure(seed, second, () => fleet.remove());
  await second.stop();
  return { idle, rss, phases: { ...phases, restarted, deleted } };
}

async function measure(
  bench: BenchSeed,
  extension: MeasuredProcess,
  phase: () => Promise<readonly number[]>,
): Promise<Phase> {
  await bench.requests();
  const cpu = extension.cpuSeconds();
  const start = performance.now();
  const latencies = await phase();
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: extension.cpuSeconds() - cpu, latencies, requests: await bench.requests() };
}
