import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { expandCrd } from '../../../pkg/templates/crd/crd.ts';
import { isMapping } from '../../../pkg/templates/crd/error.ts';

const folder = import.meta.dirname;
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
