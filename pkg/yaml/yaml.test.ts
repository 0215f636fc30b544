import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CORE_SCHEMA, constructFromEvents, parseEvents, type Schema, YAMLException } from 'js-yaml';
import { cases } from '../../test/support/cases.ts';
import { ambiguousScalar, kubernetesSchema, schemaErrors } from './yaml.ts';

/** Recorded by `kubectl annotate --local -f - x=y -o json`, which reads YAML as the API server does. */
const recorded = readFileSync(new URL('testdata/kubectl-scalars.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t') as [scalar: string, value: string, key: string]);

for (const [scalar, value, key] of recorded) {
  test(`reads ${scalar} like kubectl`, () => {
    assert.equal(readValue(scalar), value);
    if (key !== '*') assert.equal(readKey(scalar), key);
  });
}

/** Stricter rules than those of kubectl, and numbers that JavaScript cannot represent. */
cases<{ readonly source: string; readonly value: unknown } | { readonly source: string; readonly error: string }>(
  {
    'rejects duplicate keys, of which kubectl uses the last': { source: 'a: 1\na: 2', error: 'duplicated mapping key' },
    'rejects duplicate keys with different spellings': { source: 'on: 1\n"true": 2', error: 'duplicated mapping key' },
    'rejects binary tags': { source: 'a: !!binary aGk=', error: 'unknown scalar tag !<tag:yaml.org,2002:binary>' },
    'rejects unknown tags, which kubectl ignores': { source: 'a: !foo bar', error: 'unknown scalar tag !<!foo>' },
    'rejects infinity as a key, for which kubectl uses its spelling': { source: '.inf: 1', error: schemaErrors.key },
    'rejects null as a key': { source: '? \n: 1', error: schemaErrors.key },
    'rejects a list as a key': { source: '[a]: 1', error: schemaErrors.key },
    'rejects infinity in a list': { source: '[-.inf]', error: schemaErrors.value },
    'rounds numbers of more than 53 bits': { source: 'a: 9007199254740993', value: { a: 9007199254740992 } },
    'applies merge keys, over which own keys take precedence': {
      source: 'a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}',
      value: { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } },
    },
    'applies merge keys with several sources': {
      source: 'a: &x {b: 1}\nd: {<<: [*x, {c: 2}]}',
      value: { a: { b: 1 }, d: { b: 1, c: 2 } },
    },
    'rejects an alias within its own anchor': {
      source: 'a: &x {b: *x}',
      error: 'recursive alias "x" is not supported for tag tag:yaml.org,2002:map because it uses finalize()',
    },
  },
  (row) => {
    if ('error' in row)
      assert.throws(
        () => read(row.source),
        (error: unknown) => error instanceof YAMLException && error.reason === row.error,
      );
    else assert.deepEqual(read(row.source), row.value);
  },
);

test('treats __proto__ as a plain key', () => {
  const value = read('a: {__proto__: {b: 1}, c: 2}\nd: {<<: {__proto__: {e: 3}}}') as {
    readonly a: object;
    readonly d: object;
  };
  assert.deepEqual(Object.keys(value.a), ['__proto__', 'c']);
  assert.equal(Object.getPrototypeOf(value.a), Object.prototype);
  assert.deepEqual(Object.keys(value.d), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['b'], undefined);
});

test('property: a scalar is ambiguous exactly if YAML 1.2 and Kubernetes read it differently', () => {
  const character = fc.constantFrom(...Array.from('00112789aAbBeEfFoOxX__..+-:'));
  const scalar = fc.oneof(
    fc.array(character, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    fc.constantFrom(...'y Y yes Yes YES yEs n N no No NO on On ON off Off OFF true False null ~'.split(' ')),
    fc.constantFrom(...recorded.map(([text]) => text).filter((text) => !/["'!]|<</.test(text))),
  );
  fc.assert(
    fc.property(scalar, (text) => {
      const [here, common] = [plain(text, kubernetesSchema), plain(text, CORE_SCHEMA)];
      fc.pre(here !== undefined && common !== undefined);
      assert.equal(
        ambiguousScalar(text),
        Object.is(here, common) || here === common ? undefined : JSON.stringify(here),
      );
    }),
    { numRuns: 5_000 },
  );
});

function read(source: string, schema: Schema = kubernetesSchema): unknown {
  return constructFromEvents(parseEvents(source, {}), { source, schema })[0];
}

/** Returns undefined for a source that is not a scalar, such as `-`. */
function plain(text: string, schema: Schema): unknown {
  try {
    return (read(`v: ${text}`, schema) as { readonly v: unknown }).v;
  } catch {
    return undefined;
  }
}

function readValue(scalar: string): string {
  return attempt(() =>
    JSON.stringify((read(`spec:\n  v: ${scalar}\n`) as { readonly spec: { readonly v: unknown } }).spec.v),
  );
}

function readKey(scalar: string): string {
  return attempt(() => Object.keys((read(`spec:\n  ${scalar}: x\n`) as { readonly spec: object }).spec).join());
}

function attempt(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof YAMLException) return 'error';
    throw error;
  }
}
