import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

const table = readFileSync(path.join(import.meta.dirname, 'testdata/durations.txt'), 'utf8');

for (const line of table.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
  const [, quoted = '', expected = ''] = /^("(?:[^"\\]|\\.)*") (.*)$/.exec(line) ?? [];
  test(`parses ${quoted} as ${expected}, like Go`, () => {
    const nanoseconds = parseDuration(JSON.parse(quoted));
    assert.equal(nanoseconds === undefined ? 'error' : formatDuration(nanoseconds), expected);
  });
}

test('property: a formatted duration is parsed as the same duration', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (nanoseconds) => {
      assert.equal(parseDuration(formatDuration(nanoseconds)), nanoseconds);
    }),
  );
});

test('property: parsing never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseDuration(text)));
  const part = fc.constantFrom('1', '.', '-', '+', 'h', 'm', 's', 'µs', '9223372036854775808', ' ');
  fc.assert(fc.property(fc.array(part), (parts) => void parseDuration(parts.join(''))));
});
