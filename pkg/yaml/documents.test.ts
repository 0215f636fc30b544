import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { readDocuments, readPlain } from './documents.ts';

cases(
  {
    'lists of lists': `[${'[],'.repeat(600_000)}]`,
    'maps in a list': `[${'{a: b},'.repeat(600_000)}]`,
    'lists of lists in blocks': '- - - a\n'.repeat(300_000),
    lines: 'a: 1\n'.repeat(1_100_000),
    documents: '---\n'.repeat(300_000),
    'documents behind carriage returns': '---\r'.repeat(300_000),
  },
  (text) => {
    const expected = { problems: [{ file: 'x.yaml', message: 'has more than 1000000 lines and values' }] };
    assert.throws(() => readDocuments('x.yaml', Buffer.from(text)), expected);
    assert.throws(() => readPlain('x.yaml', Buffer.from(text)), expected);
  },
);

test('reads a text of the largest size', () => {
  const text = `a: "${'x'.repeat(16 * 1024 * 1024 - 10)}"\r\n`;
  assert.equal(readPlain('x.yaml', Buffer.from(text)).length, 1);
});

test('rejects a text that is longer than the largest size', () => {
  const expected = { problems: [{ file: 'x.yaml', message: 'is larger than 16 MiB' }] };
  const text = Buffer.alloc(16 * 1024 * 1024 + 1, '#');
  assert.throws(() => readDocuments('x.yaml', text), expected);
  assert.throws(() => readPlain('x.yaml', text), expected);
});
