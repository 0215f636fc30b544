import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { cases } from '../../../test/support/cases.ts';
import { golden, leftOvers } from '../../../test/support/golden.ts';
import { expandCrd } from './crd.ts';
import { CrdNotationError } from './error.ts';

const folder = path.join(import.meta.dirname, 'testdata/crd');
const shared = { Part: { id: 'string', maker: 'string' }, Serial: 'string 8' };

for (const name of ['small', 'every-feature']) {
  test(`${name}.yaml expands to its golden`, () => {
    const definition = load(readFileSync(path.join(folder, `${name}.yaml`), 'utf8'));
    // dump() writes an anchor for an object that is there twice, so the golden also shows that nothing is shared.
    golden(path.join(folder, `${name}.golden`), dump(expandCrd({ definition, types: shared }), { lineWidth: -1 }));
  });
}

test('no golden is left over', () => leftOvers(folder, '.golden'));

function schemaOf(fields: unknown, types: Readonly<Record<string, unknown>> = {}): unknown {
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
  'a required list of a certain size': [
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
  'a field that is named as a member of every object': [
    { 'constructor!': 'string' },
    { properties: { ...implied, constructor: text }, required: ['constructor'] },
  ],
  'an implied field that is given': [
    { 'metadata!': 'object', 'kind!': 'enum Widget' },
    { properties: { ...implied, kind: { type: 'string', enum: ['Widget'] } }, required: ['kind', 'metadata'] },
  ],
  'a type with more fields, at the root': [
    { $is: 'Base', 'b!': 'string' },
    { properties: { ...implied, a: text, b: text }, required: ['a', 'b'], 'x-kubernetes-map-type': 'atomic' },
  ],
  'a shared type twice': [
    { b: 'Base', 'c[]': 'Base' },
    { properties: { ...implied, b: base(), c: { type: 'array', items: base() } } },
  ],
  'a text with a rule': [
    { a: { $is: 'Word', $rules: [{ rule: 'self != "x"', message: 'not x' }] } },
    {
      properties: {
        ...implied,
        a: { ...text, maxLength: 9, 'x-kubernetes-validations': [{ rule: 'self != "x"', message: 'not x' }] },
      },
    },
  ],
};
cases(schemas, ([fields, root]) => {
  const types = { Base: { $atomic: true, 'a!': 'string' }, Word: 'string ..9' };
  assert.deepEqual(schemaOf(fields, types), { type: 'object', ...root });
});

function base(): object {
  return { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text }, required: ['a'] };
}

const names = 'the forms are name, name[], name[1..5 set], name{}, each with ! at its end when required';
const brackets =
  'between the brackets may stand a count like 1..5, then one of set, atomic and by key,key, with one blank between them';
const fieldMessages: Readonly<Record<string, readonly [fields: unknown, message: string]>> = {
  'a misspelt type, deep inside': [
    { spec: { 'rules[]': { 'ports{}': 'strng' } } },
    'spec.rules[].ports{}: "strng": unknown type; there are string, int, int32, int64, number, bool, date-time, int-or-string, object, enum A|B, anycase A|B and shared types, which begin with a capital',
  ],
  'no type at all': [{ spec: { a: null } }, 'spec.a: null: expected a type or a mapping of fields'],
  'a list as a type': [{ spec: { a: ['string'] } }, 'spec.a: a list: expected a type or a mapping of fields'],
  'a number as a type': [{ spec: { a: 5 } }, 'spec.a: 5: expected a type or a mapping of fields'],
  'no fields': [{ spec: {} }, 'spec: a mapping with nothing in it: no fields; write object for an object without any'],
  'no fields, only facts': [
    { spec: { $atomic: true } },
    'spec: a mapping with $atomic: no fields; write object for an object without any',
  ],
  'no mapping at the root': ['string', 'fields: "string": expected a mapping of fields'],
  'no fields at the root': [{ $is: 'Word' }, 'fields: a mapping with $is: expected fields'],
  'a name with a blank': [{ spec: { 'a b': 'string' } }, `spec: "a b": cannot be the name of a field; ${names}`],
  'the mark before the brackets': [{ 'a![]': 'string' }, `fields: "a![]": cannot be the name of a field; ${names}`],
  'a list of lists': [{ 'a[][]': 'string' }, `fields: "a[][]": cannot be the name of a field; ${names}`],
  'a field twice': [{ spec: { a: 'string', 'a!': 'string' } }, 'spec: "a": the field is there twice'],
  'a misspelt list type': [{ spec: { 'a[atomc]': 'string' } }, `spec.a[]: "atomc": ${brackets}`],
  'a list type before the count': [{ 'a[set 1..2]': 'string' }, `a[]: "set 1..2": ${brackets}`],
  'a negative count': [{ 'a[-1..2]': 'string' }, `a[]: "-1..2": ${brackets}`],
  'a count from more to less': [{ 'a[5..2]': 'string' }, `a[]: "5..2": ${brackets}`],
  'a list by no key': [{ 'a[by ]': 'string' }, `a[]: "by ": ${brackets}`],
  'an unknown fact': [
    { spec: { $atomc: true, a: 'int' } },
    'spec: "$atomc": unknown; there are $is, $rules, $atomic and $size',
  ],
  'a size that is none': [
    { spec: { $size: 'one', a: 'int' } },
    'spec.$size: "one": expected how many fields are set, like 1 or 1..3',
  ],
  'a negative size': [
    { spec: { $size: -1, a: 'int' } },
    'spec.$size: -1: expected how many fields are set, like 1 or 1..3',
  ],
  'half atomic': [{ spec: { $atomic: 'yes', a: 'int' } }, 'spec.$atomic: "yes": the only value is true'],
  'rules at the root that are no list': [{ $rules: 'self.a', a: 'int' }, '$rules: "self.a": expected a list of rules'],
  'no rules': [{ a: { $rules: [], b: 'int' } }, 'a.$rules: a list: expected a list of rules'],
  'a rule without a message': [
    { a: { $is: 'Word', $rules: [{ rule: 'true', message: '' }, { rule: 'true' }] } },
    'a.$rules[1]: a mapping with rule: expected a mapping of rule, a CEL expression, and message',
  ],
  'a rule with something else': [
    { a: { $is: 'Word', $rules: [{ rule: 'true', message: 'm', reason: 'r' }] } },
    'a.$rules[0]: a mapping with rule, message, reason: expected a mapping of rule, a CEL expression, and message',
  ],
  'a type that is not there': [
    { spec: { 'a[]': 'Wrd' } },
    'spec.a[]: "Wrd": no such shared type; there are Base, Word, Bad, Loop, Knot',
  ],
  'a mistake in a shared type': [
    { spec: { 'a[]': 'Bad' } },
    'spec.a[] -> Bad.deep.er: "int 9..1": 9..1 is no range of this type',
  ],
  'a type that contains itself': [{ spec: 'Loop' }, 'spec -> Loop.next[]: "Loop": contains itself: Loop -> Loop'],
  'a type that extends itself': [{ spec: 'Knot' }, 'spec -> Knot: "Knot": contains itself: Knot -> Knot'],
  'a field that the type has': [
    { spec: { $is: 'Base', 'a!': 'int' } },
    'spec: "a": is said by the type under $is already',
  ],
  'a fact that the type has': [
    { spec: { $is: 'Base', $atomic: true } },
    'spec: "x-kubernetes-map-type": is said by the type under $is already',
  ],
  'fields for a text': [
    { spec: { $is: 'Word', a: 'int' } },
    'spec: "a": the type under $is has no fields, so it takes $rules only',
  ],
  'the size of a text': [
    { spec: { $is: 'string', $size: 1 } },
    'spec: "minProperties": the type under $is has no fields, so it takes $rules only',
  ],
};
cases(fieldMessages, ([fields, message]) => {
  const types = {
    Base: { $atomic: true, a: 'string' },
    Word: 'string ..9',
    Bad: { deep: { er: 'int 9..1' } },
    Loop: { 'next[]': 'Loop' },
    Knot: { $is: 'Knot', a: 'int' },
  };
  assert.throws(() => schemaOf(fields, types), {
    name: 'CrdNotationError',
    message: `CRD widgets.example.org: ${message}`,
  });
});

test('nesting without end is an error, not an overflow', () => {
  let fields: unknown = 'string';
  for (let level = 0; level < 100_000; level += 1) fields = { a: fields };
  assert.throws(() => schemaOf(fields), {
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
  'a singular that is no name': [{ singular: 'Widget' }, 'singular: "Widget": expected a name in lower case'],
  'a list kind': [{ listKind: 'Widgets' }, 'listKind: "Widgets": the only value is false'],
  'one short name without a list': [{ shortNames: 'wd' }, 'shortNames: "wd": expected a list of names'],
  'a short name that is none': [{ shortNames: ['wd', 'W D'] }, 'shortNames[1]: "W D": expected a name in lower case'],
  'empty labels': [{ labels: null }, 'labels: null: expected a mapping of texts'],
  'a label that is no text': [{ labels: { a: true } }, 'labels.a: true: expected a text'],
  'an annotation that is no text': [
    { annotations: { a: { b: 'c' } } },
    'annotations.a: a mapping with b: expected a text',
  ],
  'preserved fields': [{ preserveUnknownFields: true }, 'preserveUnknownFields: true: the only value is false'],
  'a column without a type': [
    { columns: { Age: '.metadata.creationTimestamp' } },
    'columns.Age: ".metadata.creationTimestamp": expected a type and a path, like date .metadata.creationTimestamp',
  ],
  'a column of a field type': [
    { columns: { Size: 'int .spec.size' } },
    'columns.Size: "int .spec.size": expected a type and a path, like date .metadata.creationTimestamp',
  ],
  'status by another word': [{ status: 'yes' }, 'status: "yes": the only value is true'],
  'types that are a list': [{ types: [] }, 'types: a list: expected a mapping of types'],
  'a type in lower case': [{ types: { part: 'int' } }, 'types: "part": expected letters and digits, a capital first'],
  'a type that is shared already': [
    { types: { Part: 'int' } },
    'types: "Part": there is a shared type of this name already',
  ],
  'no fields': [{ fields: undefined }, 'fields: nothing: expected a mapping of fields'],
};
cases(headerMessages, ([change, message]) => {
  const definition = { ...header, fields: { spec: 'object' }, ...change };
  assert.throws(() => expandCrd({ definition, types: shared }), {
    name: 'CrdNotationError',
    message: `CRD widgets.example.org: ${message}`,
  });
});

const nameless: Readonly<Record<string, readonly [definition: unknown, message: string]>> = {
  'nothing in the file': [undefined, 'CRD (without a name): definition: nothing: expected a mapping'],
  'a list in the file': [[header], 'CRD (without a name): definition: a list: expected a mapping'],
  'no name': [{ kind: 'Widget' }, 'CRD (without a name): crd: nothing: expected plural.group'],
  'a name without a group': [{ ...header, crd: 'widgets' }, 'CRD widgets: crd: "widgets": expected plural.group'],
};
cases(nameless, ([definition, message]) => assert.throws(() => expandCrd({ definition, types: shared }), { message }));

test('expanding ends for whatever is given, in a CRD or in the named error', () => {
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
  assert.ok(expanded > 100, `only ${expanded} of the definitions were good: the generator misses its aim`);
});
