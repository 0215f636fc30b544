/**
 * `make soak HOURS=1`: life cycles of Networks of both types for hours, with an API server that is killed in every fifth cycle, and a restart of the
 * extension after 200. Prints memory, descriptors and sockets as slopes per hour over the longest life of a process, without its first
 * minutes. Defaults: HOURS=1, N=20 Networks of each type. No figure makes it fail; a Network that is not reconciled within two minutes does.
 */
import type { ExampleType } from '../support/seed.ts';
import { createFleet, type Fleet } from './fleet.ts';
import type { MeasuredProcess } from './process.ts';
import { startBenchSeed } from './seed.ts';
import { slope } from './slope.ts';
import { variantsOf } from './variants.ts';

const hours = Number(process.env['HOURS'] || 1);
const size = Number(process.env['N'] || 20);
const types: readonly ExampleType[] = ['calico', 'cilium'];
const cyclesPerFault = 5;
const cyclesPerLife = 200;
/** Cycles at the start of a process in which the heap grows to its usual size. */
const warmUpCycles = 20;
const print = (line: string): void => console.log(line);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Sample {
  readonly hours: number;
  readonly rss: number;
  readonly all: number;
  readonly sockets: number;
}

const seed = await startBenchSeed({ print });
const [variant] = variantsOf(process.env['VARIANTS']);
if (variant === undefined) throw new Error('there is no variant');
const start = performance.now();
const elapsedHours = (): number => (performance.now() - start) / 3_600_000;
const lives: Sample[][] = [];
let cycles = 0;
let faults = 0;
try {
  while (elapsedHours() < hours) lives.push(await oneLife());
  report();
} finally {
  await seed.stop();
}

/** Runs one process of the extension until its restart. */
async function oneLife(): Promise<Sample[]> {
  const extension = await seed.startExtension(variant as NonNullable<typeof variant>, types);
  await extension.until('Became leader');
  const samples: Sample[] = [];
  for (let cycle = 1; cycle <= cyclesPerLife && elapsedHours() < hours; cycle += 1) {
    await lifeCycle(extension, cycle % cyclesPerFault === 0);
    await pause(1_000);
    const sample = { hours: elapsedHours(), rss: extension.rss(), ...extension.descriptors() };
    samples.push(sample);
    if (cycle % cyclesPerFault === 0)
      print(`cycle ${cycles}: ${sample.rss.toFixed(0)} MiB, ${sample.all} descriptors, ${sample.sockets} sockets`);
  }
  await extension.stop();
  return samples;
}

async function lifeCycle(extension: MeasuredProcess, withFault: boolean): Promise<void> {
  cycles += 1;
  const fleets = types.map((type) => createFleet({ client: seed.client, size, prefix: `${type}-${cycles % 2}`, type }));
  const all = (phase: (fleet: Fleet) => Promise<unknown>): Promise<unknown> =>
    within(extension, Promise.all(fleets.map(phase)));
  await Promise.all(fleets.map((fleet) => fleet.prepare()));
  await all((fleet) => fleet.create());
  if (withFault) {
    faults += 1;
    await seed.interruptApiServer(2_000);
  }
  await all((fleet) => fleet.annotate());
  await all((fleet) => fleet.change());
  await all((fleet) => fleet.remove());
}

/** Rejects after two minutes, with the end of the extension's log. */
async function within(extension: MeasuredProcess, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const log = extension.output().slice(-3_000);
    late.reject(new Error(`Networks were not reconciled within two minutes:\n${log}`));
  }, 120_000);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function report(): void {
  const longest = lives.reduce((best, one) => (one.length > best.length ? one : best), []);
  const samples = longest.slice(Math.min(warmUpCycles, Math.floor(longest.length / 2)));
  print(
    `\n${elapsedHours().toFixed(2)} hours: ${cycles} life cycles of ${size} Networks of each type, ${faults} kills of the API server,`,
  );
  print(`${lives.length - 1} restarts of the extension; slopes over ${samples.length} cycles of one process`);
  print('              first     last   per hour');
  const series = { 'RSS, MiB': 'rss', descriptors: 'all', sockets: 'sockets' } as const;
  for (const [name, key] of Object.entries(series)) {
    const perHour = slope(samples.map((sample) => ({ x: sample.hours, y: sample[key] })));
    const shown = [samples[0]?.[key] ?? 0, samples.at(-1)?.[key] ?? 0, perHour].map((value) =>
      value.toFixed(1).padStart(9),
    );
    print(`${name.padEnd(12)}${shown.join('')}`);
  }
}
