import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { cases } from '../../../test/support/cases.ts';
import { assertNoStaleGoldens, golden } from '../../../test/support/golden.ts';
import { expandCrd } from './crd.ts';
import { CrdNotationError } from './error.ts';

const folder = path.join(import.meta.dirname, 'testdata/crd');
const shared = { Part: { id: 'string', maker: 'string' }, Serial: 'string 8' };

for (const name of ['small', 'every-feature']) {
  test(`${name}.yaml expands to its golden`, () => {
    const definition = load(readFileSync(path.join(folder, `${name}.yaml`), 'utf8'));
    // dump() writes an anchor for an object that occurs twice, so the golden also shows that nothing is shared.
    golden(path.join(folder, `${name}.golden`), dump(expandCrd({ definition, types: shared }), { lineWidth: -1 }));
  });
}

test('has no stale golden files', () => assertNoStaleGoldens(folder, '.golden'));

function expandSchema(fields: unknown, types: Readonly<Record<string, unknown>> = {}): unknown {
  const crd = expandCrd({ definition: { ...header, fields }, types });
  return crd.spec.versions[0]?.schema.openAPIV3Schema;
}

const header = { crd: 'widgets.example.org', kind: 'Widget', scope: 'Cluster', version: 'v1' };
const implied = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
const text = { type: 'string' };

const schemas: Readonly<Record<string, readonly [fields: unknown, root: object]>> = {
  'an optional field': [{ a: 'string' }, { properties: { ...implied, a: text } }],
  'required fields, sorted': [
    { b: 'string', 'c!': 'string', 'a!': 'string' },
    { properties: { ...implied, a: text, b: text, c: text }, required: ['a', 'c'] },
  ],
  'a list': [{ 'a[]': 'string' }, { properties: { ...implied, a: { type: 'array', items: text } } }],
  'a required list of a limited size': [
    { 'a[1..5 set]!': 'string' },
    {
      properties: {
        ...implied,
        a: { type: 'array', items: text, minItems: 1, maxItems: 5, 'x-kubernetes-list-type': 'set' },
      },
      required: ['a'],
    },
  ],
  'a list with keys': [
    { 'a[by x,y-z]': 'object' },
    {
      properties: {
        ...implied,
        a: {
          type: 'array',
          items: { type: 'object' },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['x', 'y-z'],
        },
      },
    },
  ],
  'a map': [{ 'a{}': 'string' }, { properties: { ...implied, a: { type: 'object', additionalProperties: text } } }],
  'a field named like an inherited property': [
    { 'constructor!': 'string' },
    { properties: { ...implied, constructor: text }, required: ['constructor'] },
  ],
  'an implied field that is defined explicitly': [
    { 'metadata!': 'object', 'kind!': 'enum Widget' },
    { properties: { ...implied, kind: { type: 'string', enum: ['Widget'] } }, required: ['kind', 'metadata'] },
  ],
  'an extended type at the root': [
    { $is: 'Base', 'b!': 'string' },
    { properties: { ...implied, a: text, b: text }, required: ['a', 'b'], 'x-kubernetes-map-type': 'atomic' },
  ],
  'a shared type used twice': [
    { b: 'Base', 'c[]': 'Base' },
    { properties: { ...implied, b: base(), c: { type: 'array', items: base() } } },
  ],
  'a string with a rule': [
    { a: { $is: 'Word', $rules: [{ rule: 'self != "x"', message: 'not x' }] } },
    {
      properties: {
        ...implied,
        a: { ...text, maxLength: 9, 'x-kubernetes-validations': [{ rule: 'self != "x"', message: 'not x' }] },
      },
    },
  ],
};
cases('expands', schemas, ([fields, root]) => {
  const types = { Base: { $atomic: true, 'a!': 'string' }, Word: 'string ..9' };
  assert.deepEqual(expandSchema(fields, types), { type: 'object', ...root });
});

function base(): object {
  return { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text }, required: ['a'] };
}

const names = 'the forms are name, name[], name[1..5 set] and name{}, each followed by ! if required';
const brackets =
  'expected between the brackets: a count like 1..5, then one of set, atomic and by key,key, separated by one space';
const fieldMessages: Readonly<Record<string, readonly [fields: unknown, message: string]>> = {
  'a misspelt type, deep inside': [
    { spec: { 'rules[]': { 'ports{}': 'strng' } } },
    'spec.rules[].ports{}: "strng": unknown type; known are string, int, int32, int64, number, bool, date-time, int-or-string, object, enum A|B, anycase A|B, and shared types, which start with a capital letter',
  ],
  'no type': [{ spec: { a: null } }, 'spec.a: null: expected a type or a mapping of fields'],
  'a list as a type': [{ spec: { a: ['string'] } }, 'spec.a: a list: expected a type or a mapping of fields'],
  'a number as a type': [{ spec: { a: 5 } }, 'spec.a: 5: expected a type or a mapping of fields'],
  'no fields': [{ spec: {} }, 'spec: a mapping with no keys: no fields; write object for an object without any'],
  'no fields, only attributes': [
    { spec: { $atomic: true } },
    'spec: a mapping with $atomic: no fields; write object for an object without any',
  ],
  'no mapping at the root': ['string', 'fields: "string": expected a mapping of fields'],
  'no fields at the root': [{ $is: 'Word' }, 'fields: a mapping with $is: expected fields'],
  'a name with a space': [{ spec: { 'a b': 'string' } }, `spec: "a b": invalid field; ${names}`],
  'the mark before the brackets': [{ 'a![]': 'string' }, `fields: "a![]": invalid field; ${names}`],
  'a list of lists': [{ 'a[][]': 'string' }, `fields: "a[][]": invalid field; ${names}`],
  'a duplicate field': [{ spec: { a: 'string', 'a!': 'string' } }, 'spec: "a": duplicate field'],
  'a misspelt list type': [{ spec: { 'a[atomc]': 'string' } }, `spec.a[]: "atomc": ${brackets}`],
  'a list type before the count': [{ 'a[set 1..2]': 'string' }, `a[]: "set 1..2": ${brackets}`],
  'a negative count': [{ 'a[-1..2]': 'string' }, `a[]: "-1..2": ${brackets}`],
  'a descending count': [{ 'a[5..2]': 'string' }, `a[]: "5..2": ${brackets}`],
  'a list without a key': [{ 'a[by ]': 'string' }, `a[]: "by ": ${brackets}`],
  'an unknown attribute': [
    { spec: { $atomc: true, a: 'int' } },
    'spec: "$atomc": unknown attribute; known are $is, $rules, $atomic and $size',
  ],
  'an invalid size': [
    { spec: { $size: 'one', a: 'int' } },
    'spec.$size: "one": expected a number of fields, like 1 or 1..3',
  ],
  'a negative size': [{ spec: { $size: -1, a: 'int' } }, 'spec.$size: -1: expected a number of fields, like 1 or 1..3'],
  'an invalid value of $atomic': [{ spec: { $atomic: 'yes', a: 'int' } }, 'spec.$atomic: "yes": must be true'],
  'rules at the root that are not a list': [
    { $rules: 'self.a', a: 'int' },
    '$rules: "self.a": expected a list of rules',
  ],
  'an empty list of rules': [{ a: { $rules: [], b: 'int' } }, 'a.$rules: a list: expected a list of rules'],
  'a rule without a message': [
    { a: { $is: 'Word', $rules: [{ rule: 'true', message: '' }, { rule: 'true' }] } },
    'a.$rules[1]: a mapping with rule: expected a mapping of rule, a CEL expression, and message',
  ],
  'a rule with an unknown key': [
    { a: { $is: 'Word', $rules: [{ rule: 'true', message: 'm', reason: 'r' }] } },
    'a.$rules[0]: a mapping with rule, message, reason: expected a mapping of rule, a CEL expression, and message',
  ],
  'an unknown shared type': [
    { spec: { 'a[]': 'Wrd' } },
    'spec.a[]: "Wrd": unknown shared type; known are Base, Word, Bad, Loop, Knot',
  ],
  'a mistake in a shared type': [
    { spec: { 'a[]': 'Bad' } },
    'spec.a[] -> Bad.deep.er: "int 9..1": 9..1 is not a valid range of this type',
  ],
  'a type that contains itself': [{ spec: 'Loop' }, 'spec -> Loop.next[]: "Loop": contains itself: Loop -> Loop'],
  'a type that extends itself': [{ spec: 'Knot' }, 'spec -> Knot: "Knot": contains itself: Knot -> Knot'],
  'a field that the extended type has': [
    { spec: { $is: 'Base', 'a!': 'int' } },
    'spec: "a": is already defined by the type under $is',
  ],
  'an attribute that the extended type has': [
    { spec: { $is: 'Base', $atomic: true } },
    'spec: "x-kubernetes-map-type": is already defined by the type under $is',
  ],
  'fields for a string': [
    { spec: { $is: 'Word', a: 'int' } },
    'spec: "a": the type under $is has no fields and accepts $rules only',
  ],
  'a size for a string': [
    { spec: { $is: 'string', $size: 1 } },
    'spec: "minProperties": the type under $is has no fields and accepts $rules only',
  ],
};
cases('rejects fields with', fieldMessages, ([fields, message]) => {
  const types = {
    Base: { $atomic: true, a: 'string' },
    Word: 'string ..9',
    Bad: { deep: { er: 'int 9..1' } },
    Loop: { 'next[]': 'Loop' },
    Knot: { $is: 'Knot', a: 'int' },
  };
  assert.throws(() => expandSchema(fields, types), {
    name: 'CrdNotationError',
    message: `CRD widgets.example.org: ${message}`,
  });
});

test('reports excessive nesting as an error instead of overflowing the stack', () => {
  let fields: unknown = 'string';
  for (let level = 0; level < 100_000; level += 1) fields = { a: fields };
  assert.throws(() => expandSchema(fields), {
    name: 'CrdNotationError',
    message: /a\.a: a mapping with a: nested deeper than 64 levels$/,
  });
});

const keys =
  'crd, kind, singular, listKind, shortNames, labels, annotations, scope, version, preserveUnknownFields, columns, status, types, fields';
const headerMessages: Readonly<Record<string, readonly [change: object, message: string]>> = {
  'an unknown key': [{ scop: 'Cluster' }, `definition: "scop": unknown key; the keys are ${keys}`],
  'no kind': [{ kind: undefined }, 'kind: nothing: expected a kind like IPPool'],
  'a kind in lower case': [{ kind: 'widget' }, 'kind: "widget": expected a kind like IPPool'],
  'a misspelt scope': [{ scope: 'cluster' }, 'scope: "cluster": expected Cluster or Namespaced'],
  'no version': [{ version: '1' }, 'version: "1": expected a version like v1 or v1alpha1'],
  'a singular that is not a name': [{ singular: 'Widget' }, 'singular: "Widget": expected a name in lower case'],
  'a list kind': [{ listKind: 'Widgets' }, 'listKind: "Widgets": must be false'],
  'one short name without a list': [{ shortNames: 'wd' }, 'shortNames: "wd": expected a list of names'],
  'an invalid short name': [{ shortNames: ['wd', 'W D'] }, 'shortNames[1]: "W D": expected a name in lower case'],
  'empty labels': [{ labels: null }, 'labels: null: expected a mapping of strings'],
  'a label that is not a string': [{ labels: { a: true } }, 'labels.a: true: expected a string'],
  'an annotation that is not a string': [
    { annotations: { a: { b: 'c' } } },
    'annotations.a: a mapping with b: expected a string',
  ],
  'preserved fields': [{ preserveUnknownFields: true }, 'preserveUnknownFields: true: must be false'],
  'a column without a type': [
    { columns: { Age: '.metadata.creationTimestamp' } },
    'columns.Age: ".metadata.creationTimestamp": expected a type and a path, like date .metadata.creationTimestamp',
  ],
  'a column of a field type': [
    { columns: { Size: 'int .spec.size' } },
    'columns.Size: "int .spec.size": expected a type and a path, like date .metadata.creationTimestamp',
  ],
  'a status other than true': [{ status: 'yes' }, 'status: "yes": must be true'],
  'a list of types': [{ types: [] }, 'types: a list: expected a mapping of types'],
  'a type in lower case': [
    { types: { part: 'int' } },
    'types: "part": expected letters and digits, starting with a capital letter',
  ],
  'a type that duplicates a shared one': [{ types: { Part: 'int' } }, 'types: "Part": duplicates a shared type'],
  'no fields': [{ fields: undefined }, 'fields: nothing: expected a mapping of fields'],
};
cases('rejects a header with', headerMessages, ([change, message]) => {
  const definition = { ...header, fields: { spec: 'object' }, ...change };
  assert.throws(() => expandCrd({ definition, types: shared }), {
    name: 'CrdNotationError',
    message: `CRD widgets.example.org: ${message}`,
  });
});

const nameless: Readonly<Record<string, readonly [definition: unknown, message: string]>> = {
  'an empty file': [undefined, 'CRD (without a name): definition: nothing: expected a mapping'],
  'a list': [[header], 'CRD (without a name): definition: a list: expected a mapping'],
  'a missing name': [{ kind: 'Widget' }, 'CRD (without a name): crd: nothing: expected plural.group'],
  'a name without a group': [{ ...header, crd: 'widgets' }, 'CRD widgets: crd: "widgets": expected plural.group'],
};
cases('names a definition without a valid name', nameless, ([definition, message]) =>
  assert.throws(() => expandCrd({ definition, types: shared }), { message }),
);

test('property: expansion ends with a CRD or a CrdNotationError for any input', () => {
  const mostly = <Value>(good: fc.Arbitrary<Value>, bad: fc.Arbitrary<Value>) =>
    fc.oneof({ arbitrary: good, weight: 12 }, { arbitrary: bad, weight: 1 });
  const type = mostly<unknown>(
    fc.constantFrom('string', 'int 1..2', 'Part', 'A', 'B', 'enum A|B', 'object'),
    fc.oneof(fc.constantFrom('strng', '', 'C'), fc.anything()),
  );
  const name = mostly(
    fc.constantFrom('a', 'b!', 'c[]', 'd{}', 'e[1..2 set]!', 'f', 'g'),
    fc.constantFrom('a!', '$is', '$rules', '$size', '$atomic', '__proto__', 'x y'),
  );
  const { fields } = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, type, tie('fields')),
    fields: fc.dictionary(name, tie('node'), { minKeys: 1, maxKeys: 3 }),
  }));
  const types = fc.record({ A: mostly<unknown>(fc.constant('string'), fields), B: mostly<unknown>(fields, type) });
  const key = fc.constantFrom('status', 'labels', 'columns', 'listKind', 'shortNames', 'types', 'other');
  const changed = mostly<object>(fc.constant({}), fc.dictionary(key, fc.anything(), { maxKeys: 1 }));
  const made = fc.tuple(fields, changed).map(([given, change]) => ({ ...header, fields: given, ...change }));
  let expanded = 0;
  fc.assert(
    fc.property(mostly<unknown>(made, fc.anything()), types, (definition, others) => {
      try {
        const crd = expandCrd({ definition, types: { ...shared, ...others } });
        assert.equal(crd.metadata.name, 'widgets.example.org');
        expanded += 1;
      } catch (error) {
        assert.ok(error instanceof CrdNotationError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(expanded > 100, `only ${expanded} of the generated definitions were valid`);
});
