import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { encodeAnswer } from './answer.ts';
import type { ReviewAnswer } from './review.ts';

interface Response {
  readonly uid: string;
  readonly warnings?: readonly string[];
  readonly [key: string]: unknown;
}

function responseTo(answer: ReviewAnswer): Response {
  const text = encodeAnswer({ version: 'admission.k8s.io/v1beta1', uid: 'u-1', answer });
  const { response, ...rest } = JSON.parse(text) as { readonly response: Response };
  assert.deepEqual(rest, { apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview' });
  return response;
}

const patch = [{ op: 'add', path: '/a', value: 'ä' }] as const;
const causes = [{ field: 'spec.networking.type', message: 'Required value' }];

const table: Readonly<Record<string, readonly [answer: ReviewAnswer, response: object]>> = {
  allowed: [{ allowed: true }, { uid: 'u-1', allowed: true }],
  'allowed with an empty patch and no warnings': [
    { allowed: true, patch: [], warnings: [] },
    { uid: 'u-1', allowed: true },
  ],
  'allowed with a patch': [
    { allowed: true, patch },
    { uid: 'u-1', allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') },
  ],
  'not allowed': [
    { allowed: false, code: 403, message: 'no' },
    { uid: 'u-1', allowed: false, status: { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' } },
  ],
  'unreadable, with fields and a warning': [
    { allowed: false, code: 400, message: 'no', causes, warnings: ['careful'] },
    {
      uid: 'u-1',
      allowed: false,
      status: { status: 'Failure', code: 400, reason: 'BadRequest', message: 'no', details: { causes } },
      warnings: ['careful'],
    },
  ],
  'a failure of ours': [
    { allowed: false, code: 500, message: 'oh' },
    { uid: 'u-1', allowed: false, status: { status: 'Failure', code: 500, reason: 'InternalError', message: 'oh' } },
  ],
};

cases(table, ([answer, response]) => assert.deepEqual(responseTo(answer), response));

test('a warning that is too long is cut', () => {
  assert.deepEqual(responseTo({ allowed: true, warnings: ['x'.repeat(120), 'y'.repeat(121)] }).warnings, [
    'x'.repeat(120),
    `${'y'.repeat(117)}...`,
  ]);
});

test('too many causes are counted', () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ field: `spec.a[${index}]`, message: 'Required value' }));
  const causesOf = (given: typeof many): unknown =>
    responseTo({ allowed: false, code: 403, message: 'no', causes: given })['status'];
  const status = { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' };
  assert.deepEqual(causesOf(many.slice(0, 50)), { ...status, details: { causes: many.slice(0, 50) } });
  const shown = [...many.slice(0, 50), { message: 'and 10 more fields' }];
  assert.deepEqual(causesOf(many), { ...status, details: { causes: shown } });
});

test('line breaks and other control characters become blanks', () => {
  assert.deepEqual(responseTo({ allowed: true, warnings: ['a\r\n\tb\u2028c\u0085d'] }).warnings, ['a b c d']);
});

test('too many warnings are counted', () => {
  const warnings = Array.from({ length: 50 }, (_, index) => `w${index}`);
  const got = responseTo({ allowed: true, warnings }).warnings;
  assert.equal(got?.length, 20);
  assert.deepEqual(got.slice(18), ['w18', 'and 31 more warnings']);
});

test('whatever is warned of fits into what clients show', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 30 }), (warnings) => {
      const got = responseTo({ allowed: true, warnings }).warnings ?? [];
      assert.ok(got.length <= 20);
      for (const one of got) {
        assert.ok(Array.from(one).length <= 120 && one.isWellFormed());
        assert.doesNotMatch(one, /\p{Cc}/u);
      }
    }),
  );
});
