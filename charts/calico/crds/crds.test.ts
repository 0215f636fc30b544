import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { expandCrd } from '../../../pkg/templates/crd/crd.ts';
import { isMapping } from '../../../pkg/templates/crd/error.ts';

const folder = import.meta.dirname;
const reference = path.join(folder, '../../../../shared/reference/calico/crds');
const types = read(path.join(folder, 'types.yaml'));
const files = [
  ...readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'types.yaml'),
  '../multus/crds/network-attachment-definitions.yaml',
];

for (const file of files) {
  const crd = expandCrd({ definition: read(path.join(folder, file)), types });

  test(`${file} has the name of its CRD`, () =>
    assert.equal(`${crd.metadata.name.split('.')[0]}.yaml`, path.basename(file)));

  test(`${file} has the label of system components unless it belongs to multus`, () => {
    const label = crd.metadata.name.endsWith('.k8s.cni.cncf.io') ? undefined : 'system-component';
    assert.equal(crd.metadata.labels?.['gardener.cloud/role'], label);
  });
}

test('every shared type is used by at least two CRDs', () => {
  const used = files.flatMap((file) => [...usedTypes(read(path.join(folder, file)))]);
  const once = Object.keys(types).filter((name) => used.filter((other) => other === name).length < 2);
  assert.deepEqual(once, [], 'move these into the file that uses them');
});

test('every type of a file is used in it', () => {
  for (const file of files) {
    const definition = read(path.join(folder, file));
    const used = usedTypes(definition);
    const unused = Object.keys(mapping(definition['types'] ?? {})).filter((name) => !used.has(name));
    assert.deepEqual(unused, [], file);
  }
});

const skip = existsSync(reference) ? false : `reference not found: ${reference}`;
if (skip !== false) console.log(`SKIPPED: ${skip}`);

test('the CRDs equal the reference except for descriptions', { skip }, () => {
  const wanted = readdirSync(reference).map((file) => read(path.join(reference, file)));
  assert.ok(wanted.length > 20, `${reference} contains ${wanted.length} files`);
  const made = files.map((file) => expandCrd({ definition: read(path.join(folder, file)), types }));
  const [have, want] = [new Set(made.flatMap(leaves)), new Set(wanted.flatMap(leaves))];
  const missing = [...want].filter((leaf) => !have.has(leaf));
  const extra = [...have].filter((leaf) => !want.has(leaf));
  assert.deepEqual({ missing, extra }, { missing: [], extra: [] });
});

function read(file: string): Readonly<Record<string, unknown>> {
  return mapping(load(readFileSync(file, 'utf8')));
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(isMapping(value));
  return value;
}

/** Returns the names of all types that a definition uses, directly or through others. */
function usedTypes(definition: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const known = { ...types, ...mapping(definition['types'] ?? {}) };
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node === 'object' && node !== null) Object.values(node).forEach(visit);
    if (typeof node !== 'string' || !Object.hasOwn(known, node) || found.has(node)) return;
    found.add(node);
    visit(known[node]);
  };
  visit(definition['fields']);
  return found;
}

/** Returns `CRD path = value` for each leaf. Nulls, descriptions and the status count as absent; an empty list or mapping is a leaf. */
function leaves(crd: { readonly [key: string]: unknown }): readonly string[] {
  const out: string[] = [];
  const visit = (node: unknown, where: string): void => {
    if (node === null || node === undefined) return;
    const members = typeof node === 'object' ? Object.entries(node) : [];
    if (members.length === 0) out.push(`${where} = ${JSON.stringify(node)}`);
    for (const [key, value] of members) {
      if (key !== 'description' || typeof value !== 'string') visit(value, `${where}.${key}`);
    }
  };
  visit({ ...crd, status: undefined }, String(mapping(crd['metadata'])['name']));
  return out;
}
