/** The import rules of .oxlintrc.json cover every folder, name only existing folders, and allow no cycles. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../support/cases.ts';
import { readImportGraph } from '../support/import-graph.ts';

const root = path.join(import.meta.dirname, '../..');

interface Pattern {
  readonly regex?: string;
  readonly group?: readonly string[];
}

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, readonly [string, { readonly patterns?: readonly Pattern[] }] | string>>;
}

const { overrides } = JSON.parse(readFileSync(path.join(root, '.oxlintrc.json'), 'utf8')) as {
  readonly overrides: readonly Override[];
};

/** Folders with code of the product, as deep as there are separate rules. */
const folders = globSync('{pkg,controllers}/*/', { cwd: root })
  .map((folder) => folder.replace(/\/$/, ''))
  .sort();

const graph = readImportGraph(root);
const modules = [...graph.keys()].filter((file) => !/\.test\.ts$|\/testdata\//.test(file));
const productModules = modules.filter((file) => /^(pkg|controllers|charts)\//.test(file));

/** Returns the rules for a file. As in oxlint, later overrides replace earlier ones. */
function patternsFor(file: string): readonly Pattern[] | undefined {
  const matching = overrides.filter(
    ({ files, rules }) => 'no-restricted-imports' in rules && files.some((glob) => path.matchesGlob(file, glob)),
  );
  const rule = matching.at(-1)?.rules['no-restricted-imports'];
  return typeof rule === 'object' ? rule[1].patterns : undefined;
}

function isDenied(from: string, to: string): boolean {
  const specifier = importSpecifier(from, to);
  return (patternsFor(from) ?? []).some(
    ({ regex, group }) =>
      (regex !== undefined && new RegExp(regex).test(specifier)) || group?.includes(specifier) === true,
  );
}

function importSpecifier(from: string, to: string): string {
  if (to === 'charts/index.ts' && !from.startsWith('charts/')) return '#charts';
  const relative = path.posix.relative(path.posix.dirname(from), to);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const probe = (folder: string): string => `${folder}/probe.ts`;

test('each folder of the product has rules', () => {
  assert.ok(folders.length > 15, folders.join(' '));
  for (const folder of folders) assert.ok((patternsFor(probe(folder)) ?? []).length > 0, folder);
  assert.ok(patternsFor('controllers/netext.ts') !== undefined);
  assert.ok(patternsFor('charts/index.ts') !== undefined);
});

test('rules name only existing folders', () => {
  const folderNames = globSync('{pkg,controllers,charts,hack,test}/{,*/,*/*/,*/*/*/}', { cwd: root }).flatMap(
    (folder) => folder.split('/'),
  );
  const existing = new Set([...folderNames, ...modules.map((file) => path.posix.basename(file, '.ts'))]);
  for (const glob of overrides.flatMap(({ files }) => files)) assert.ok(globSync(glob, { cwd: root }).length > 0, glob);
  const named = overrides.flatMap(({ rules }) => namesIn(rules['no-restricted-imports']));
  assert.ok(named.length > 0);
  for (const name of named) assert.ok(existing.has(name), name);
});

/** Returns the alternatives in the patterns of a rule, such as `calico` and `cilium` in `(calico|cilium)`. */
function namesIn(rule: Override['rules'][string] | undefined): readonly string[] {
  const patterns = typeof rule === 'object' ? (rule[1].patterns ?? []) : [];
  return patterns
    .flatMap(({ regex = '' }) =>
      Array.from(regex.matchAll(/\((?!\\)([a-z|]+)\)/g), ([, names = '']) => names.split('|')),
    )
    .flat();
}

test('the rules allow every import of the product', () => {
  const denied = productModules.flatMap((from) =>
    (graph.get(from) ?? []).filter((to) => isDenied(from, to)).map((to) => `${from} -> ${to}`),
  );
  assert.deepEqual(denied, []);
});

test('the allowed imports between folders have no cycle', () => {
  const allowed = new Map(
    folders.map((from) => [from, folders.filter((to) => to !== from && !isDenied(probe(from), probe(to)))] as const),
  );
  const visiting: string[] = [];
  const done = new Set<string>();
  const visit = (folder: string): void => {
    assert.ok(!visiting.includes(folder), [...visiting, folder].join(' -> '));
    if (done.has(folder)) return;
    visiting.push(folder);
    for (const to of allowed.get(folder) ?? []) visit(to);
    visiting.pop();
    done.add(folder);
  };
  for (const folder of folders) visit(folder);
});

cases<{ readonly from: readonly string[]; readonly to: readonly string[] }>(
  {
    'pkg imports neither controllers nor hack nor test nor charts': {
      from: folders.filter((folder) => folder.startsWith('pkg/')),
      to: ['controllers/network', 'hack/build', 'test/support', 'charts'],
    },
    'controllers import neither hack nor test': {
      from: folders.filter((folder) => folder.startsWith('controllers/')),
      to: ['hack/build', 'test/support'],
    },
    'tests do not import hack': { from: ['test/unit', 'test/integration', 'test/support'], to: ['hack/build'] },
    'a CNI imports no other CNI': { from: ['pkg/calico'], to: ['pkg/cilium'] },
    'no CNI is imported by another CNI': { from: ['pkg/cilium'], to: ['pkg/calico'] },
    'shared packages and controllers import no CNI': {
      from: folders.filter((folder) => !['pkg/calico', 'pkg/cilium', 'pkg/plugins'].includes(folder)),
      to: ['pkg/calico', 'pkg/cilium'],
    },
    'the offline commands import no controller and no client': {
      from: ['pkg/cli'],
      to: ['controllers/process', 'controllers/network', 'pkg/kubernetes'],
    },
  },
  ({ from, to }) => {
    for (const source of from)
      for (const target of to) assert.ok(isDenied(probe(source), probe(target)), `${source} -> ${target}`);
  },
);

test('pkg/kubernetes is layered: transport, then client, then the rest', () => {
  const layers = ['transport', 'client'] as const;
  const rest = ['kubeconfig', 'reflector', 'leaderelection', 'workqueue', 'events'];
  const at = (name: string): string => probe(`pkg/kubernetes/${name}`);
  assert.ok(isDenied(at(layers[0]), at(layers[1])));
  for (const name of rest) {
    for (const layer of layers) assert.ok(isDenied(at(layer), at(name)), `${layer} -> ${name}`);
    for (const other of rest) assert.ok(other === name || isDenied(at(name), at(other)), `${name} -> ${other}`);
  }
});

test('the core imports no I/O', () => {
  for (const folder of ['gardener', 'network', 'calico', 'cilium', 'templates']) {
    const groups = (patternsFor(`pkg/${folder}/probe.ts`) ?? []).flatMap(({ group }) => group ?? []);
    for (const name of ['node:*', 'pino', 'undici', 'commander', '@kubernetes/*'])
      assert.ok(groups.includes(name), `${folder}: ${name}`);
  }
});
