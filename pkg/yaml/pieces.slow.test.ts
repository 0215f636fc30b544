import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump, loadAll } from 'js-yaml';
import { readPiece } from './documents.ts';
import { createSplitter } from './pieces.ts';

interface ReadValue {
  readonly value: unknown;
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Reads a text in chunks of a size, and returns its values with the positions of `metadata.name`. */
function read(
  text: string,
  chunkSize = 64 * 1024,
): { readonly values: readonly ReadValue[]; readonly problems: readonly object[] } {
  const bytes = Buffer.from(text);
  const splitter = createSplitter();
  const values: ReadValue[] = [];
  const problems: object[] = [];
  const add = (pieces: ReturnType<typeof splitter.end>): void => {
    for (const piece of pieces) {
      const content = readPiece('in', piece);
      problems.push(...content.problems);
      for (const { value, position } of content.values) {
        const { metadata } = value as { readonly metadata?: { readonly name?: string } };
        values.push({ value, name: metadata?.name ?? '', ...position('metadata.name') });
      }
    }
  };
  for (let at = 0; at < bytes.length; at += chunkSize) add(splitter.push(bytes.subarray(at, at + chunkSize)));
  add(splitter.end());
  return { values, problems };
}

const padding = 'x'.repeat(1_000);

/** More than the size up to which a document is read as a whole. */
const items = Array.from({ length: 5_000 }, (_, index) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: `thing-${index}`, labels: { text: `- a\n---\n} ] "é😀 ${padding}` } },
}));
const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };

function yamlItem(item: object): string {
  return `- ${dump(item).trimEnd().replaceAll('\n', '\n  ')}\n`;
}

const forms: Readonly<Record<string, string>> = {
  'YAML with dashes at the start of the line': `apiVersion: v1\nitems:\n${items.map(yamlItem).join('')}kind: List\nmetadata: {resourceVersion: ""}\n`,
  'YAML with indented dashes': dump(list),
  'JSON over several lines': JSON.stringify(list, undefined, 4),
  'JSON on one line': JSON.stringify(list),
};

for (const [name, text] of Object.entries(forms)) {
  test(`reads a large List item by item: ${name}`, () => {
    const { values, problems } = read(`# first\n---\nkind: Before\n---\n${text}\n---\nkind: After\n`);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      values.map(({ value }) => value),
      [{ kind: 'Before' }, ...items, { kind: 'After' }],
    );
    const lines = `# first\n---\nkind: Before\n---\n${text}`.split('\n');
    for (const one of [values[1], values[2], values[4_999]]) {
      assert.ok(one !== undefined);
      const found = lines[one.line - 1]?.slice(one.column - 1) ?? '';
      assert.match(found, new RegExp(`^"?name"?: ?"?${one.name}\\b`));
    }
  });
}

test('reports a large document that is no List', () => {
  const text = forms['JSON on one line']?.replace('"kind":"List"', '"kind":"Other"') ?? '';
  assert.deepEqual(read(text).problems, [
    { file: 'in', line: 1, column: 1, message: 'is larger than 4 MiB and not a List' },
  ]);
});

test('reports a large List that ends within an item', () => {
  const text = forms['JSON on one line'] ?? '';
  assert.equal(read(text.slice(0, -500)).problems.length, 1);
});

test('an item that is not YAML does not affect the others', () => {
  const text = forms['YAML with dashes at the start of the line'] ?? '';
  const { values, problems } = read(text.replace('thing-17\n', '"thing-17\n'));
  assert.equal(values.length, items.length - 1);
  assert.equal(problems.length, 1);
});

test('property: documents are the same in chunks of every size as those of the parser', () => {
  const line = fc.constantFrom(
    '---',
    '--- # x',
    '...',
    'a: 1',
    '- b',
    '  c: d',
    '# e',
    '',
    '%YAML 1.2',
    "'",
    '|',
    '-----',
    '--- {f: g}',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (lines, size) => {
      const text = lines.join('\n');
      let expected: readonly unknown[];
      try {
        expected = loadAll(text).filter((one) => one !== null && one !== undefined);
      } catch {
        return;
      }
      const { values, problems } = read(text, size);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        values.map(({ value }) => value),
        expected,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('stops after a document without an end', () => {
  const splitter = createSplitter();
  const chunk = Buffer.alloc(1024 * 1024, '# no end\n');
  const pieces = [];
  for (let round = 0; round < 40 && !splitter.stopped; round += 1)
    for (const piece of splitter.push(chunk)) pieces.push({ tooLarge: piece.tooLarge, kind: piece.kind });
  assert.deepEqual(pieces, [{ tooLarge: true, kind: 'document' }]);
  assert.equal(splitter.stopped, true);
  assert.deepEqual([...splitter.end()], []);
});
