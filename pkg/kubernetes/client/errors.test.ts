import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusObject } from '../../../test/doubles/server.ts';
import { cases } from '../../../test/support/cases.ts';
import * as errors from './errors.ts';

const target = { verb: 'get', path: '/api/v1/nodes' } as const;
const now = Date.UTC(2026, 0, 1);

function apiError(code: number, reason?: string, details?: object) {
  const status = statusObject({ code, ...(reason !== undefined && { reason }), ...(details && { details }) });
  return new errors.ApiError({ ...target, code, status, now });
}

function networkError(reason: errors.NetworkReason) {
  return new errors.NetworkError({ ...target, reason, message: 'x' });
}

const object = {
  verb: 'get',
  path: '/apis/extensions.gardener.cloud/v1alpha1/namespaces/ns/networks/n',
} as const;
const missingKind = { code: 404, reason: 'NotFound' };

function missing(kind: string, name: string) {
  const details = { group: 'extensions.gardener.cloud', kind, name };
  return new errors.ApiError({ ...object, code: 404, status: statusObject({ ...missingKind, details }), now });
}

function missingNamespace(name: string) {
  const status = statusObject({ ...missingKind, details: { kind: 'namespaces', name } });
  return new errors.ApiError({ ...object, code: 404, status, now });
}

const predicates = {
  isNotFound: errors.isNotFound,
  isConflict: errors.isConflict,
  isAlreadyExists: errors.isAlreadyExists,
  isGone: errors.isGone,
  isResourceVersionTooLarge: errors.isResourceVersionTooLarge,
  isTooManyRequests: errors.isTooManyRequests,
  isUnauthorized: errors.isUnauthorized,
  isForbidden: errors.isForbidden,
  isInvalid: errors.isInvalid,
  isNamespaceTerminating: errors.isNamespaceTerminating,
  isAborted: errors.isAborted,
  isRetryable: errors.isRetryable,
};

interface Classified {
  readonly error: unknown;
  /** The predicates that hold; all others must not. */
  readonly is: readonly (keyof typeof predicates)[];
}

const tooLarge = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };
const terminating = { causes: [{ reason: 'NamespaceTerminating' }] };

cases<Classified>(
  {
    'classifies NotFound of the requested object': { error: missing('networks', 'n'), is: ['isNotFound'] },
    'classifies NotFound of its namespace, as for a create': { error: missingNamespace('ns'), is: ['isNotFound'] },
    'does not take NotFound of another object for that of the requested one': {
      error: missing('networks', 'm'),
      is: [],
    },
    'does not take NotFound of another kind for that of the requested one': { error: missing('clusters', 'n'), is: [] },
    'does not take NotFound of another namespace for that of the requested object': {
      error: missingNamespace('other'),
      is: [],
    },
    'does not take NotFound without a name, as for a missing CRD, for a missing object': {
      error: new errors.ApiError({ ...object, code: 404, status: statusObject({ ...missingKind, details: {} }), now }),
      is: [],
    },
    'does not take a 404 with another reason for a missing object': {
      error: new errors.ApiError({
        ...object,
        code: 404,
        status: statusObject({
          code: 404,
          reason: 'Forbidden',
          details: { group: 'extensions.gardener.cloud', kind: 'networks', name: 'n' },
        }),
        now,
      }),
      is: [],
    },
    'does not take a 404 without a Status, as of a proxy, for a missing object': {
      error: new errors.ApiError({ ...object, code: 404, now }),
      is: [],
    },
    conflict: { error: apiError(409, 'Conflict'), is: ['isConflict'] },
    'does not take a 409 without a Status, as of a proxy, for a conflict': {
      error: new errors.ApiError({ ...object, code: 409, now }),
      is: [],
    },
    'does not take a 409 without a reason, as of an admission webhook, for a conflict': {
      error: apiError(409, ''),
      is: [],
    },
    'classifies AlreadyExists': { error: apiError(409, 'AlreadyExists'), is: ['isAlreadyExists'] },
    'classifies an expired list or watch': { error: apiError(410, 'Expired'), is: ['isGone'] },
    'classifies 410 without a Status': { error: new errors.ApiError({ ...target, code: 410, now }), is: ['isGone'] },
    'classifies a future resourceVersion': {
      error: apiError(504, 'Timeout', tooLarge),
      is: ['isResourceVersionTooLarge', 'isRetryable'],
    },
    'classifies a gateway timeout': { error: apiError(504, 'Timeout'), is: ['isRetryable'] },
    'classifies 429': { error: apiError(429, 'TooManyRequests'), is: ['isTooManyRequests', 'isRetryable'] },
    'classifies 500': { error: apiError(500, 'InternalError'), is: ['isRetryable'] },
    unauthorized: { error: apiError(401, 'Unauthorized'), is: ['isUnauthorized'] },
    forbidden: { error: apiError(403, 'Forbidden'), is: ['isForbidden'] },
    'classifies a create in a terminating namespace': {
      error: apiError(403, 'Forbidden', terminating),
      is: ['isForbidden', 'isNamespaceTerminating'],
    },
    'classifies an invalid object': { error: apiError(422, 'Invalid'), is: ['isInvalid'] },
    'classifies a broken connection': { error: networkError('Connection'), is: ['isRetryable'] },
    'classifies a timeout': { error: networkError('Timeout'), is: ['isRetryable'] },
    'classifies an abort by the caller': { error: networkError('Aborted'), is: ['isAborted'] },
    'does not classify other exceptions': { error: new TypeError('x'), is: [] },
    'ignores invalid details': { error: apiError(403, 'Forbidden', { causes: 'x' }), is: ['isForbidden'] },
  },
  ({ error, is }) => {
    const holding = Object.entries(predicates).filter(([, predicate]) => predicate(error));
    assert.deepEqual(
      holding.map(([name]) => name),
      is,
    );
  },
);

cases<{ readonly retryAfter?: string; readonly details?: object; readonly expect: number | undefined }>(
  {
    'parses Retry-After in seconds': { retryAfter: '7', expect: 7000 },
    'parses Retry-After as a date': { retryAfter: 'Thu, 01 Jan 2026 00:00:09 GMT', expect: 9000 },
    'parses a Retry-After date in the past as 0': { retryAfter: 'Thu, 01 Jan 2025 00:00:09 GMT', expect: 0 },
    'ignores a negative Retry-After': { retryAfter: '-1', expect: undefined },
    'limits Retry-After to 30 seconds': { retryAfter: '3600', expect: 30_000 },
    'limits retryAfterSeconds to 30 seconds': { details: { retryAfterSeconds: 999_999_999 }, expect: 30_000 },
    'ignores an invalid Retry-After': { retryAfter: 'soon', expect: undefined },
    'reads retryAfterSeconds of the Status': { details: { retryAfterSeconds: 1 }, expect: 1000 },
    'prefers the Retry-After header to retryAfterSeconds': {
      retryAfter: '2',
      details: { retryAfterSeconds: 1 },
      expect: 2000,
    },
    neither: { expect: undefined },
  },
  ({ retryAfter, details, expect }) => {
    const status = statusObject({ code: 429, ...(details && { details }) });
    const error = new errors.ApiError({ ...target, code: 429, status, retryAfter, now });
    assert.equal(errors.retryAfterMs(error), expect);
  },
);

test('truncates long messages', () => {
  const status = statusObject({ code: 500, message: 'x'.repeat(10_000) });
  const { message } = new errors.ApiError({ ...target, code: 500, status, now });
  assert.ok(message.length < 2200 && message.endsWith('… (10000 characters) (500)'), message.slice(-40));
});

test('a response that is not a Status, such as the page of a proxy, contributes only its code', () => {
  const error = new errors.ApiError({ ...target, code: 502, status: { message: '<html>' }, now });
  assert.equal(error.message, 'get /api/v1/nodes: HTTP status 502 (502)');
});

test('NetworkError retains the error code of a broken connection', () => {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const error = new errors.NetworkError({ ...target, reason: 'Connection', message: cause.message, cause });
  assert.equal(error.errno, 'ECONNRESET');
});
