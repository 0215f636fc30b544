import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { encodeResponse } from './response.ts';
import type { ReviewResponse } from './review.ts';

interface Encoded {
  readonly uid: string;
  readonly warnings?: readonly string[];
  readonly [key: string]: unknown;
}

function encoded(input: ReviewResponse): Encoded {
  const text = encodeResponse({ version: 'admission.k8s.io/v1beta1', uid: 'u-1', response: input });
  const { response, ...rest } = JSON.parse(text) as { readonly response: Encoded };
  assert.deepEqual(rest, { apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview' });
  return response;
}

const patch = [{ op: 'add', path: '/a', value: 'ä' }] as const;
const causes = [{ field: 'spec.networking.type', message: 'Required value' }];

const table: Readonly<Record<string, readonly [response: ReviewResponse, json: object]>> = {
  allowed: [{ allowed: true }, { uid: 'u-1', allowed: true }],
  'allowed with an empty patch and no warnings': [
    { allowed: true, patch: [], warnings: [] },
    { uid: 'u-1', allowed: true },
  ],
  'allowed with a patch': [
    { allowed: true, patch },
    { uid: 'u-1', allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') },
  ],
  denied: [
    { allowed: false, code: 403, message: 'no' },
    { uid: 'u-1', allowed: false, status: { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' } },
  ],
  'an invalid request with causes and a warning': [
    { allowed: false, code: 400, message: 'no', causes, warnings: ['careful'] },
    {
      uid: 'u-1',
      allowed: false,
      status: { status: 'Failure', code: 400, reason: 'BadRequest', message: 'no', details: { causes } },
      warnings: ['careful'],
    },
  ],
  'an internal error': [
    { allowed: false, code: 500, message: 'oh' },
    { uid: 'u-1', allowed: false, status: { status: 'Failure', code: 500, reason: 'InternalError', message: 'oh' } },
  ],
};

cases('encodeResponse encodes', table, ([response, json]) => assert.deepEqual(encoded(response), json));

test('encodeResponse cuts long warnings', () => {
  assert.deepEqual(encoded({ allowed: true, warnings: ['x'.repeat(120), 'y'.repeat(121)] }).warnings, [
    'x'.repeat(120),
    `${'y'.repeat(117)}...`,
  ]);
});

test('encodeResponse replaces excess causes by their number', () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ field: `spec.a[${index}]`, message: 'Required value' }));
  const statusWith = (given: typeof many): unknown =>
    encoded({ allowed: false, code: 403, message: 'no', causes: given })['status'];
  const status = { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' };
  assert.deepEqual(statusWith(many.slice(0, 50)), { ...status, details: { causes: many.slice(0, 50) } });
  const shown = [...many.slice(0, 50), { message: 'and 10 more fields' }];
  assert.deepEqual(statusWith(many), { ...status, details: { causes: shown } });
});

test('encodeResponse replaces control characters in warnings by spaces', () => {
  assert.deepEqual(encoded({ allowed: true, warnings: ['a\r\n\tb\u2028c\u0085d'] }).warnings, ['a b c d']);
});

test('encodeResponse replaces excess warnings by their number', () => {
  const warnings = Array.from({ length: 50 }, (_, index) => `w${index}`);
  const got = encoded({ allowed: true, warnings }).warnings;
  assert.equal(got?.length, 20);
  assert.deepEqual(got.slice(18), ['w18', 'and 31 more warnings']);
});

test('property: warnings respect the limits of clients', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 30 }), (warnings) => {
      const got = encoded({ allowed: true, warnings }).warnings ?? [];
      assert.ok(got.length <= 20);
      for (const one of got) {
        assert.ok(Array.from(one).length <= 120 && one.isWellFormed());
        assert.doesNotMatch(one, /\p{Cc}/u);
      }
    }),
  );
});
