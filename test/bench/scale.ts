/**
 * `make bench N=10000`: the costs of many Networks in one seed. Creates N Networks in tenths, idles, sends requests at fixed rates whether or not
 * earlier ones are complete, restarts, and restarts with a backlog. TYPE is calico (default) or cilium; CHART=file writes a chart. No figure makes
 * it fail.
 */
import { writeFileSync } from 'node:fs';
import { resources } from '../../controllers/resources.ts';
import { operationAnnotations } from '../integration/landscape.ts';
import { exampleType } from '../support/seed.ts';
import { chartsSvg } from './chart.ts';
import { createFleet, type Fleet, isSucceeded } from './fleet.ts';
import type { MeasuredProcess } from './process.ts';
import { at } from './report.ts';
import { type BenchSeed, startBenchSeed } from './seed.ts';
import { type Variant, variantsOf } from './variants.ts';

export interface ScaleInput {
  readonly size: number;
  readonly type: string | undefined;
  /** File for the chart. */
  readonly chart: string | undefined;
  readonly idleSeconds: number;
  readonly print: (line: string) => void;
}

interface Tenth {
  readonly networks: number;
  readonly cpuMs: number;
  readonly seconds: number;
}

interface Rate {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Scale extends ScaleInput {
  readonly seed: BenchSeed;
  readonly variant: Variant;
  readonly fleets: readonly Fleet[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function runScale(input: ScaleInput): Promise<void> {
  const { size, print } = input;
  const type = exampleType(input.type === '' ? undefined : input.type);
  // Ten thousand Networks with their objects, and their history until it is compacted.
  const seed = await startBenchSeed({
    print,
    etcdFlags: ['--quota-backend-bytes=8589934592'],
    // The default rotates the log at 100 MB.
    apiServerFlags: ['--audit-log-maxsize=10000'],
  });
  try {
    const [variant = { name: 'this', bundle: '', flags: [] }] = variantsOf(process.env['VARIANTS']);
    const fleets = Array.from({ length: 10 }, (_, tenth) =>
      createFleet({ client: seed.client, size: Math.ceil(size / 10), prefix: `s${tenth}`, type }),
    );
    const scale: Scale = { ...input, seed, variant, fleets };
    const first = await started(scale);
    print(`\n${size} Networks of type ${type}, memory without Networks ${first.extension.rss().toFixed(0)} MiB`);
    const tenths = await createAll(scale, first.extension);
    print(
      `memory with all ${first.extension.rss().toFixed(0)} MiB, at most ${first.extension.peakRss().toFixed(0)} MiB`,
    );
    await idle(scale, first.extension);
    const rates = await openLoop(scale);
    print(
      `memory afterwards ${first.extension.rss().toFixed(0)} MiB, at most ${first.extension.peakRss().toFixed(0)} MiB`,
    );
    await first.extension.stop();
    await restart(scale);
    await backlog(scale);
    if (input.chart !== undefined && input.chart !== '') writeFileSync(input.chart, chartOf(size, { tenths, rates }));
  } finally {
    await seed.stop();
  }
}

/** Starts the extension. Returns the milliseconds until it leads, which it does once its caches are complete. */
async function started({
  seed,
  variant,
  fleets,
}: Scale): Promise<{ readonly extension: MeasuredProcess; readonly ms: number }> {
  const start = performance.now();
  const extension = await seed.startExtension(variant, [fleets[0]?.type ?? 'calico']);
  await extension.until('Became leader');
  return { extension, ms: performance.now() - start };
}

async function createAll({ fleets, print }: Scale, extension: MeasuredProcess): Promise<readonly Tenth[]> {
  const tenths: Tenth[] = [];
  print('Networks   CPU ms each   wall s');
  for (const fleet of fleets) {
    await fleet.prepare();
    const cpu = extension.cpuSeconds();
    const start = performance.now();
    await fleet.create();
    const networks = fleet.size * (tenths.length + 1);
    const cpuMs = ((extension.cpuSeconds() - cpu) * 1000) / fleet.size;
    const seconds = (performance.now() - start) / 1000;
    tenths.push({ networks, cpuMs, seconds });
    print(`${String(networks).padStart(8)} ${cpuMs.toFixed(1).padStart(13)} ${seconds.toFixed(1).padStart(8)}`);
  }
  // The first tenth contains the start of the optimizing compiler.
  const [, second, ...others] = tenths;
  const last = others.at(-1);
  if (second && last)
    print(
      `last tenth / second tenth: CPU ${(last.cpuMs / second.cpuMs).toFixed(2)}, wall ${(last.seconds / second.seconds).toFixed(2)}`,
    );
  return tenths;
}

async function idle({ seed, print, idleSeconds }: Scale, extension: MeasuredProcess): Promise<void> {
  await pause(5_000);
  seed.skipRequests();
  const cpu = extension.cpuSeconds();
  await pause(idleSeconds * 1000);
  const perHour = 3600 / idleSeconds;
  const requests = [...(await seed.requests())].map(([key, count]) => `${key} ${(count * perHour).toFixed(0)}`);
  const cpuSeconds = (extension.cpuSeconds() - cpu) * perHour;
  print(
    `idle, per hour, from ${idleSeconds} s: ${cpuSeconds.toFixed(0)} s of CPU; requests without Leases: ${requests.join(', ')}`,
  );
}

/** Sends reconcile annotations at a rate for 20 seconds, for doubling rates until the 99th percentile passes 5 seconds. */
async function openLoop(scale: Scale): Promise<readonly Rate[]> {
  const { print } = scale;
  const rates: Rate[] = [];
  print('per second   p50 ms   p99 ms');
  for (let perSecond = 5; perSecond <= 640; perSecond *= 2) {
    const latencies = [...(await arrivals(scale, perSecond))].sort((a, b) => a - b);
    const rate = { perSecond, p50: at(latencies, 0.5), p99: at(latencies, 0.99) };
    rates.push(rate);
    print(`${String(perSecond).padStart(10)} ${rate.p50.toFixed(0).padStart(8)} ${rate.p99.toFixed(0).padStart(8)}`);
    if (rate.p99 > 5_000) break;
  }
  return rates;
}

async function arrivals({ fleets, size }: Scale, perSecond: number): Promise<readonly number[]> {
  const total = Math.min(perSecond * 20, size);
  const fleet = fleets[0];
  if (fleet === undefined) return [];
  // Each Network at most once per rate; those of all tenths in turn.
  const targets = Array.from(
    { length: total },
    (_, index) => fleets[index % fleets.length]?.names[Math.floor(index / fleets.length)] ?? '',
  );
  return fleet.observeEach(targets, {
    isDone: isSucceeded,
    send: async (write) => {
      const start = performance.now();
      const sent: Promise<void>[] = [];
      for (const [index, name] of targets.entries()) {
        const wait = start + (index * 1000) / perSecond - performance.now();
        if (wait > 0) await pause(wait);
        sent.push(write(name, () => fleet.patch(name, { metadata: { annotations: operationAnnotations() } })));
      }
      await Promise.all(sent);
    },
  });
}

/** Restarts with nothing to do. */
async function restart(scale: Scale): Promise<void> {
  const { seed, print } = scale;
  seed.skipRequests();
  const { extension, ms } = await started(scale);
  await pause(5_000);
  const requests = [...(await seed.requests())];
  const writes = requests.filter(([key]) => !/^(get|list|watch) /.test(key)).reduce((sum, [, count]) => sum + count, 0);
  print(
    `restart: leads after ${(ms / 1000).toFixed(1)} s, writes ${writes}, memory ${extension.peakRss().toFixed(0)} MiB at most`,
  );
  await extension.stop();
}

/** Restarts while up to 2,000 Networks have a request, and creates five new ones meanwhile. */
async function backlog(scale: Scale): Promise<void> {
  const { seed, fleets, print, size } = scale;
  const type = fleets[0]?.type ?? 'calico';
  const names = fleets.flatMap((fleet) => fleet.names).slice(0, Math.min(size, 2_000));
  const write = (name: string): Promise<unknown> =>
    fleets[0]?.patch(name, { metadata: { annotations: operationAnnotations() } }) ?? Promise.resolve();
  const fresh = createFleet({ client: seed.client, size: 5, prefix: 'fresh', type });
  await fresh.prepare();
  for (let from = 0; from < names.length; from += 20) await Promise.all(names.slice(from, from + 20).map(write));
  const { extension } = await started(scale);
  const latencies = await fresh.create();
  const { items } = await seed.client.list({ resource: resources.networks });
  const left = items.filter((one) => one.metadata.annotations?.['gardener.cloud/operation'] !== undefined).length;
  print(
    `new Networks during a backlog of ${names.length} after a restart: at most ${Math.max(...latencies).toFixed(0)} ms; ${left} left afterwards`,
  );
  await extension.stop();
}

function chartOf(
  size: number,
  { tenths, rates }: { readonly tenths: readonly Tenth[]; readonly rates: readonly Rate[] },
): string {
  const line = (name: string, points: readonly (readonly [number, number])[]) => ({
    name,
    points: points.map(([x, y]) => ({ x, y })),
  });
  return chartsSvg([
    {
      title: 'CPU of one new Network',
      xLabel: 'Networks in the seed',
      yLabel: 'ms',
      lines: [
        line(
          'tenths',
          tenths.map(({ networks, cpuMs }) => [networks, cpuMs]),
        ),
      ],
    },
    {
      title: `Latency with ${size} Networks`,
      xLabel: 'reconcile requests per second',
      yLabel: 's',
      lines: [
        line(
          'p50',
          rates.map(({ perSecond, p50 }) => [perSecond, p50 / 1000]),
        ),
        line(
          'p99',
          rates.map(({ perSecond, p99 }) => [perSecond, p99 / 1000]),
        ),
      ],
    },
  ]);
}
