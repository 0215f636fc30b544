import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addressFamily, type Cidr, canonicalCidr, hasHostBits, overlaps, parseCidr, withoutHostBits } from './cidr.ts';

/** Tables computed by Go; the head of each file names the function and the version. */
function readRows(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8')).rows;
}

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

type RangeRow = readonly [text: string, family: string | null, prefix?: number, first?: string, last?: string];

test('parseCidr parses every range of the table as Go does', () => {
  const rows = readRows('cidr') as readonly RangeRow[];
  assert.ok(rows.length > 400);
  assert.deepEqual(
    rows.map(([text]) => asRow(text)),
    rows,
  );
});

test('overlaps agrees with Go for every pair of the table, in either order', () => {
  for (const [a, b, expected] of readRows('cidr-overlap') as readonly (readonly [string, string, boolean])[]) {
    assert.equal(overlaps(range(a), range(b)), expected, `${a} and ${b}`);
    assert.equal(overlaps(range(b), range(a)), expected, `${b} and ${a}`);
  }
});

test('addressFamily agrees with Go for every address of the table', () => {
  const rows = readRows('address') as readonly (readonly [string, string | null])[];
  assert.ok(rows.length > 200);
  assert.deepEqual(
    rows.map(([text]) => [text, addressFamily(text) ?? null]),
    rows,
  );
});

test('parseCidr retains the source text, including host bits', () => {
  assert.deepEqual(parseCidr('10.1.2.3/08'), {
    text: '10.1.2.3/08',
    family: 'IPv4',
    prefix: 8,
    first: 0x0a000000n,
    last: 0x0affffffn,
  });
});

test('rejects a prefix with so many leading zeros that no message could contain it', () => {
  assert.equal(parseCidr(`10.0.0.0/${'0'.repeat(50)}8`)?.prefix, 8);
  assert.equal(parseCidr(`10.0.0.0/${'0'.repeat(100)}8`), undefined);
});

test('withoutHostBits changes only ranges with host bits', () => {
  const rows = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.0.0.0/08', '10.0.0.0/08'],
    ['2001:DB8::/32', '2001:DB8::/32'],
    ['2001:DB8::1/32', '2001:db8::/32'],
    ['::ffff:10.0.0.0/104', '::ffff:10.0.0.0/104'],
    ['::ffff:10.0.0.1/104', '10.0.0.0/8'],
    ['::ffff:0:0/90', '::ffc0:0:0/90'],
  ] as const;
  for (const [text, expected] of rows) assert.equal(withoutHostBits(range(text)), expected);
});

test('property: a canonical range has no host bits', () => {
  fc.assert(fc.property(anyRange, ({ text }) => assert.equal(hasHostBits(range(withoutHostBits(range(text)))), false)));
});

test('rejects invalid texts of a megabyte', () => {
  for (const text of [
    `10.0.0.0/${'0'.repeat(1 << 20)}x`,
    '1'.repeat(1 << 20),
    ':'.repeat(1 << 20),
    '.'.repeat(1 << 20),
  ]) {
    assert.equal(parseCidr(text), undefined);
    assert.equal(addressFamily(text), undefined);
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

test('property: parses a printed range into the range that contains the address', () => {
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

test('canonicalCidr prints a range as Go does', () => {
  const table: Readonly<Record<string, string>> = {
    '100.96.0.5/11': '100.96.0.0/11',
    '10.0.0.0/008': '10.0.0.0/8',
    '0.0.0.0/0': '0.0.0.0/0',
    '::ffff:100.64.0.1/106': '100.64.0.0/10',
    '2001:DB8:1::7/48': '2001:db8:1::/48',
    '2001:db8:0:0:1:0:0:0/96': '2001:db8:0:0:1::/96',
    '2001:0:0:1:0:0:1:1/128': '2001::1:0:0:1:1/128',
    '1:0:2:3:4:5:6:7/128': '1:0:2:3:4:5:6:7/128',
    '10:0:0:2:3:4:5:6/128': '10::2:3:4:5:6/128',
    '::/0': '::/0',
    '::1/128': '::1/128',
    'fd00::/104': 'fd00::/104',
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(canonicalCidr(range(text)), expected);
});

test('property: canonicalCidr retains the range, and changes nothing when repeated', () => {
  fc.assert(
    fc.property(anyRange, ({ text }) => {
      const canonical = canonicalCidr(range(text));
      assert.deepEqual({ ...range(canonical), text }, range(text));
      assert.equal(canonicalCidr(range(canonical)), canonical);
    }),
  );
});

test('property: accepts `::` for any run of zero groups', () => {
  fc.assert(
    fc.property(groups, fc.nat(7), fc.integer({ min: 1, max: 8 }), (parts, start, length) => {
      const zeroed = parts.map((part, index) => (index >= start && index < start + length ? 0 : part));
      const [head, tail] = [zeroed.slice(0, start), zeroed.slice(start + length)];
      const short = `${hex(head)}::${hex(tail)}/64`;
      assert.equal(range(short).first, range(`${hex(zeroed)}/64`).first, short);
    }),
  );
});

test('property: reads an IPv4-mapped range as the IPv4 range', () => {
  fc.assert(
    fc.property(ipv4Range, ({ text, prefix }) => {
      const address = text.slice(0, text.indexOf('/'));
      const { text: _, ...plain } = range(text);
      const { text: __, ...mapped } = range(`::ffff:${address}/${prefix + 96}`);
      assert.deepEqual(mapped, plain);
      assert.equal(addressFamily(`::ffff:${address}`), 'IPv4');
    }),
  );
});

test('property: overlap is symmetric and reflexive, and prefixes overlap exactly when one contains the start of the other', () => {
  fc.assert(
    fc.property(fc.tuple(anyRange, anyRange), fc.integer({ min: 0, max: 128 }), ([one, other], shorter) => {
      const a = range(one.text);
      // Random ranges hardly ever overlap; a second one around the same address always does.
      const around = range(
        `${one.text.slice(0, one.text.indexOf('/'))}/${Math.min(shorter, one.bits === 32 ? 32 : 95)}`,
      );
      assert.ok(overlaps(a, a));
      assert.ok(overlaps(a, around));
      for (const b of [range(other.text), around]) {
        assert.equal(overlaps(a, b), overlaps(b, a));
        assert.equal(overlaps(a, b), a.family === b.family && (contains(a, b.first) || contains(b, a.first)));
      }
    }),
  );
});

test('property: never throws, and no text is both an address and a range', () => {
  const text = fc.oneof(
    fc.string({ unit: codeUnit }),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefF:./%x ')) }),
  );
  fc.assert(
    fc.property(text, (any) => {
      const address = addressFamily(any);
      const cidr = parseCidr(any);
      assert.ok(address === undefined || cidr === undefined, 'a text is both an address and a range');
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
  assert.ok(cidr !== undefined, `${text} is not a range`);
  return cidr;
}

function contains({ first, last }: Cidr, address: bigint): boolean {
  return first <= address && address <= last;
}

function hex(parts: readonly number[]): string {
  return parts.map((part) => part.toString(16)).join(':');
}
