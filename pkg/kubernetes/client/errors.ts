/**
 * What can go wrong between us and an API server, as two types: it answered (ApiError) or it did not (NetworkError).
 * Neither ever holds a request body, a header or a query: errors are logged and end up in `status.lastError`.
 */
import { isRecord } from '../../gardener/objects.ts';

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

/** Where a request went: the path without its query. */
export interface RequestTarget {
  readonly verb: Verb;
  readonly path: string;
}

export interface ApiErrorInput extends RequestTarget {
  readonly code: number;
  /** The parsed answer, a meta/v1 Status when the API server itself answered. */
  readonly status?: unknown;
  /** The value of the Retry-After header. */
  readonly retryAfter?: string | undefined;
  /** Wall clock in milliseconds, for a Retry-After that is a date. */
  readonly now: number;
}

/** The API server answered with something else than success. */
export class ApiError extends Error {
  readonly code: number;
  /** `reason` of the Status (`NotFound`, `Expired`, …); empty when the answer was not a Status, as for a missing CRD. */
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
    this.retryAfterMs = parseRetryAfter(input.retryAfter, input.now) ?? retryAfterOf(this.details);
    this.verb = input.verb;
    this.path = input.path;
  }
}

/** Why there was no usable answer. `Unusable` is an answer that cannot be read: too large, not JSON, cut off. */
export type NetworkReason = 'Timeout' | 'Aborted' | 'Connection' | 'Unusable' | 'Credentials';

export interface NetworkErrorInput extends RequestTarget {
  readonly reason: NetworkReason;
  readonly message: string;
  readonly cause?: unknown;
}

/** The API server did not answer, or with something that cannot be used. */
export class NetworkError extends Error {
  readonly reason: NetworkReason;
  /** `ECONNRESET` and the like, of Node or undici, when there is one. */
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

export function isNotFound(error: unknown): boolean {
  return hasCode(error, 404);
}

/** Waits for a deletion and takes "not there" for done; false then. Throws everything else that the deletion throws. */
export async function wasThere(deletion: Promise<unknown>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** The resourceVersion or uid that we sent is not the stored one. */
export function isConflict(error: unknown): boolean {
  return hasCode(error, 409) && !isAlreadyExists(error);
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists';
}

/** 410: the resourceVersion or continue token is too old; as an HTTP answer or as an ERROR event of a watch. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

/** The resourceVersion that we asked for is one that the API server has not seen yet, or never will (504, causes). */
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

/** The object was refused by the schema or by admission: sending it again gives the same. */
export function isInvalid(error: unknown): boolean {
  return hasCode(error, 422) || hasCode(error, 400);
}

/** A create into a namespace that is being deleted (403 with this cause). */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = error instanceof ApiError ? error.details?.causes : undefined;
  return Array.isArray(causes) && causes.some((cause: StatusCause) => cause.reason === 'NamespaceTerminating');
}

/** The caller's own signal, or the end of the transport, ended the request: nobody is to blame and nothing is to be reported. */
export function isAborted(error: unknown): boolean {
  return error instanceof NetworkError && error.reason === 'Aborted';
}

/** The same request can succeed a little later: no answer, 429, 5xx. Says nothing about whether it was executed. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof NetworkError) return error.reason !== 'Aborted';
  return error instanceof ApiError && (error.code === 429 || error.code >= 500);
}

/** How long the API server asked us to wait, in milliseconds. */
export function retryAfterMs(error: unknown): number | undefined {
  return error instanceof ApiError ? error.retryAfterMs : undefined;
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}

/** RFC 9110 §10.2.3: seconds or a date; whatever else is there is ignored, as if the header were missing. */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function retryAfterOf(details: StatusDetails | undefined): number | undefined {
  const seconds = details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

/** Messages of admission plug-ins can be pages long, and lastError is stored in etcd. */
function shorten(message: string): string {
  return message.length <= 2048 ? message : `${message.slice(0, 2048)}… (${message.length} characters)`;
}
