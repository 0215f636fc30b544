/** Sends one call with its deadline, rate limit, write guard and retries. The content of calls is in client.ts. */
import { atLeast, backoffDelay } from '../../clock/backoff.ts';
import { type Clock, type Random, sleep } from '../../clock/clock.ts';
import type { HttpRequest, Transport } from '../transport/connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { ApiError, isRetryable, isTooManyRequests, NetworkError, retryAfterMs, type Verb } from './errors.ts';
import type { RateLimiter } from './ratelimit.ts';
import { parseBody, readAll, toApiError, toNetworkError } from './response.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the call including retries; for a watch, until its response starts. */
  readonly timeoutMs?: number | undefined;
  /** Maximum number of retries. Default: 5. */
  readonly retries?: number | undefined;
}

export interface Call extends CallOptions {
  readonly verb: Verb;
  readonly path: string;
  /** For metrics: `networks.extensions.gardener.cloud/status`; undefined for non-resource paths. */
  readonly resource: string | undefined;
  readonly accept: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: object;
}

export interface RequestInfo {
  readonly verb: Verb;
  readonly resource: string | undefined;
  /** HTTP status; 0 if there was no response. */
  readonly code: number;
  /** Until the response was complete; for a watch, until it started. */
  readonly durationMs: number;
}

export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** If omitted, calls are not limited: required for Leases. */
  readonly limiter?: RateLimiter;
  /** Called after each request, retries included. */
  readonly onRequest?: (info: RequestInfo) => void;
  /**
   * Called immediately before each write. If it throws (lost Lease), nothing is sent and the call rejects with its
   * exception.
   */
  readonly assertMayWrite?: () => void;
  /** Timeout of calls that specify none, including retries. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Maximum size of a response, and of an event of a watch. Default: 64 MiB. */
  readonly maxResponseBytes?: number;
}

/** A wrapper, so that a type guard can narrow the type of the body. */
export interface Decoded<T> {
  readonly body: T;
}

export interface Caller {
  readonly maxResponseBytes: number;
  /** Returns the parsed JSON of a successful response. */
  send(call: Call): Promise<Decoded<unknown>>;
  /** Yields the chunks of a successful response until it ends. */
  stream(call: Call, onBytes?: () => void): AsyncGenerator<Buffer>;
}

export function createCaller(options: CallerOptions): Caller {
  const { transport, clock } = options;
  const maxBytes = options.maxResponseBytes ?? 64 * 1024 * 1024;

  return { maxResponseBytes: maxBytes, send, stream };

  async function send(call: Call): Promise<Decoded<unknown>> {
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

  async function once(call: Call, request: HttpRequest): Promise<Decoded<unknown>> {
    await admit(call, request.signal);
    const response = await measured(call, () => transport.send(request));
    if (!isSuccess(response.status)) throw toApiError({ target: call, response, now: clock.now() });
    return { body: parseBody(call, response.body) };
  }

  async function* stream(call: Call, onBytes?: () => void): AsyncGenerator<Buffer> {
    const deadline = start(call);
    try {
      const request = toRequest(call, { ...deadline, maxBytes });
      await admit(call, request.signal);
      const response = await measured(call, () => transport.stream(request));
      if (!isSuccess(response.status))
        throw toApiError({ target: call, response: await readAll(response), now: clock.now() });
      deadline.clear();
      onBytes?.();
      yield* response.chunks;
    } catch (error) {
      throw error instanceof ApiError ? error : toNetworkError(error, call);
    } finally {
      deadline.end();
    }
  }

  function start({ signal, timeoutMs = options.timeoutMs ?? 30_000 }: Call): Deadline {
    return startDeadline({ clock, signal, timeoutMs });
  }

  /** The write guard is checked last, so that only the wait for a free connection separates it from the request. */
  async function admit(call: Call, signal: AbortSignal): Promise<void> {
    await options.limiter?.take(signal);
    if (signal.aborted) throw toNetworkError(signal.reason, call);
    if (isWrite(call)) options.assertMayWrite?.();
  }

  async function measured<A extends { readonly status: number }>(call: Call, attempt: () => Promise<A>): Promise<A> {
    const startedAt = clock.monotonic();
    const report = (code: number): void =>
      options.onRequest?.({
        verb: call.verb,
        resource: call.resource,
        code,
        durationMs: clock.monotonic() - startedAt,
      });
    try {
      const response = await attempt();
      report(response.status);
      return response;
    } catch (error) {
      report(0);
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

/** Returns the milliseconds to wait before the call is sent again; undefined if it must not be retried. */
function retryDelay({ error, call, attempt }: Failure, random: Random): number | undefined {
  if (attempt >= (call.retries ?? 5)) return undefined;
  const requested = retryAfterMs(error);
  if (isWrite(call) && !(isTooManyRequests(error) && requested !== undefined)) return undefined;
  if (!isRetryable(error) || (error instanceof NetworkError && error.reason !== 'Connection')) return undefined;
  const own = backoffDelay(attempt, { baseMs: 200, maxMs: 5000, jitter: 0.5, random });
  return atLeast(own, requested, random);
}

function isWrite(call: Call): boolean {
  return methods[call.verb] !== 'GET';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
