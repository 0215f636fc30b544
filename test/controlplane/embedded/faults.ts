/** Scripted faults: the requests that they affect, and their effect. */
import { expired } from './errors.ts';
import type { RecordedRequest } from './recorder.ts';

/** The effect of a fault, instead of or in addition to the normal response. */
export type FaultAction =
  /** Responds without handling the request. A string body is sent verbatim, any other as JSON. */
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Breaks the connection `before` the request has any effect, or `after` a write without responding. */
  | { readonly kind: 'reset'; readonly moment: 'before' | 'after' }
  /** Never responds and keeps the connection open, like a peer behind a broken link. */
  | { readonly kind: 'hang'; readonly moment: 'before' | 'after' }
  /** Disturbs the stream of a watch. */
  | ({ readonly kind: 'stream' } & StreamFault);

export interface StreamFault {
  /** Number of events, excluding bookmarks, that are sent before the fault. */
  readonly afterEvents: number;
  /** `half-line` sends a half of the next event; any other text is sent verbatim, so that a line needs a line break. */
  readonly write?: 'half-line' | (string & {});
  /**
   * The behaviour of the stream afterwards: continue, stop sending forever (including bookmarks), end gracefully, close the connection in
   * the middle of the response, or break it by a TCP reset. A reset can overtake the lines just before it, so that a test that
   * counts events must use `cut`.
   */
  readonly afterwards: 'continue' | 'hang' | 'end' | 'cut' | 'reset';
}

export interface Fault {
  /** HTTP method; all methods when absent. */
  readonly method?: string;
  /** Matched against path and query. */
  readonly path?: RegExp;
  readonly verb?: RecordedRequest['verb'];
  /** The first matching request to affect, counted from 1 (default). */
  readonly nth?: number;
  /** Number of consecutive requests to affect; default 1, Infinity for all. */
  readonly times?: number;
  /** Initial delay in milliseconds. */
  readonly delayMs?: number;
  /** Absent for a mere delay. */
  readonly action?: FaultAction;
}

/** A registered fault. */
export interface ActiveFault {
  /** Returns the number of affected requests. */
  hits(): number;
  remove(): void;
}

export interface Faults {
  /** Adds a fault. If several match a request, the one added first affects it, and the others do not count it. */
  add(fault: Fault): ActiveFault;
  /** Removes all faults. */
  clear(): void;
  /** Returns the fault that affects a request. */
  take(request: FaultTarget): Fault | undefined;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly verb: RecordedRequest['verb'];
}

export function createFaults(): Faults {
  const entries: { readonly fault: Fault; seen: number; hits: number }[] = [];
  return {
    add: (fault) => {
      const entry = { fault, seen: 0, hits: 0 };
      entries.push(entry);
      return {
        hits: () => entry.hits,
        remove: () => {
          const index = entries.indexOf(entry);
          if (index >= 0) entries.splice(index, 1);
        },
      };
    },
    clear: () => {
      entries.length = 0;
    },
    take: (request) => {
      for (const entry of entries) {
        if (!matches(entry.fault, request)) continue;
        entry.seen += 1;
        const { nth = 1, times = 1 } = entry.fault;
        if (entry.seen < nth || entry.seen >= nth + times) continue;
        entry.hits += 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}

/** Returns an ERROR line of a watch with 410 Expired, for `write` of a stream fault. */
export function expiredEventLine(): string {
  const { status } = expired('too old resource version: 1 (1000)');
  return `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
}

function matches(fault: Fault, request: FaultTarget): boolean {
  return (
    (fault.method === undefined || fault.method === request.method) &&
    (fault.verb === undefined || fault.verb === request.verb) &&
    (fault.path === undefined || fault.path.test(request.path))
  );
}
