import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Cidr, familyOfAddress, overlaps, parseCidr } from './cidr.ts';

/** Tables computed by Go; their heads say by which function of which version. */
function rowsOf(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8')).rows;
}

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

type RangeRow = readonly [text: string, family: string | null, prefix?: number, first?: string, last?: string];

test('every range of the table is read as Go reads it', () => {
  const rows = rowsOf('cidr') as readonly RangeRow[];
  assert.ok(rows.length > 400);
  assert.deepEqual(
    rows.map(([text]) => asRow(text)),
    rows,
  );
});

test('ranges overlap where they do in Go, in either order', () => {
  for (const [a, b, expected] of rowsOf('cidr-overlap') as readonly (readonly [string, string, boolean])[]) {
    assert.equal(overlaps(range(a), range(b)), expected, `${a} and ${b}`);
    assert.equal(overlaps(range(b), range(a)), expected, `${b} and ${a}`);
  }
});

test('every address of the table has the family that Go gives it', () => {
  const rows = rowsOf('address') as readonly (readonly [string, string | null])[];
  assert.ok(rows.length > 200);
  assert.deepEqual(
    rows.map(([text]) => [text, familyOfAddress(text) ?? null]),
    rows,
  );
});

test('a range keeps its text, host bits included', () => {
  assert.deepEqual(parseCidr('10.1.2.3/08'), {
    text: '10.1.2.3/08',
    family: 'IPv4',
    prefix: 8,
    first: 0x0a000000n,
    last: 0x0affffffn,
  });
});

test('texts of a megabyte are refused like any other', () => {
  for (const text of [
    `10.0.0.0/${'0'.repeat(1 << 20)}x`,
    '1'.repeat(1 << 20),
    ':'.repeat(1 << 20),
    '.'.repeat(1 << 20),
  ]) {
    assert.equal(parseCidr(text), undefined);
    assert.equal(familyOfAddress(text), undefined);
  }
});

const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
const ipv4Range = fc.tuple(octets, fc.integer({ min: 0, max: 32 })).map(([parts, prefix]) => ({
  text: `${parts.join('.')}/${prefix}`,
  value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n),
  bits: 32,
  prefix,
}));
const ipv6Range = fc.tuple(groups, fc.integer({ min: 0, max: 95 })).map(([parts, prefix]) => ({
  text: `${parts.map((part) => part.toString(16)).join(':')}/${prefix}`,
  value: parts.reduce((sum, part) => sum * 65_536n + BigInt(part), 0n),
  bits: 128,
  prefix,
}));
const anyRange = fc.oneof(ipv4Range, ipv6Range);

test('property: what was printed is read back, as the range around the address', () => {
  fc.assert(
    fc.property(anyRange, ({ text, value, bits, prefix }) => {
      const size = 2n ** BigInt(bits - prefix);
      const { first, last, ...rest } = range(text);
      assert.deepEqual(rest, { text, family: bits === 32 ? 'IPv4' : 'IPv6', prefix });
      assert.equal(first % size, 0n);
      assert.equal(last - first + 1n, size);
      assert.ok(first <= value && value <= last);
    }),
  );
});

test('property: a run of zero groups may be left out', () => {
  fc.assert(
    fc.property(groups, fc.nat(7), fc.integer({ min: 1, max: 8 }), (parts, start, length) => {
      const zeroed = parts.map((part, index) => (index >= start && index < start + length ? 0 : part));
      const [head, tail] = [zeroed.slice(0, start), zeroed.slice(start + length)];
      const short = `${hex(head)}::${hex(tail)}/64`;
      assert.equal(range(short).first, range(`${hex(zeroed)}/64`).first, short);
    }),
  );
});

test('property: an IPv4-mapped range is the IPv4 range', () => {
  fc.assert(
    fc.property(ipv4Range, ({ text, prefix }) => {
      const address = text.slice(0, text.indexOf('/'));
      const { text: _, ...plain } = range(text);
      const { text: __, ...mapped } = range(`::ffff:${address}/${prefix + 96}`);
      assert.deepEqual(mapped, plain);
      assert.equal(familyOfAddress(`::ffff:${address}`), 'IPv4');
    }),
  );
});

test('property: overlapping is symmetric, reflexive, and for prefixes the same as one holding the start of the other', () => {
  fc.assert(
    fc.property(fc.tuple(anyRange, anyRange), fc.integer({ min: 0, max: 128 }), ([one, other], shorter) => {
      const a = range(one.text);
      // Random ranges hardly ever meet; a second one around the same address always does.
      const around = range(
        `${one.text.slice(0, one.text.indexOf('/'))}/${Math.min(shorter, one.bits === 32 ? 32 : 95)}`,
      );
      assert.ok(overlaps(a, a));
      assert.ok(overlaps(a, around));
      for (const b of [range(other.text), around]) {
        assert.equal(overlaps(a, b), overlaps(b, a));
        assert.equal(overlaps(a, b), a.family === b.family && (holds(a, b.first) || holds(b, a.first)));
      }
    }),
  );
});

test('property: no text makes the readers throw', () => {
  const text = fc.oneof(
    fc.string({ unit: codeUnit }),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefF:./%x ')) }),
  );
  fc.assert(
    fc.property(text, (any) => {
      const address = familyOfAddress(any);
      const cidr = parseCidr(any);
      assert.ok(address === undefined || cidr === undefined, 'nothing is both an address and a range');
    }),
  );
});

function asRow(text: string): RangeRow {
  const cidr = parseCidr(text);
  if (cidr === undefined) return [text, null];
  const digits = cidr.family === 'IPv4' ? 8 : 32;
  const [first, last] = [cidr.first, cidr.last].map((address) => address.toString(16).padStart(digits, '0'));
  return [text, cidr.family, cidr.prefix, first ?? '', last ?? ''];
}

function range(text: string): Cidr {
  const cidr = parseCidr(text);
  assert.ok(cidr !== undefined, `${text} must be a range`);
  return cidr;
}

function holds({ first, last }: Cidr, address: bigint): boolean {
  return first <= address && address <= last;
}

function hex(parts: readonly number[]): string {
  return parts.map((part) => part.toString(16)).join(':');
}
