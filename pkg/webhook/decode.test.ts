import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { decodeReview } from './decode.ts';

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
const request = { uid: 'u-1', operation: 'UPDATE', namespace: 'kube-system', name: 'x', object, oldObject: object };

function bytes(review: unknown): Uint8Array {
  return Buffer.from(typeof review === 'string' ? review : JSON.stringify(review));
}

function review(changes: object, apiVersion = 'admission.k8s.io/v1'): unknown {
  return { apiVersion, kind: 'AdmissionReview', request: { ...request, ...changes } };
}

test('decodes an update', () => {
  const extra = { kind: { group: '', version: 'v1', kind: 'ConfigMap' }, dryRun: true, options: null, userInfo: {} };
  assert.deepEqual(decodeReview(bytes(review(extra))), {
    outcome: 'review',
    version: 'admission.k8s.io/v1',
    request: { ...request, dryRun: true },
  });
});

test('decodes a request for a subresource', () => {
  const decoded = decodeReview(bytes(review({ subResource: 'status' })));
  assert.equal(decoded.outcome === 'review' && decoded.request.subResource, 'status');
});

test('distinguishes v1beta1 from v1', () => {
  const decoded = decodeReview(bytes(review({}, 'admission.k8s.io/v1beta1')));
  assert.equal(decoded.outcome === 'review' && decoded.version, 'admission.k8s.io/v1beta1');
});

test('accepts a request without object, oldObject, namespace and name', () => {
  const { object: _, oldObject: _old, namespace: _namespace, name: _name, ...rest } = request;
  const decoded = decodeReview(
    bytes({ ...(review({}) as object), request: { ...rest, operation: 'DELETE', object: null } }),
  );
  assert.ok(decoded.outcome === 'review');
  assert.deepEqual(decoded.request, {
    uid: 'u-1',
    operation: 'DELETE',
    dryRun: false,
    namespace: '',
    name: '',
    object: null,
    oldObject: null,
  });
});

test('sets a name to be generated to the empty string and drops null members of metadata', () => {
  const metadata = { generateName: 'x-', labels: null, creationTimestamp: null, finalizers: null, managedFields: null };
  const decoded = decodeReview(bytes(review({ object: { ...object, metadata } })));
  assert.ok(decoded.outcome === 'review');
  assert.deepEqual(decoded.request.object?.metadata, { name: '', generateName: 'x-', managedFields: null });
});

test('decodes keys such as __proto__ as plain members', () => {
  const text =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","__proto__":{"labels":{"a":"b"}}},"__proto__":{"y":1}}';
  const decoded = decodeReview(bytes(JSON.stringify(review({ object: 0 })).replace('"object":0', `"object":${text}`)));
  assert.ok(decoded.outcome === 'review' && decoded.request.object !== null);
  const { object: got } = decoded.request;
  assert.equal(Object.getPrototypeOf(got), Object.prototype);
  assert.equal(Object.getPrototypeOf(got.metadata), Object.prototype);
  assert.equal(got.metadata.labels, undefined);
  assert.deepEqual(JSON.parse(JSON.stringify(got)), JSON.parse(text));
  assert.equal(({} as { readonly y?: unknown }).y, undefined);
});

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

const unreadable: Readonly<Record<string, readonly [body: Uint8Array, message: RegExp]>> = {
  'an empty body': [bytes(''), /not JSON/],
  'invalid JSON': [bytes('{"a":'), /not JSON/],
  'invalid UTF-8': [Buffer.concat([bytes('{"a":"'), Uint8Array.of(0xc3, 0x28), bytes('"}')]), /not valid UTF-8/],
  'a lone surrogate in UTF-8': [
    Buffer.concat([bytes('"'), Uint8Array.of(0xed, 0xa0, 0x80), bytes('"')]),
    /not valid UTF-8/,
  ],
  'excessively nested lists': [bytes(nested(100_000, '[', ']')), /nested more than 200 levels deep/],
  'excessively nested objects': [bytes(`${'{"a":'.repeat(201)}1${'}'.repeat(201)}`), /nested more than 200/],
  'brackets after a string that ends in a backslash': [
    bytes(`["\\\\",${nested(200, '[', ']')}]`),
    /nested more than 200/,
  ],
  'a list': [bytes([]), /not an AdmissionReview/],
  'another kind': [bytes({ apiVersion: 'v1', kind: 'Pod' }), /not an AdmissionReview/],
  'another version': [bytes(review({}, 'admission.k8s.io/v2')), /apiVersion must be one of/],
  'no request': [bytes({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }), /no request/],
  'no uid': [bytes(review({ uid: undefined })), /request\.uid is missing/],
  'an empty uid': [bytes(review({ uid: '' })), /request\.uid is missing/],
  'a numeric uid': [bytes(review({ uid: 7 })), /request\.uid is missing/],
  'an overlong uid': [bytes(review({ uid: 'u'.repeat(257) })), /request\.uid is missing/],
};

cases('decodeReview reports as unreadable', unreadable, ([body, message]) => {
  const decoded = decodeReview(body);
  assert.ok(decoded.outcome === 'unreadable', decoded.outcome);
  assert.match(decoded.message, message);
});

test('ignores brackets in strings when limiting the depth', () => {
  const data = { a: '['.repeat(1_000), b: `\\"${'{'.repeat(1_000)}` };
  assert.equal(decodeReview(bytes(review({ object: { ...object, data } }))).outcome, 'review');
});

const metadata = (change: object): object => ({ object: { ...object, metadata: { name: 'x', ...change } } });

const invalid: Readonly<Record<string, readonly [changes: object, message: RegExp]>> = {
  'no operation': [{ operation: undefined }, /request\.operation must be one of CREATE, UPDATE, DELETE, CONNECT/],
  'an unknown operation': [{ operation: 'PATCH' }, /request\.operation/],
  'a numeric name': [{ name: 1 }, /request\.name and request\.subResource must be strings/],
  'a numeric subresource': [{ subResource: 1 }, /request\.subResource must be strings/],
  'dryRun as a string': [{ dryRun: 'false' }, /request\.dryRun/],
  'an object that is a list': [{ object: [] }, /request\.object must be an object/],
  'an object without kind': [
    { object: { apiVersion: 'v1', metadata: {} } },
    /request\.object must have apiVersion and kind/,
  ],
  'an old object that is a string': [{ oldObject: 'x' }, /request\.oldObject must be an object/],
  'metadata that is a string': [
    { object: { ...object, metadata: 'x' } },
    /request\.object\.metadata must be an object/,
  ],
  'a numeric name in metadata': [metadata({ name: 1 }), /request\.object\.metadata\.name has the wrong type/],
  'a list of labels': [metadata({ labels: [] }), /metadata\.labels has the wrong type/],
  'a numeric label': [metadata({ labels: { a: 1 } }), /metadata\.labels has the wrong type/],
  'finalizers that are objects': [metadata({ finalizers: [{}] }), /metadata\.finalizers has the wrong type/],
};

cases('decodeReview reports as invalid', invalid, ([changes, message]) => {
  const decoded = decodeReview(bytes(review(changes)));
  assert.ok(decoded.outcome === 'invalid', decoded.outcome);
  assert.equal(decoded.uid, 'u-1');
  assert.match(decoded.message, message);
});

test('property: decodes any bytes without throwing', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(bytes),
    fc.jsonValue().map((value) => bytes(review({ object: value }))),
    fc.jsonValue().map((value) => bytes(review({ object: { ...object, metadata: value } }))),
    fc.record({ at: fc.nat(400), byte: fc.nat(255) }).map(({ at, byte }) => {
      const body = Buffer.from(bytes(review({})));
      body[at % body.length] = byte;
      return body;
    }),
  );
  fc.assert(
    fc.property(noise, (body) => {
      assert.ok(['review', 'invalid', 'unreadable'].includes(decodeReview(body).outcome));
    }),
    { numRuns: 500 },
  );
});

test('rejects more values than any object has before it parses them, wherever they are', () => {
  const large = (count: number): Uint8Array =>
    bytes(JSON.stringify(review({ object: { ...object, a: Array.from({ length: count }, () => ({})) } })));
  assert.equal(decodeReview(large(90_000)).outcome, 'review');
  const refused = decodeReview(large(200_000));
  // Not a comparison of the results: the difference of an object of this size takes minutes.
  assert.equal(refused.outcome, 'unreadable');
  assert.equal('message' in refused ? refused.message : undefined, 'the body has more than 200000 values');
  const text = { ...object, data: { a: '[{,'.repeat(300_000) } };
  assert.equal(decodeReview(bytes(review({ object: text }))).outcome, 'review');
});

test('rejects a uid with characters that no uid has', () => {
  for (const uid of ['a\nb', 'a b', '\u001b[31m', 'é', 'x'.repeat(257)])
    assert.equal(decodeReview(bytes(review({ uid }))).outcome, 'unreadable', uid);
});
