import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../support/cases.ts';
import { isObject, mergePatch, type StoredObject } from './objects.ts';
import { createStore, type StoredEntry } from './store.ts';

interface Step {
  readonly resource: string;
  readonly key: string;
  readonly action: 'put' | 'remove';
  readonly value: number;
}

const steps = fc.array(
  fc.record<Step>({
    resource: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('n/x', 'n/y', 'm/x'),
    action: fc.constantFrom('put', 'put', 'remove'),
    value: fc.nat(3),
  }),
  { maxLength: 30 },
);

function object(key: string, value: number): StoredObject {
  const metadata = { name: key, uid: key, resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Thing', metadata, spec: { value } };
}

function run(sequence: readonly Step[]): {
  readonly store: ReturnType<typeof createStore>;
  readonly moments: readonly { readonly revision: number; readonly list: readonly StoredEntry[] }[];
} {
  const store = createStore();
  const moments = [{ revision: store.revision(), list: store.list('a') }];
  for (const { resource, key, action, value } of sequence) {
    const present = store.get(resource, key);
    if (action === 'put') store.put(resource, key, object(key, value));
    else if (present !== undefined) store.remove(resource, key, present);
    moments.push({ revision: store.revision(), list: store.list('a') });
  }
  return { store, moments };
}

test('property: a list at a revision equals the list at that time', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { store, moments } = run(sequence);
      for (const { revision, list } of moments) assert.deepEqual(store.list('a', revision), list);
    }),
  );
});

test('property: a list and the subsequent changes yield the current state', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { store, moments } = run(sequence);
      for (const { revision, list } of moments) {
        const state = new Map(list.map(({ key, object }) => [key, object]));
        let last = revision;
        for (const change of store.since('a', revision)) {
          assert.ok(change.revision > last);
          last = change.revision;
          assert.deepEqual(state.get(change.key), change.previous);
          if (change.type === 'DELETED') state.delete(change.key);
          else state.set(change.key, change.object);
        }
        assert.deepEqual(new Map(store.list('a').map(({ key, object }) => [key, object])), state);
      }
    }),
  );
});

test('a subscriber receives the changes of its resource in order, until it unsubscribes', () => {
  const store = createStore();
  const heard: string[] = [];
  const stop = store.subscribe('a', ({ type, key }) => heard.push(`${type} ${key}`));
  store.put('a', 'x', object('x', 1));
  store.put('b', 'x', object('x', 1));
  const last = store.put('a', 'x', object('x', 2));
  store.remove('a', 'x', last);
  stop();
  store.put('a', 'y', object('y', 1));
  assert.deepEqual(heard, ['ADDED x', 'MODIFIED x', 'DELETED x']);
});

// The table of RFC 7386, appendix A.
cases<readonly [target: unknown, patch: unknown, result: unknown]>(
  'mergePatch',
  {
    'replaces a value': [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    'adds a value': [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    'removes a value by null': [{ a: 'b' }, { a: null }, {}],
    'removes one of several values': [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    'replaces a list by a value': [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    'replaces a value by a list': [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    'merges objects': [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    'replaces lists': [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    'replaces a list at the root': [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    'replaces an object by a list at the root': [{ a: 'b' }, ['c'], ['c']],
    'replaces the root by null': [{ a: 'foo' }, null, null],
    'replaces the root by a string': [{ a: 'foo' }, 'bar', 'bar'],
    'retains an existing null': [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    'replaces a list by an object at the root': [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    'omits null in a new object': [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  },
  ([target, patch, result]) => assert.deepEqual(mergePatch(target, patch), result),
);

test('property: a merge patch is idempotent and leaves no null', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (target, patch) => {
      const once = mergePatch(target, patch);
      assert.deepEqual(mergePatch(once, patch), once);
      for (const [key, value] of Object.entries(patch)) {
        assert.equal(isObject(once) && Object.hasOwn(once, key), value !== null);
      }
    }),
  );
});
