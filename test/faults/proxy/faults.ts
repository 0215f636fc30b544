import type { ApiRequest } from './request.ts';

/** A response that the proxy itself sends. */
export interface CannedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent verbatim; for a watch, lines of events. */
  readonly body: string;
  /** Keeps the response open after the body, like an idle watch. */
  readonly open?: boolean;
}

/**
 * Fault of one request. `before` applies instead of or before forwarding, `after` applies to the response, when a write is committed. Hooks run
 * while the client waits.
 */
export type RequestFault =
  | { readonly when: 'before'; readonly act: 'refuse'; readonly response: CannedResponse }
  | { readonly when: 'before'; readonly act: 'reset' | 'hang' }
  | { readonly when: 'before'; readonly act: 'hook'; readonly hook: () => Promise<'forward' | 'drop'> }
  | { readonly when: 'after'; readonly act: 'lose' | 'reset' | 'truncate' | 'cut' }
  | { readonly when: 'after'; readonly act: 'replace'; readonly response: CannedResponse }
  | { readonly when: 'after'; readonly act: 'hook'; readonly hook: () => Promise<'respond' | 'drop'> }
  /** A watch that is forwarded until the proxy ends it. */
  | { readonly when: 'stream'; readonly act: 'close' | 'reset'; readonly afterMs: number }
  | { readonly when: 'stream'; readonly act: 'close'; readonly afterEvents: number };

/** Called for each request in the order of registration; the first fault counts. */
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

/** Fault of one watch event. `cut` sends half of the event and resets the connection, `resetBefore` resets it without sending the event. */
export type EventFault =
  | { readonly act: 'drop' | 'double' | 'swap' | 'cut' | 'resetBefore' | 'closeAfter' }
  | { readonly act: 'delay'; readonly ms: number }
  | { readonly act: 'replace' | 'insertBefore'; readonly text: string };

export type EventRule = (line: WatchLine) => EventFault | undefined;

/** A request that arrived at a proxy. */
export interface Passage {
  readonly request: ApiRequest;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Whether a rule acted on it. */
  readonly disturbed: boolean;
}

/** A committed write, whether or not the client received the response. */
export interface CommittedWrite {
  /** Name of the process behind the proxy. */
  readonly writer: string;
  readonly request: ApiRequest;
  /** Of the stored object; undefined for deletions without it in the response. */
  readonly resourceVersion: string | undefined;
  readonly name: string | undefined;
  readonly at: number;
}
