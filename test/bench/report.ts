import type { ExampleType } from '../support/seed.ts';

export interface Phase {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Milliseconds per Network. */
  readonly latencies: readonly number[];
  /** Requests of the extension by `verb resource`. */
  readonly requests: ReadonlyMap<string, number>;
}

export interface Round {
  /** Resident MiB before any Network, and after the runs. */
  readonly idle: number;
  readonly rss: number;
  readonly phases: Readonly<Record<string, Phase>>;
}

export interface Measured {
  /** Seconds of the loader that only sends the bodies of new Networks. */
  readonly floors: number[];
  /** By variant. */
  readonly rounds: ReadonlyMap<string, Round[]>;
}

interface Row {
  /** CPU seconds for 100 Networks. */
  readonly cpu: number;
  /** The Go extension: seconds and CPU seconds for 100 Networks. */
  readonly go: readonly [seconds: number, cpu: number];
  /** The fewest requests per Network that the order of writes allows: reads and writes. */
  readonly floor: readonly [reads: number, writes: number];
}

/** Targets, and the figures of the Go extensions, which were measured on the same machine (docs/design/performance.md#targets). */
const rows: Readonly<Record<ExampleType, Readonly<Record<string, Row>>>> = {
  calico: {
    new: { cpu: 0.8, go: [9.1, 8.1], floor: [2, 8] },
    annotated: { cpu: 0.7, go: [9.8, 11.2], floor: [6, 2] },
    changed: { cpu: 0.85, go: [9.5, 8.9], floor: [5, 5] },
    deleted: { cpu: 0.67, go: [13.5, 1.35], floor: [8, 8] },
  },
  cilium: {
    new: { cpu: 1.0, go: [9.9, 10.1], floor: [3, 12] },
    annotated: { cpu: 0.7, go: [9.6, 11.1], floor: [7, 2] },
    changed: { cpu: 1.05, go: [10.4, 10.9], floor: [7, 5] },
    deleted: { cpu: 1.0, go: [13.6, 2.0], floor: [10, 12] },
  },
};

export interface ReportInput {
  readonly type: ExampleType;
  readonly size: number;
  readonly measured: Measured;
  readonly print: (line: string) => void;
}

/** Prints a table for each variant, then the requests of its last round. Targets and the figures of Go are scaled to the number of Networks. */
export function printReport({ type, size, measured, print }: ReportInput): void {
  const floor = median(measured.floors);
  for (const [variant, rounds] of measured.rounds) {
    print(`\n${size} Networks of type ${type}, variant ${variant}, median of ${rounds.length} rounds`);
    print('row        CPU-s  target  Go/ours   wall s  Go/ours   p50 ms   p99 ms  reads (floor)  writes (floor)');
    for (const name of ['new', 'annotated', 'changed', 'restarted', 'deleted'])
      print(
        line(
          name,
          rounds.flatMap((round) => round.phases[name] ?? []),
          { size, row: rows[type][name] },
        ),
      );
    const fresh = median(rounds.map((round) => round.phases['new']?.seconds ?? 0));
    print(`new: ${(fresh / floor).toFixed(2)} times the ${floor.toFixed(2)} s of a loader that only sends the bodies`);
    const memory = (read: (round: Round) => number): string => `${median(rounds.map(read)).toFixed(0)} MiB`;
    print(`memory: idle ${memory((round) => round.idle)}, after the runs ${memory((round) => round.rss)}`);
    print('requests per Network:');
    for (const [name, phase] of Object.entries(rounds.at(-1)?.phases ?? {})) print(requestLine(name, phase, size));
  }
}

function line(
  name: string,
  phases: readonly Phase[],
  { size, row }: { readonly size: number; readonly row: Row | undefined },
): string {
  const scale = size / 100;
  const seconds = median(phases.map((phase) => phase.seconds));
  const cpu = median(phases.map((phase) => phase.cpuSeconds));
  const latencies = phases.flatMap((phase) => phase.latencies).sort((a, b) => a - b);
  const last = phases.at(-1)?.requests ?? new Map();
  const [goSeconds, goCpu] = row?.go ?? [0, 0];
  const ratio = (go: number, ours: number): string => (go === 0 ? '' : ((go * scale) / ours).toFixed(1));
  const requests = (count: number, floor: number | undefined): string =>
    `${(count / size).toFixed(2)} ${floor === undefined ? '' : `(${floor})`}`;
  const cells: readonly (readonly [string, number])[] = [
    [cpu.toFixed(2), 6],
    [row === undefined ? '' : (row.cpu * scale).toFixed(2), 8],
    [ratio(goCpu, cpu), 9],
    [seconds.toFixed(2), 9],
    [ratio(goSeconds, seconds), 9],
    [at(latencies, 0.5).toFixed(0), 9],
    [at(latencies, 0.99).toFixed(0), 9],
    [requests(sum(last, isRead), row?.floor[0]), 15],
    [
      requests(
        sum(last, (key) => !isRead(key)),
        row?.floor[1],
      ),
      16,
    ],
  ];
  return `${name.padEnd(10)}${cells.map(([text, width]) => text.padStart(width)).join('')}`;
}

function requestLine(name: string, { requests }: Phase, size: number): string {
  const counts = [...requests].filter(([, count]) => count >= size / 20).sort(([a], [b]) => (a < b ? -1 : 1));
  return `  ${name.padEnd(10)} ${counts.map(([key, count]) => `${key} ${(count / size).toFixed(2)}`).join(', ')}`;
}

function isRead(key: string): boolean {
  return /^(get|list|watch) /.test(key);
}

function sum(requests: ReadonlyMap<string, number>, counts: (key: string) => boolean): number {
  return [...requests].filter(([key]) => counts(key)).reduce((total, [, count]) => total + count, 0);
}

export function median(values: readonly number[]): number {
  return at(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

/** Returns the value at a share of a sorted list: 0.5 for the median. */
export function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
