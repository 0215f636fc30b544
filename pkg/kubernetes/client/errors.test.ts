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
  /** Exactly these hold. */
  readonly is: readonly (keyof typeof predicates)[];
}

const tooLarge = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };
const terminating = { causes: [{ reason: 'NamespaceTerminating' }] };

cases<Classified>(
  {
    'object not found': { error: apiError(404, 'NotFound', { name: 'n' }), is: ['isNotFound'] },
    'resource not installed': {
      error: new errors.ApiError({ ...target, code: 404, now }),
      is: ['isNotFound'],
    },
    conflict: { error: apiError(409, 'Conflict'), is: ['isConflict'] },
    'already exists': { error: apiError(409, 'AlreadyExists'), is: ['isAlreadyExists'] },
    'expired list or watch': { error: apiError(410, 'Expired'), is: ['isGone'] },
    'gone without a Status': { error: new errors.ApiError({ ...target, code: 410, now }), is: ['isGone'] },
    'resource version of the future': {
      error: apiError(504, 'Timeout', tooLarge),
      is: ['isResourceVersionTooLarge', 'isRetryable'],
    },
    'a plain gateway timeout': { error: apiError(504, 'Timeout'), is: ['isRetryable'] },
    'too many requests': { error: apiError(429, 'TooManyRequests'), is: ['isTooManyRequests', 'isRetryable'] },
    'internal error': { error: apiError(500, 'InternalError'), is: ['isRetryable'] },
    unauthorized: { error: apiError(401, 'Unauthorized'), is: ['isUnauthorized'] },
    forbidden: { error: apiError(403, 'Forbidden'), is: ['isForbidden'] },
    'namespace is going': {
      error: apiError(403, 'Forbidden', terminating),
      is: ['isForbidden', 'isNamespaceTerminating'],
    },
    'invalid object': { error: apiError(422, 'Invalid'), is: ['isInvalid'] },
    'broken connection': { error: networkError('Connection'), is: ['isRetryable'] },
    'deadline over': { error: networkError('Timeout'), is: ['isRetryable'] },
    'aborted by the caller': { error: networkError('Aborted'), is: ['isAborted'] },
    'a bug of ours': { error: new TypeError('x'), is: [] },
    'garbage in details': { error: apiError(403, 'Forbidden', { causes: 'x' }), is: ['isForbidden'] },
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
    'Retry-After in seconds': { retryAfter: '7', expect: 7000 },
    'Retry-After as a date': { retryAfter: 'Thu, 01 Jan 2026 00:00:09 GMT', expect: 9000 },
    'Retry-After as a date that is over': { retryAfter: 'Thu, 01 Jan 2025 00:00:09 GMT', expect: 0 },
    'Retry-After as rubbish': { retryAfter: 'soon', expect: undefined },
    'retryAfterSeconds of the Status': { details: { retryAfterSeconds: 1 }, expect: 1000 },
    'the header wins': { retryAfter: '2', details: { retryAfterSeconds: 1 }, expect: 2000 },
    neither: { expect: undefined },
  },
  ({ retryAfter, details, expect }) => {
    const status = statusObject({ code: 429, ...(details && { details }) });
    const error = new errors.ApiError({ ...target, code: 429, status, retryAfter, now });
    assert.equal(errors.retryAfterMs(error), expect);
  },
);

test('a message of pages is cut', () => {
  const status = statusObject({ code: 500, message: 'x'.repeat(10_000) });
  const { message } = new errors.ApiError({ ...target, code: 500, status, now });
  assert.ok(message.length < 2200 && message.endsWith('… (10000 characters) (500)'), message.slice(-40));
});

test('an answer that is not a Status gives its code only: it may be the page of a proxy', () => {
  const error = new errors.ApiError({ ...target, code: 502, status: { message: '<html>' }, now });
  assert.equal(error.message, 'get /api/v1/nodes: HTTP status 502 (502)');
});

test('the code of a broken connection is kept', () => {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const error = new errors.NetworkError({ ...target, reason: 'Connection', message: cause.message, cause });
  assert.equal(error.errno, 'ECONNRESET');
});
