/** One call: its deadline, its retries, its errors. client.ts knows what is sent, this file knows when. */
import { backoffDelay } from '../../clock/backoff.ts';
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import type { HttpRequest, Transport } from '../transport/connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { ApiError, isRetryable, isTooManyRequests, NetworkError, retryAfterMs, type Verb } from './errors.ts';
import type { RateLimiter } from './ratelimit.ts';
import { parseBody, readAll, toApiError, toNetworkError } from './response.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the call with its retries; for a watch, until its answer begins. */
  readonly timeoutMs?: number | undefined;
  /** How often it may be sent again; 5 unless told. */
  readonly retries?: number | undefined;
}

export interface Call extends CallOptions {
  readonly verb: Verb;
  readonly path: string;
  /** For metrics: `networks.extensions.gardener.cloud/status`; undefined for paths without objects. */
  readonly resource: string | undefined;
  readonly accept: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: object;
}

export interface RequestInfo {
  readonly verb: Verb;
  readonly resource: string | undefined;
  /** HTTP status, 0 when there was no answer. */
  readonly code: number;
  /** Until the answer was complete; for a watch, until it began. */
  readonly durationMs: number;
}

export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Without one, nothing is limited: for Leases. */
  readonly limiter?: RateLimiter;
  /** Called after each request that was sent, retries included, with the code of the answer (0: there was none). */
  readonly onRequest?: (info: RequestInfo) => void;
  /** Called right before each write is sent; what it throws goes to the caller and nothing is sent (a lost lease). */
  readonly mayWrite?: () => void;
  /** For one call with all of its retries, unless the call says otherwise; 30 s. */
  readonly timeoutMs?: number;
  /** The largest answer, and the largest event of a watch; 64 MiB. */
  readonly maxAnswerBytes?: number;
}

/** Wrapped, so that a type guard can say what is inside. */
export interface Answer<T> {
  readonly answer: T;
}

export interface Caller {
  readonly maxAnswerBytes: number;
  /** The parsed JSON of a successful answer. */
  send(call: Call): Promise<Answer<unknown>>;
  /** The chunks of a successful answer, for as long as it lasts. */
  stream(call: Call, onBytes?: () => void): AsyncGenerator<Buffer>;
}

export function createCaller(options: CallerOptions): Caller {
  const { transport, clock } = options;
  const maxBytes = options.maxAnswerBytes ?? 64 * 1024 * 1024;

  return { maxAnswerBytes: maxBytes, send, stream };

  async function send(call: Call): Promise<Answer<unknown>> {
    const deadline = start(call);
    try {
      const request = toRequest(call, { ...deadline, maxBytes });
      for (let attempt = 0; ; attempt += 1) {
        const outcome = await once(call, request).catch((error: unknown) => ({ error }));
        if (!('error' in outcome)) return outcome;
        const delay = retryDelay({ error: outcome.error, call, attempt }, options.random);
        if (delay === undefined || delay >= deadline.remainingMs()) throw outcome.error;
        await sleep(clock, delay, deadline.signal);
        if (deadline.signal.aborted) throw toNetworkError(deadline.signal.reason, call);
      }
    } finally {
      deadline.end();
    }
  }

  async function once(call: Call, request: HttpRequest): Promise<Answer<unknown>> {
    await admit(call, request.signal);
    const answer = await observed(call, () => transport.send(request));
    if (!isSuccess(answer.status)) throw toApiError({ target: call, answer, now: clock.now() });
    return { answer: parseBody(call, answer.body) };
  }

  async function* stream(call: Call, onBytes?: () => void): AsyncGenerator<Buffer> {
    const deadline = start(call);
    try {
      const request = toRequest(call, { ...deadline, maxBytes });
      await admit(call, request.signal);
      const answer = await observed(call, () => transport.stream(request));
      if (!isSuccess(answer.status))
        throw toApiError({ target: call, answer: await readAll(answer), now: clock.now() });
      deadline.met();
      onBytes?.();
      yield* answer.chunks;
    } catch (error) {
      throw error instanceof ApiError ? error : toNetworkError(error, call);
    } finally {
      deadline.end();
    }
  }

  function start({ signal, timeoutMs = options.timeoutMs ?? 30_000 }: Call): Deadline {
    return startDeadline({ clock, signal, timeoutMs });
  }

  /** The fence comes last: between it and the first byte nothing is waited for, except a free connection. */
  async function admit(call: Call, signal: AbortSignal): Promise<void> {
    await options.limiter?.take(signal);
    if (signal.aborted) throw toNetworkError(signal.reason, call);
    if (isWrite(call)) options.mayWrite?.();
  }

  async function observed<A extends { readonly status: number }>(call: Call, attempt: () => Promise<A>): Promise<A> {
    const startedAt = clock.monotonic();
    const observe = (code: number): void =>
      options.onRequest?.({
        verb: call.verb,
        resource: call.resource,
        code,
        durationMs: clock.monotonic() - startedAt,
      });
    try {
      const answer = await attempt();
      observe(answer.status);
      return answer;
    } catch (error) {
      observe(0);
      throw toNetworkError(error, call);
    }
  }
}

type RequestLimits = Pick<Deadline, 'signal' | 'timeoutMs'> & { readonly maxBytes: number };

function toRequest(call: Call, { signal, timeoutMs, maxBytes }: RequestLimits): HttpRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, value);
  const path = query.size === 0 ? call.path : `${call.path}?${query.toString()}`;
  const common = { method: methods[call.verb], path, signal, timeoutMs, maxBytes };
  if (call.body === undefined) return { ...common, headers: { accept: call.accept } };
  const type = call.verb === 'patch' ? 'application/merge-patch+json' : 'application/json';
  return { ...common, headers: { accept: call.accept, 'content-type': type }, body: JSON.stringify(call.body) };
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<Verb, HttpRequest['method']>;

interface Failure {
  readonly error: unknown;
  readonly call: Call;
  readonly attempt: number;
}

/** Milliseconds to wait before the call is sent again; undefined when it must not be. */
function retryDelay({ error, call, attempt }: Failure, random: Random): number | undefined {
  if (attempt >= (call.retries ?? 5)) return undefined;
  const asked = retryAfterMs(error);
  if (isWrite(call) && !(isTooManyRequests(error) && asked !== undefined)) return undefined;
  if (!isRetryable(error) || (error instanceof NetworkError && error.reason !== 'Connection')) return undefined;
  // Everybody who was turned away at once is not to come back at once.
  if (asked !== undefined) return Math.round(asked * (1 + random() / 10));
  return backoffDelay(attempt, { baseMs: 200, maxMs: 5000, jitter: 0.5, random });
}

function isWrite(call: Call): boolean {
  return methods[call.verb] !== 'GET';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
