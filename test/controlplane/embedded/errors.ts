/** The Status objects of failed requests, with the codes, reasons and messages of the real API server. */
import type { JsonObject } from './objects.ts';
import { qualifiedName, type Resource } from './resources.ts';

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** A failure that results in an HTTP response with a Status as its body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly status: JsonObject;
  readonly headers: Readonly<Record<string, string>>;

  constructor(failure: {
    readonly code: number;
    readonly reason?: string;
    readonly message: string;
    readonly metadata?: JsonObject;
    readonly details?: JsonObject;
    readonly headers?: Readonly<Record<string, string>>;
  }) {
    super(failure.message);
    this.code = failure.code;
    this.headers = failure.headers ?? {};
    this.status = failureStatus(failure);
  }
}

/** Returns the Status object of a failure. */
function failureStatus(failure: {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
  readonly metadata?: JsonObject;
  readonly details?: JsonObject;
}): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: failure.metadata ?? {},
    status: 'Failure',
    message: failure.message,
    ...(failure.reason === undefined ? {} : { reason: failure.reason }),
    ...(failure.details === undefined ? {} : { details: failure.details }),
    code: failure.code,
  };
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: `${qualifiedName(resource)} ${JSON.stringify(name)} not found`,
    details: details(resource, name),
  });
}

/** The error for an unknown resource in a known group. */
export function noSuchResource(): ApiError {
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

export function alreadyExists(resource: Resource, name: string): ApiError {
  return new ApiError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualifiedName(resource)} ${JSON.stringify(name)} already exists`,
    details: details(resource, name),
  });
}

export function conflict(resource: Resource, name: string, why?: string): ApiError {
  const stale = 'the object has been modified; please apply your changes to the latest version and try again';
  return new ApiError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualifiedName(resource)} ${JSON.stringify(name)}: ${why ?? stale}`,
    details: details(resource, name),
  });
}

export function invalid(resource: Resource, name: string, causes: readonly Cause[]): ApiError {
  return invalidAs({ kind: resource.kind, group: resource.group }, name, causes);
}

/** Like `invalid`, with another kind, as in some checks of the real server. */
export function invalidAs(
  as: { readonly kind: string; readonly group: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const messages = causes.map((cause) => `${cause.field ?? ''}: ${cause.message}`);
  const text = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
  const group = as.group === '' ? {} : { group: as.group };
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${[as.kind, ...Object.values(group)].join('.')} ${JSON.stringify(name)} is invalid: ${text}`,
    details: { name, ...group, kind: as.kind, causes },
  });
}

/** The error for conflicting parameters of a list or watch. */
export function invalidListOptions(field: string, why: string): ApiError {
  const as = { kind: 'ListOptions', group: 'meta.k8s.io' };
  return invalidAs(as, '', [{ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field }]);
}

export function forbidden(
  resource: Resource,
  name: string,
  why: { readonly text: string; readonly causes?: readonly Cause[] },
): ApiError {
  return new ApiError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualifiedName(resource)} ${JSON.stringify(name)} is forbidden: ${why.text}`,
    details: { ...details(resource, name), ...(why.causes === undefined ? {} : { causes: why.causes }) },
  });
}

/** The error for requests that the real server does not expect: 500 without a reason. */
export function unexpected(message: string): ApiError {
  return new ApiError({ code: 500, message });
}

/** The error for a path without a handler in the real server: plain text instead of a Status. */
export class PageNotFound extends Error {
  override readonly name = 'PageNotFound';
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function methodNotAllowed(): ApiError {
  return new ApiError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

export function bodyTooLarge(limit: number): ApiError {
  return new ApiError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${limit}`,
  });
}

/** The error for a compacted resourceVersion or continue token. */
export function expired(message: string, metadata: JsonObject = {}): ApiError {
  return new ApiError({ code: 410, reason: 'Expired', message, metadata });
}

/** The error for a future resourceVersion that did not appear in time. */
export function resourceVersionTooLarge(requested: number, current: number): ApiError {
  return new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${requested}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
    headers: { 'retry-after': '1' },
  });
}

function details(resource: Resource, name: string): JsonObject {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}
