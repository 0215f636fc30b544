import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isAtLeast, parseKubernetesVersion } from './version.ts';

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

type Row = readonly [text: string, release: string | null, prerelease?: string, atLeast136?: boolean];

/** Numbers beyond 2^53-1, which JavaScript cannot represent; Go parses up to 2^64-1. */
const tooLarge = ['1.36.9007199254740992', '1.36.18446744073709551615'];

test('parses every version of the table, and compares it with 1.36, as the Go extension does', () => {
  const { rows }: { readonly rows: readonly Row[] } = JSON.parse(
    readFileSync(new URL('testdata/version.json', import.meta.url), 'utf8'),
  );
  assert.ok(rows.length > 300);
  assert.deepEqual(
    rows.map(([text]) => asRow(text)),
    rows.map((row) => (tooLarge.includes(row[0]) ? [row[0], null] : row)),
  );
});

test('rejects overlong texts', () => {
  for (const text of ['0'.repeat(1 << 20), `1.36.0-${'a'.repeat(1 << 20)}`, `1.${'0'.repeat(1 << 20)}x`])
    assert.equal(parseKubernetesVersion(text), undefined);
});

const part = fc.nat(999);
const release = fc.tuple(part, part, part);

test('property: parses a printed version with or without v, patch and build', () => {
  const tail = fc.constantFrom('', '-rc.1', '-gke.100', '-0');
  fc.assert(
    fc.property(release, tail, fc.constantFrom('', 'v'), ([major, minor, patch], prerelease, v) => {
      const expected = { major, minor, patch, prerelease: prerelease.slice(1) };
      assert.deepEqual(parseKubernetesVersion(`${v}${major}.${minor}.${patch}${prerelease}`), expected);
      assert.deepEqual(parseKubernetesVersion(`${v}${major}.${minor}.${patch}${prerelease}+build.7`), expected);
      assert.deepEqual(parseKubernetesVersion(`${v}${major}.${minor}${prerelease}`), { ...expected, patch: 0 });
    }),
  );
});

test('property: isAtLeast compares releases by number and is false for pre-releases', () => {
  fc.assert(
    fc.property(release, part, part, ([major, minor, patch], wantedMajor, wantedMinor) => {
      const wanted = { major: wantedMajor, minor: wantedMinor };
      const expected = major * 1000 + minor >= wantedMajor * 1000 + wantedMinor;
      assert.equal(isAtLeast({ major, minor, patch, prerelease: '' }, wanted), expected);
      assert.equal(isAtLeast({ major, minor, patch, prerelease: 'rc.1' }, wanted), false);
      assert.equal(isAtLeast({ major, minor, patch, prerelease: '' }, { major, minor }), true);
    }),
  );
});

test('property: never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: codeUnit }),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789.v-+ax')) }),
  );
  fc.assert(
    fc.property(text, (any) => {
      const read = parseKubernetesVersion(any);
      if (read !== undefined) assert.ok([read.major, read.minor, read.patch].every(Number.isSafeInteger));
    }),
  );
});

function asRow(text: string): Row {
  const read = parseKubernetesVersion(text);
  if (read === undefined) return [text, null];
  const { major, minor, patch, prerelease } = read;
  return [text, `${major}.${minor}.${patch}`, prerelease, isAtLeast(read, { major: 1, minor: 36 })];
}
