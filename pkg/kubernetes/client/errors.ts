/**
 * Failures of a request to an API server: ApiError for an error response, NetworkError for a missing or unusable
 * response. Neither contains a request body, a header or a query, since errors are logged and written to
 * `status.lastError`.
 */
import { isRecord } from '../../gardener/objects.ts';
import { parseResourcePath } from './resource.ts';

/** Verbs as RBAC and the audit log name them. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** `details` of a meta/v1 Status. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Verb and path of a request, without its query. */
export interface RequestTarget {
  readonly verb: Verb;
  readonly path: string;
}

export interface ApiErrorInput extends RequestTarget {
  readonly code: number;
  /** The parsed body: a meta/v1 Status if the response came from the API server itself. */
  readonly status?: unknown;
  /** The value of the Retry-After header. */
  readonly retryAfter?: string | undefined;
  /** Wall clock in milliseconds, for a Retry-After that is a date. */
  readonly now: number;
}

/** The API server responded with a status other than 2xx. */
export class ApiError extends Error {
  readonly code: number;
  /** `reason` of the Status (`NotFound`, `Expired`, …); empty if the body was not a Status, as for a missing CRD. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;
  readonly verb: Verb;
  readonly path: string;

  constructor(input: ApiErrorInput) {
    const status = isRecord(input.status) && input.status['kind'] === 'Status' ? input.status : undefined;
    const message = typeof status?.['message'] === 'string' ? status['message'] : `HTTP status ${input.code}`;
    super(`${input.verb} ${input.path}: ${shorten(message)} (${input.code})`);
    this.name = 'ApiError';
    this.code = input.code;
    this.reason = typeof status?.['reason'] === 'string' ? status['reason'] : '';
    this.details = isRecord(status?.['details']) ? status['details'] : undefined;
    this.retryAfterMs = parseRetryAfter(input.retryAfter, input.now) ?? retryAfterSecondsToMs(this.details);
    this.verb = input.verb;
    this.path = input.path;
  }
}

/** Why there was no usable response. `Unusable`: the response was too large, not JSON, or truncated. */
export type NetworkReason = 'Timeout' | 'Aborted' | 'Connection' | 'Unusable' | 'Credentials';

export interface NetworkErrorInput extends RequestTarget {
  readonly reason: NetworkReason;
  readonly message: string;
  readonly cause?: unknown;
}

/** The API server did not respond, or with an unusable response. */
export class NetworkError extends Error {
  readonly reason: NetworkReason;
  /** Error code of Node or undici, such as `ECONNRESET`, if any. */
  readonly errno: string | undefined;
  readonly verb: Verb;
  readonly path: string;

  constructor(input: NetworkErrorInput) {
    super(`${input.verb} ${input.path}: ${shorten(input.message)}`, { cause: input.cause });
    this.name = 'NetworkError';
    this.reason = input.reason;
    this.errno = isRecord(input.cause) && typeof input.cause['code'] === 'string' ? input.cause['code'] : undefined;
    this.verb = input.verb;
    this.path = input.path;
  }
}

/**
 * Returns whether the API server states that the requested object does not exist, or the namespace of an object to be
 * created. A 404 of a proxy, or for a kind that is not served, states nothing about the object: a Status must name it.
 */
export function isNotFound(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 404 || error.reason !== 'NotFound') return false;
  const target = parseResourcePath(error.path);
  if (target === undefined) return false;
  const { name, kind, group = '' } = error.details ?? {};
  const is = (object: {
    readonly group: string;
    readonly plural: string;
    readonly name: string | undefined;
  }): boolean => name !== undefined && name === object.name && kind === object.plural && group === object.group;
  return is(target) || is({ group: '', plural: 'namespaces', name: target.namespace });
}

/** Waits for a deletion. Returns true if the object existed, false on NotFound; throws every other error. */
export async function deleteIgnoringNotFound(deletion: Promise<unknown>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Returns whether a resourceVersion or uid in the request differs from the stored one. A 409 of a proxy or of an admission
 * webhook does not state that, and reading the object again would not help.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'Conflict';
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists';
}

/**
 * Returns whether the resourceVersion or continue token is too old: 410, as a response or as an ERROR event of a watch.
 */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

/** Returns whether the requested resourceVersion is ahead of the API server (504 with this cause). */
export function isResourceVersionTooLarge(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const causes = Array.isArray(error.details?.causes) ? error.details.causes : [];
  return (
    causes.some((cause) => cause.reason === 'ResourceVersionTooLarge') ||
    (error.code === 504 && error.message.includes('Too large resource version'))
  );
}

export function isTooManyRequests(error: unknown): boolean {
  return hasCode(error, 429);
}

export function isUnauthorized(error: unknown): boolean {
  return hasCode(error, 401);
}

export function isForbidden(error: unknown): boolean {
  return hasCode(error, 403);
}

/** Returns whether the object was rejected by schema or admission, so that a retry would fail again. */
export function isInvalid(error: unknown): boolean {
  return hasCode(error, 422) || hasCode(error, 400);
}

/** Returns whether a create failed because the namespace is being deleted (403 with this cause). */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = error instanceof ApiError ? error.details?.causes : undefined;
  return Array.isArray(causes) && causes.some((cause: StatusCause) => cause.reason === 'NamespaceTerminating');
}

/** Returns whether the caller or the closing of the transport aborted the request, which is not a failure to report. */
export function isAborted(error: unknown): boolean {
  return error instanceof NetworkError && error.reason === 'Aborted';
}

/**
 * Returns whether a retry can succeed: no response, 429 or 5xx. The failed request may have been executed nevertheless.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof NetworkError) return error.reason !== 'Aborted';
  return error instanceof ApiError && (error.code === 429 || error.code >= 500);
}

/**
 * Returns the delay in milliseconds that the API server requested, if any, of at most 30 seconds. Callers retry after
 * the longer of this delay and their own back-off.
 */
export function retryAfterMs(error: unknown): number | undefined {
  const requested = error instanceof ApiError ? error.retryAfterMs : undefined;
  return requested === undefined ? undefined : Math.min(requested, longestRetryAfterMs);
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}

const longestRetryAfterMs = 30_000;

/** RFC 9110 §10.2.3: seconds or a date. Any other value, such as a negative number, is treated like a missing header. */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  // Date.parse reads "-1" as a year.
  if (!/[A-Za-z]/.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function retryAfterSecondsToMs(details: StatusDetails | undefined): number | undefined {
  const seconds = details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

/** Truncates messages: those of admission plug-ins can be pages long, and lastError is stored in etcd. */
function shorten(message: string): string {
  return message.length <= 2048 ? message : `${message.slice(0, 2048)}… (${message.length} characters)`;
}
