/**
 * Finds events that a watch missed: dropped or reordered on the way, or hidden by a forged resourceVersion. A watch alone
 * cannot notice that (docs/design/faults.md#missed-events).
 */
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import { createLoop } from '../../clock/loop.ts';
import { compareResourceVersions } from '../client/resource.ts';

export interface Comparison {
  /** resourceVersions by key, as listed now. */
  readonly listed: ReadonlyMap<string, string>;
  /** The resourceVersion of the list. */
  readonly resourceVersion: string;
  /** resourceVersions by key, as last seen by the mirror. */
  readonly mirrored: ReadonlyMap<string, string>;
  /** The mirror claimed a newer version before the list than the list has, which only a forged version explains. */
  readonly isPositionAhead: boolean;
}

export interface ConsistencyCheckOptions {
  /** Reads the list. Rejections are reported to onError. */
  readonly compare: (signal: AbortSignal) => Promise<Comparison>;
  /** Receives the keys of objects whose events were missed; none if the position is ahead. */
  readonly onMissed: (keys: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
  /** Spread by a third in both directions. 0 disables the check. */
  readonly meanIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ConsistencyCheck {
  /** Compares until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Requests a comparison within a second, but not within 10 seconds of the last one. */
  hasten(): void;
}

/**
 * An event may be on its way while the list is read. A difference therefore counts only if two lists, five seconds apart,
 * show the same one.
 */
export function createConsistencyCheck(options: ConsistencyCheckOptions): ConsistencyCheck {
  const { clock, compare, onMissed, meanIntervalMs } = options;
  let comparedAt = Number.NEGATIVE_INFINITY;
  const interval = (): number => Math.round(meanIntervalMs * (2 / 3 + (2 / 3) * options.random()));
  const loop = createLoop({ clock, firstAfterMs: interval(), step });

  return {
    run: async (signal) => {
      if (meanIntervalMs > 0) await loop.run(signal);
    },
    hasten: () => loop.wakeUp(Math.max(hastenMs, comparedAt + spacingMs - clock.monotonic())),
  };

  async function step(signal: AbortSignal): Promise<number> {
    comparedAt = clock.monotonic();
    try {
      const missed = await findMissed(signal);
      if (missed !== undefined && !signal.aborted) onMissed(missed);
      return interval();
    } catch (error) {
      if (!signal.aborted) options.onError(error);
      return Math.min(retryMs, interval());
    }
  }

  async function findMissed(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const first = await compare(signal);
    if (first.isPositionAhead) return [];
    const suspected = findDifferences(first);
    if (suspected.size === 0) return undefined;
    await sleep(clock, confirmMs, signal);
    const still = findDifferences(await compare(signal));
    const missed = [...still].filter(([key, difference]) => suspected.get(key) === difference).map(([key]) => key);
    return missed.length === 0 ? undefined : missed;
  }
}

/**
 * Returns both versions of each object that mirror and list have in different versions, or only one of them has. A version in the mirror that
 * is newer than the whole list arrived after the list was read; one that is only newer than the object in the list is forged.
 */
function findDifferences({ listed, mirrored, resourceVersion }: Comparison): ReadonlyMap<string, string> {
  const differences = new Map<string, string>();
  const isLater = (seen: string): boolean => (compareResourceVersions(seen, resourceVersion) ?? -1) > 0;
  for (const [key, version] of listed) {
    const seen = mirrored.get(key);
    if (seen === undefined || (seen !== version && !isLater(seen))) differences.set(key, `${seen} ${version}`);
  }
  for (const [key, seen] of mirrored) if (!listed.has(key) && !isLater(seen)) differences.set(key, `${seen} deleted`);
  return differences;
}

const confirmMs = 5_000;
const hastenMs = 1_000;
const spacingMs = 10_000;
const retryMs = 30_000;
