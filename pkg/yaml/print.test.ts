import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CORE_SCHEMA, load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { cases } from '../../test/support/cases.ts';
import { printYaml } from './print.ts';
import { kubernetesSchema } from './yaml.ts';

cases<{ readonly value: object; readonly yaml: string }>(
  'prints',
  {
    'words, paths and addresses without quotes': {
      value: {
        'a/b.c-d': '/opt/cni/bin',
        image: 'quay.io/calico/node:v1.2.3',
        range: '10.96.0.0/11',
        file: '10-calico.conflist',
        '-': 1,
      },
      yaml: 'a/b.c-d: /opt/cni/bin\nimage: quay.io/calico/node:v1.2.3\nrange: 10.96.0.0/11\nfile: 10-calico.conflist\n"-": 1\n',
    },
    'sentences without quotes': {
      value: { text: 'Keep it, once (or twice).' },
      yaml: 'text: Keep it, once (or twice).\n',
    },
    'strings that look like a number, a boolean or a date in quotes': {
      value: {
        a: '0',
        b: 'yes',
        c: '1e3',
        d: '0B1',
        e: '2001-01-01',
        f: '12:30',
        g: 'null',
        h: '~',
        i: '.5',
        j: '0x1F',
        k: '1_000',
      },
      yaml: 'a: "0"\nb: "yes"\nc: "1e3"\nd: "0B1"\ne: "2001-01-01"\nf: "12:30"\ng: "null"\nh: "~"\ni: ".5"\nj: "0x1F"\nk: "1_000"\n',
    },
    'JSON in a string without double escaping': { value: { a: '{"b":"it\'s"}' }, yaml: 'a: \'{"b":"it\'\'s"}\'\n' },
    'letters of all languages verbatim, and invisible characters and line breaks escaped': {
      value: { a: 'Grüße’', b: 'a\u0085b\u2028c\u202ed\ufeffe', c: 'tab\there', d: '🦄' },
      yaml: 'a: "Grüße’"\nb: "a\\u0085b\\u2028c\\u202ed\\ufeffe"\nc: "tab\\there"\nd: "\\U0001f984"\n',
    },
    'scripts as literal blocks that preserve their line end': {
      value: { a: '#!/bin/sh\n\n  if x\n', b: 'x\ny', c: 'x\n\n', d: [{ e: 'x\ny\n' }] },
      yaml: 'a: |\n  #!/bin/sh\n\n    if x\nb: |-\n  x\n  y\nc: |+\n  x\n\nd:\n  - e: |\n      x\n      y\n',
    },
    'strings of several lines in quotes if they cannot be blocks': {
      value: { a: ' x\ny', b: '\nx', c: 'ü\nx', d: 'a\r\nb' },
      yaml: 'a: " x\\ny"\nb: "\\nx"\nc: "ü\\nx"\nd: "a\\r\\nb"\n',
    },
    'lists indented, also when nested': {
      value: { a: [1, [2, [3]], { b: [{ c: 1, d: 2 }] }, [], {}, null] },
      yaml: 'a:\n  - 1\n  - - 2\n    - - 3\n  - b:\n      - c: 1\n        d: 2\n  - []\n  - {}\n  - null\n',
    },
    'no undefined members': { value: { a: undefined, b: false }, yaml: 'b: false\n' },
  },
  ({ value, yaml }) => assert.equal(printYaml(value), yaml),
);

cases<unknown>(
  'rejects',
  {
    infinity: Infinity,
    'not a number': Number.NaN,
    'a big integer': 1n,
    'a function': () => 0,
    'undefined in a list': [undefined],
  },
  (value) => assert.throws(() => printYaml({ value }), TypeError),
);

/** Strings that some parser reads as another type, and arbitrary strings. */
const scalars = readFileSync(new URL('testdata/kubectl-scalars.tsv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t')[0] ?? '');
const texts = JSON.parse(
  readFileSync(new URL('testdata/nasty-texts.json', import.meta.url), 'utf8'),
) as readonly string[];
const nasty = fc.constantFrom(...scalars, ...texts);
const text = fc.oneof(
  nasty,
  fc.string({ unit: 'binary' }),
  fc.array(nasty, { maxLength: 4 }).map((parts) => parts.join('')),
);
const value = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom(null, true, false, {}, []),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

test('property: every YAML parser restores the printed value', () => {
  fc.assert(
    fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 4 }), (object) => {
      // Not by JSON.parse: with seed 2041779332 it returned the key "a\\" for "a\\t", which printYaml had printed correctly.
      const plain: unknown = structuredClone(object);
      const yaml = printYaml(object);
      for (const schema of [CORE_SCHEMA, YAML11_SCHEMA, kubernetesSchema])
        assert.deepEqual(load(yaml, { schema }), plain);
      assert.deepEqual(loadAll(`${yaml}---\n${yaml}`), [plain, plain]);
    }),
    { numRuns: 2_000 },
  );
});

test('property: prints no control characters and nothing that a parser treats as a line break', () => {
  fc.assert(
    fc.property(text, (one) =>
      assert.doesNotMatch(
        printYaml({ [one]: one, list: [one] }),
        /[^\t\n\x20-\x7e\u00a1-\u00ac\u00ae-\u200a\u2010-\u2027]/,
      ),
    ),
  );
});
