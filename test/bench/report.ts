import type { ExampleType } from '../support/seed.ts';
import type { Requests } from './requests.ts';

export interface Phase {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Milliseconds per Network. */
  readonly latencies: readonly number[];
  readonly requests: Requests;
}

export interface Round {
  /** Seconds of the loader that only sends the bodies. */
  readonly floor: number;
  /** Resident MiB before any Network, and after the runs. */
  readonly idle: number;
  readonly rss: number;
  readonly phases: Readonly<Record<string, Phase>>;
}

/** Targets for 100 Networks (docs/design/performance.md#targets): seconds and CPU seconds. */
const targets: Readonly<Record<string, readonly [string, string]>> = {
  new: ['<= 1.3 x floor', '<= 1.4'],
  annotated: ['<= 0.6', '<= 0.5'],
  changed: ['<= 1.2', '<= 1.2'],
  restarted: ['', ''],
  deleted: ['<= 2', ''],
};

/** Measurements of the Go extensions (docs/design/performance.md#targets): seconds and CPU seconds, and MiB idle and after the runs. */
const references: Readonly<Record<ExampleType, Readonly<Record<string, string>>>> = {
  calico: {
    new: '13.0 / 14.5',
    annotated: '14.0 / 19.2',
    changed: '13.1 / 14.6',
    deleted: '12.3',
    memory: '78 and 98',
  },
  cilium: {
    new: '14.8 / 17.9',
    annotated: '11.6 / 15.3',
    changed: '18.4 / 17.1',
    deleted: '15.8',
    memory: '88 and 111',
  },
};

export function printReport({
  type,
  size,
  rounds,
  print,
}: {
  readonly type: ExampleType;
  readonly size: number;
  readonly rounds: readonly Round[];
  readonly print: (line: string) => void;
}): void {
  const floor = median(rounds.map((round) => round.floor));
  const reference = references[type];
  print(
    `\n${size} Networks of type ${type}, median of ${rounds.length} rounds; targets and the figures of Go are for 100\n`,
  );
  print('phase        seconds  target            CPU-s  target    p50 ms   p99 ms  writes per Network  Go: s / CPU-s');
  for (const [name, [seconds, cpu]] of Object.entries(targets)) {
    const phases = rounds.flatMap((round) => round.phases[name] ?? []);
    const latencies = phases.flatMap((phase) => phase.latencies).sort((a, b) => a - b);
    const row = [
      name.padEnd(12),
      median(phases.map((phase) => phase.seconds))
        .toFixed(2)
        .padStart(7),
      ` ${seconds.padEnd(16)}`,
      median(phases.map((phase) => phase.cpuSeconds))
        .toFixed(2)
        .padStart(6),
      ` ${cpu.padEnd(7)}`,
      at(latencies, 0.5).toFixed(0).padStart(7),
      at(latencies, 0.99).toFixed(0).padStart(8),
      `  ${(writes(phases.at(-1)?.requests ?? new Map(), name === 'restarted' ? 0 : size) / size).toFixed(2).padEnd(18)}`,
      reference[name] ?? '',
    ];
    print(row.join(' ').trimEnd());
  }
  const fresh = median(rounds.map((round) => (round.phases['new']?.seconds ?? 0) / round.floor));
  print(`\nfloor ${floor.toFixed(2)} s, new / floor ${fresh.toFixed(2)} (target 1.3)`);
  print(
    `memory idle ${median(rounds.map((round) => round.idle)).toFixed(0)} MiB (<= 95), after the runs ${median(rounds.map((round) => round.rss)).toFixed(0)} MiB (<= 115); Go: ${reference['memory']} MiB`,
  );
  print('\nrequests of the last round, including those of the bench:');
  for (const [name, phase] of Object.entries(rounds.at(-1)?.phases ?? {}))
    print(
      `  ${name.padEnd(10)} ${[...phase.requests]
        .filter(([, count]) => count >= size / 2)
        .map(([key, count]) => `${key} ${count}`)
        .join(', ')}`,
    );
}

/** Counts the writes of the extension: all except Leases, Events and the bench's own ones. */
function writes(requests: Requests, own: number): number {
  const all = [...requests].filter(
    ([key]) => /^(POST|PUT|PATCH|DELETE|APPLY) /.test(key) && !/ (leases|events|namespaces|clusters)/.test(key),
  );
  return all.reduce((sum, [, count]) => sum + count, 0) - own;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return at(sorted, 0.5);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
