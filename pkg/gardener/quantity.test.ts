import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { parseQuantity, type Quantity } from './quantity.ts';

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

type Row = readonly [text: string, canonical: string | null, sign?: number];

/** Deliberate deviations from Go; everything else in the table must be equal. */
const deviations: Readonly<
  Record<string, { readonly why: string; readonly texts: readonly string[]; ours: string | null }>
> = {
  nothing: {
    why: 'a string without a digit is not a number; Go reads it as 0, which no field of ours allows either',
    texts: ['.', '+', '-', '+.', 'k', 'Ki', 'm', 'e3', 'e13', '-u', '-n', 'e53'],
    ours: null,
  },
  endless: {
    why: 'an exponent beyond 999 would cost seconds',
    texts: ['1e1000', '1e2147483647', '1e99999999999'],
    ours: null,
  },
  beyondE: { why: 'Go drops the power and prints 1', texts: ['1000E', '1000000000000000000000'], ours: '1000E' },
  farBeyondE: { why: 'Go drops the power and prints 1', texts: ['1000000E'], ours: '1000000E' },
};

test('parses and prints every quantity of the table as Go does, except for the deliberate deviations', () => {
  const { rows }: { readonly rows: readonly Row[] } = JSON.parse(
    readFileSync(new URL('testdata/quantity.json', import.meta.url), 'utf8'),
  );
  assert.ok(rows.length > 500);
  const own = new Map(
    Object.values(deviations).flatMap(({ texts, ours }) => texts.map((text) => [text, ours] as const)),
  );
  const expected = rows.map(([text, canonical, sign]): Row => {
    const ours = own.get(text);
    if (ours === undefined) return canonical === null ? [text, null] : [text, canonical, sign ?? NaN];
    return ours === null ? [text, null] : [text, ours, 1];
  });
  assert.deepEqual(
    rows.map(([text]) => asRow(text)),
    expected,
  );
  const known = new Map(rows.map(([text, canonical]) => [text, canonical]));
  for (const [text, ours] of own)
    assert.ok(known.has(text) && known.get(text) !== ours, `${text} no longer deviates from Go`);
});

cases<{ readonly value: number; readonly canonical: string | undefined }>(
  'parses a JSON number',
  {
    'a fraction': { value: 0.5, canonical: '500m' },
    'an exponent, lost when JSON is parsed, so that 1E3 is 1k here and 1e3 in Go': { value: 1e3, canonical: '1k' },
    'a number that prints with an exponent': { value: 1e21, canonical: '1e21' },
    'a tiny number, rounded up to a nano unit': { value: 1e-12, canonical: '1e-9' },
    'minus zero': { value: -0, canonical: '0' },
    'a negative number': { value: -1.5, canonical: '-1500m' },
    'not a number': { value: NaN, canonical: undefined },
    'infinity, which YAML can write': { value: Infinity, canonical: undefined },
  },
  ({ value, canonical }) => assert.equal(parseQuantity(value)?.canonical, canonical),
);

test('rejects overlong texts of any form', () => {
  assert.equal(parseQuantity(`${' '.repeat(99)}1`)?.canonical, '1');
  for (const text of [`${' '.repeat(100)}1`, '1'.repeat(1 << 20), ' '.repeat(1 << 20)])
    assert.equal(parseQuantity(text), undefined);
});

const suffixes = [
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'E',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'Pi',
  'Ei',
  'e3',
  'e-7',
  'E12',
];
const anyQuantity = fc
  .tuple(
    fc.constantFrom('', '+', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 22n }),
    fc.constantFrom('', '.5', '.25', '.000001', '.123456789012'),
    fc.constantFrom(...suffixes),
  )
  .map((parts) => parts.join(''));

test('property: the canonical form of a canonical form is itself', () => {
  fc.assert(
    fc.property(anyQuantity, (text) => {
      const once = quantity(text);
      assert.deepEqual(quantity(once.canonical), once);
    }),
  );
});

test('property: each suffix multiplies the previous one by 1000 or 1024', () => {
  const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
  const binary = ['Ki', 'Mi', 'Gi', 'Ti'];
  const steps = [decimal, binary].flatMap((names) => names.slice(1).map((name, index) => [names[index] ?? '', name]));
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }),
      fc.constantFrom(...steps),
      (number, [small, large]) => {
        const factor = small?.endsWith('i') ? 1024n : 1000n;
        assert.deepEqual(quantity(`${number * factor}${small}`), quantity(`${number}${large}`));
      },
    ),
  );
});

test('property: the parsed sign is the sign of the text', () => {
  fc.assert(
    fc.property(anyQuantity, (text) => {
      const isZero = !/[1-9]/.test(text.replace(/(e-?\d|E\d).*$/, ''));
      const sign = isZero ? 0 : text.startsWith('-') ? -1 : 1;
      assert.equal(quantity(text).sign, sign, text);
    }),
  );
});

test('property: never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: codeUnit }),
    fc.string({ unit: fc.constantFrom(...Array.from('019.+-eEKiMmn ')) }),
  );
  fc.assert(
    fc.property(text, (any) => {
      const read = parseQuantity(any);
      if (read !== undefined) assert.match(read.canonical, /^(0|-?[1-9]\d*([KMGTPE]i|[numkMGTPE]|e-?\d+)?)$/);
    }),
  );
});

function asRow(text: string): Row {
  const read = parseQuantity(text);
  return read === undefined ? [text, null] : [text, read.canonical, read.sign];
}

function quantity(text: string): Quantity {
  const read = parseQuantity(text);
  assert.ok(read !== undefined, `${text} must be a quantity`);
  return read;
}
