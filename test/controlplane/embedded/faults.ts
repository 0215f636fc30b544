/** Faults that tests script: which requests they hit, and what happens to these. */
import { expired } from './errors.ts';
import type { RecordedRequest } from './recorder.ts';

/** What happens instead of, or on top of, the normal answer. */
export type FaultAction =
  /** Answers without looking at the request. A string body is sent as it is, another one as JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Breaks the connection: `before` the request has any effect, or `after`, when a write is done but not answered. */
  | { readonly kind: 'reset'; readonly moment: 'before' | 'after' }
  /** Never answers and keeps the connection open, as a peer behind a dead link does. */
  | { readonly kind: 'hang'; readonly moment: 'before' | 'after' }
  /** Disturbs the stream of a watch. */
  | ({ readonly kind: 'stream' } & StreamFault);

export interface StreamFault {
  /** How many events (bookmarks not counted) get through before it. 0: none. */
  readonly afterEvents: number;
  /** `half-line` cuts the next event in the middle; another text is sent as it is, so a line needs its own line break. */
  readonly write?: 'half-line' | (string & {});
  /**
   * What the stream does afterwards: go on, fall silent for ever (bookmarks too), end in order, close the connection in
   * the middle of the answer, or break it by a TCP reset. A reset can overtake the lines just before it, so a test that
   * counts events cuts.
   */
  readonly afterwards: 'continue' | 'hang' | 'end' | 'cut' | 'reset';
}

export interface Fault {
  /** HTTP method; all methods when absent. */
  readonly method?: string;
  /** Tested against path and query as they were sent. */
  readonly path?: RegExp;
  readonly verb?: RecordedRequest['verb'];
  /** The first of the matching requests that is hit, counted from 1 (default). */
  readonly nth?: number;
  /** How many in a row are hit; default 1, Infinity for all. */
  readonly times?: number;
  /** Waits this long, in milliseconds, before anything else happens. */
  readonly delayMs?: number;
  /** Absent: only the delay. */
  readonly action?: FaultAction;
}

/** A fault in place. */
export interface ActiveFault {
  /** How many requests it hit. */
  hits(): number;
  remove(): void;
}

export interface Faults {
  /** Adds a fault. Of several that would hit one request the one added first does; the others do not count it. */
  add(fault: Fault): ActiveFault;
  /** Removes all. */
  clear(): void;
  /** The fault that hits a request. */
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

/** An ERROR line of a watch that says 410 Expired, as `write` of a stream fault. */
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
