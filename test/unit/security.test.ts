import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { recordOf } from '../../pkg/gardener/objects.ts';

const root = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/operations/security.md'), 'utf8');
const model = page.slice(page.indexOf('## Threat model'), page.indexOf('## Data'));

test('each trust boundary of the threat model names promises, exclusions and existing tests', () => {
  const rows = model
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([first = '']) => first !== 'Boundary' && !first.startsWith('-'));
  assert.ok(rows.length >= 5);
  for (const [boundary = '', access, promised, excluded, tests = ''] of rows) {
    for (const cell of [access, promised, excluded]) assert.ok((cell ?? '').length > 10, boundary);
    const files = Array.from(tests.matchAll(/\]\(([^)]+)\)/g), ([, file = '']) => file);
    assert.ok(files.length > 0, `${boundary} has no tests`);
    for (const file of files) {
      assert.match(file, /\.test\.ts$/);
      assert.ok(existsSync(path.join(root, 'docs/operations', file)), `${file} does not exist`);
    }
  }
});

test('the example policy restricts the ServiceAccount of the chart and is bound', () => {
  const [policy, binding] = loadAll(readFileSync(path.join(root, 'example/40-policy.yaml'), 'utf8')).map(recordOf);
  const spec = recordOf(policy?.['spec']);
  assert.match(
    JSON.stringify(spec['matchConditions']),
    /system:serviceaccount:extension-networking:gardener-extension-networking/,
  );
  assert.equal(recordOf(binding?.['spec'])['policyName'], recordOf(policy?.['metadata'])['name']);
  assert.deepEqual(recordOf(binding?.['spec'])['validationActions'], ['Deny']);
});
