/** Browsers describe changes as well, with templates and images of their own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readImportGraph } from '../../test/support/import-graph.ts';

const root = path.join(import.meta.dirname, '../..');

test('what describes a change, and the CNIs, import no module of Node', () => {
  const graph = readImportGraph(root);
  const reached = new Set(['pkg/changes/shoots.ts', 'pkg/changes/networks.ts', 'pkg/plugins/index.ts']);
  for (const file of reached) for (const imported of graph.get(file) ?? []) reached.add(imported);
  assert.ok(reached.has('pkg/managedresource/changes.ts') && reached.has('pkg/calico/effects.ts'));
  const bound = [...reached].filter((file) => /from 'node:/.test(readFileSync(path.join(root, file), 'utf8')));
  assert.deepEqual(bound, []);
});
