import { type Profiler, Session } from 'node:inspector';

/** Half-open ranges of offsets in a file, sorted, without overlaps. */
type Ranges = readonly (readonly [from: number, to: number])[];

/** What ran since the last `take`: for each function that was called, the parts of it that did not run. */
export interface Snapshot {
  readonly functions: readonly RanFunction[];
  /**
   * Bytes of source that were executed, those of libraries included, each as often as it ran: a measure of work that does not depend on the
   * machine. Without the fuzzer itself and without native code, such as regular expressions and JSON.parse.
   */
  readonly work: number;
}

interface RanFunction {
  /** `pkg/network/decode.ts decodeConfig 1200`. */
  readonly key: string;
  readonly size: number;
  readonly missed: Ranges;
}

export interface Recorder {
  /** Returns what ran since the last call, and starts anew. */
  take(): Snapshot;
  stop(): void;
}

export interface RecorderInput {
  /** Path of the repository, absolute. */
  readonly root: string;
  /** Folders below it whose functions count as coverage. */
  readonly folders: readonly string[];
}

/**
 * Records V8's block coverage of this process. Start it before the modules of interest are imported: functions that were compiled before have
 * no counters for their blocks. A take costs some milliseconds, whatever ran.
 */
export function startCoverage({ root, folders }: RecorderInput): Recorder {
  const session = new Session();
  session.connect();
  const post = (method: string, params?: object): unknown => {
    let outcome: { readonly error: Error | null; readonly result: unknown } | undefined;
    session.post(method, params, (error, result) => {
      outcome = { error, result };
    });
    if (outcome === undefined) throw new Error(`the inspector did not respond to ${method} at once`);
    if (outcome.error !== null) throw outcome.error;
    return outcome.result;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const prefixes = folders.map((folder) => [`file://${root}/${folder}/`, `file://${root}/`.length] as const);
  return {
    take: () => {
      const { result } = post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
      return toSnapshot(result, prefixes);
    },
    stop: () => {
      post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

function toSnapshot(
  scripts: readonly Profiler.ScriptCoverage[],
  prefixes: readonly (readonly [prefix: string, strip: number])[],
): Snapshot {
  const functions: RanFunction[] = [];
  let work = 0;
  for (const { url, functions: all } of scripts) {
    if (!url.startsWith('file://')) continue;
    if (!url.includes('/test/fuzz/') || url.includes('/testdata/'))
      work += all.reduce((sum, one) => sum + workOf(one.ranges), 0);
    const found = prefixes.find(([prefix]) => url.startsWith(prefix));
    if (found === undefined || url.includes('.test.ts')) continue;
    const file = url.slice(found[1]);
    for (const { functionName, ranges } of all) {
      const [whole] = ranges;
      if (whole === undefined || whole.count === 0) continue;
      const { startOffset, endOffset } = whole;
      const key = `${file} ${functionName} ${startOffset}`;
      functions.push({ key, size: endOffset - startOffset, missed: missedRanges(ranges) });
    }
  }
  return { functions, work };
}

/** Ranges are nested and in the order of their start; the innermost one counts. */
function workOf(ranges: readonly Profiler.CoverageRange[]): number {
  let work = 0;
  const open: Profiler.CoverageRange[] = [];
  for (const range of ranges) {
    while (open.length > 0 && (open.at(-1)?.endOffset ?? 0) <= range.startOffset) open.pop();
    work += (range.endOffset - range.startOffset) * (range.count - (open.at(-1)?.count ?? 0));
    open.push(range);
  }
  return work;
}

function missedRanges(ranges: readonly Profiler.CoverageRange[]): Ranges {
  const missed: (readonly [number, number])[] = [];
  for (const { startOffset, endOffset, count } of ranges) {
    if (count > 0) {
      const index = missed.findIndex(([from, to]) => from <= startOffset && endOffset <= to);
      const around = missed[index];
      if (around !== undefined) missed.splice(index, 1, [around[0], startOffset], [endOffset, around[1]]);
    } else if (!missed.some(([from, to]) => from <= startOffset && endOffset <= to))
      missed.push([startOffset, endOffset]);
  }
  return missed.filter(([from, to]) => from < to);
}

/** Everything that has run so far, by function. */
export interface CoverageMap {
  /** Whether a snapshot has something that never ran before; changes nothing. */
  isNew(snapshot: Snapshot): boolean;
  /** Bytes of source in a snapshot that never ran before; changes nothing. */
  gain(snapshot: Snapshot): number;
  /** Adds a snapshot. */
  add(snapshot: Snapshot): void;
  /** Bytes of source that ran at least once. */
  readonly covered: number;
}

export function createCoverageMap(): CoverageMap {
  const missed = new Map<string, Ranges>();
  let covered = 0;

  function stillMissed({ key, missed: now }: RanFunction): Ranges {
    const before = missed.get(key);
    return before === undefined ? now : intersection(before, now);
  }

  function gainOf(one: RanFunction): number {
    const before = missed.get(one.key);
    return (before === undefined ? one.size : sizeOf(before)) - sizeOf(stillMissed(one));
  }

  return {
    isNew: ({ functions }) => functions.some((one) => gainOf(one) > 0),
    gain: ({ functions }) => functions.reduce((sum, one) => sum + gainOf(one), 0),
    add({ functions }) {
      for (const one of functions) {
        covered += gainOf(one);
        missed.set(one.key, stillMissed(one));
      }
    },
    get covered() {
      return covered;
    },
  };
}

function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

function intersection(one: Ranges, other: Ranges): Ranges {
  if (one.length === 0 || other.length === 0) return [];
  return one.flatMap(([from, to]) =>
    other.flatMap(([start, end]) => {
      const [low, high] = [Math.max(from, start), Math.min(to, end)];
      return low < high ? [[low, high] as const] : [];
    }),
  );
}
