import type { ApiRequest } from './request.ts';

/** A response that does not come from the API server. */
export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; for a watch the lines of its events. */
  readonly body: string;
  /** Keeps the response open after the body, as a watch that nothing happens on. */
  readonly open?: boolean;
}

/**
 * What happens to one request. `before`: the API server never sees it (except after a delay or hook). `after`: the API server has answered, and a write
 * is committed. Hooks run while the client waits.
 */
export type RequestFault =
  | { readonly when: 'before'; readonly act: 'refuse'; readonly answer: CannedAnswer }
  | { readonly when: 'before'; readonly act: 'reset' | 'hang' }
  | { readonly when: 'before'; readonly act: 'hook'; readonly hook: () => Promise<'forward' | 'drop'> }
  | { readonly when: 'after'; readonly act: 'lose' | 'reset' | 'truncate' | 'cut' }
  | { readonly when: 'after'; readonly act: 'replace'; readonly answer: CannedAnswer }
  | { readonly when: 'after'; readonly act: 'hook'; readonly hook: () => Promise<'answer' | 'drop'> }
  /** A watch that is forwarded, and ended by the proxy. */
  | { readonly when: 'stream'; readonly act: 'close' | 'reset'; readonly afterMs: number }
  | { readonly when: 'stream'; readonly act: 'close'; readonly afterEvents: number };

/** Asked for each request in the order of registration; the first fault counts. */
export type RequestRule = (request: ApiRequest) => RequestFault | undefined;

/** One event of a watch, as the API server sent it. */
export interface WatchLine {
  readonly resource: string;
  readonly type: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Without the line break. */
  readonly text: string;
}

/** What happens to one event of a watch. `cut` sends half of the event and resets the connection, `resetBefore` sends nothing of it. */
export type EventFault =
  | { readonly act: 'drop' | 'double' | 'swap' | 'cut' | 'resetBefore' | 'closeAfter' }
  | { readonly act: 'delay'; readonly ms: number }
  | { readonly act: 'replace' | 'insertBefore'; readonly text: string };

export type EventRule = (line: WatchLine) => EventFault | undefined;

/** A request that came to a proxy. */
export interface Passage {
  readonly request: ApiRequest;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Whether a rule acted on it. */
  readonly disturbed: boolean;
}

/** A write that the API server has committed, whatever the client was told. */
export interface CommittedWrite {
  /** Names the process whose proxy this is. */
  readonly writer: string;
  readonly request: ApiRequest;
  /** Of the stored object; the API server returns none for some deletions. */
  readonly resourceVersion: string | undefined;
  readonly name: string | undefined;
  readonly at: number;
}
