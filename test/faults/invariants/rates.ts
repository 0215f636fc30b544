import type { Passage } from '../proxy/faults.ts';
import { requestKind } from '../proxy/request.ts';
import type { Violation } from './trial.ts';

export interface RateWindow {
  /** Monotonic milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Allowed rate of a disturbed list or watch: a burst, then one request per second. */
export const allowedRate = { burst: 8, perSecond: 1 } as const;

/** Checks that lists and watches of each resource stay within the allowed rate. */
export function calmWatches(passages: readonly Passage[], window: RateWindow): readonly Violation[] {
  const counts = new Map<string, number>();
  for (const { request, at } of passages) {
    if (at < window.from || at > window.to || (request.verb !== 'list' && request.verb !== 'watch')) continue;
    counts.set(request.resource, (counts.get(request.resource) ?? 0) + 1);
  }
  const seconds = (window.to - window.from) / 1000;
  return [...counts].flatMap(([resource, count]) => {
    // A list may precede each watch.
    const most = allowedRate.burst + 2 * allowedRate.perSecond * seconds;
    const rate = (count / seconds).toFixed(1);
    return count > most
      ? [{ invariant: 'calmWatches', text: `${resource} was listed and watched ${rate} times a second` }]
      : [];
  });
}

/** Checks that all requests together, watches excluded, stay within a rate. */
export function calmRequests(
  passages: readonly Passage[],
  window: RateWindow & { readonly perSecond: number },
): readonly Violation[] {
  const counted = passages.filter(
    ({ request, at }) => at >= window.from && at <= window.to && request.verb !== 'watch',
  );
  const seconds = (window.to - window.from) / 1000;
  const most = 20 + window.perSecond * seconds;
  if (counted.length <= most) return [];
  const kinds = new Map<string, number>();
  for (const { request } of counted) kinds.set(requestKind(request), (kinds.get(requestKind(request)) ?? 0) + 1);
  const [busiest] = [...kinds].sort(([, one], [, other]) => other - one);
  return [
    {
      invariant: 'calmRequests',
      text: `${(counted.length / seconds).toFixed(1)} requests a second, most of them ${busiest?.[0]}`,
    },
  ];
}
