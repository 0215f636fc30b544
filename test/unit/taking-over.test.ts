/**
 * What docs/operations/taking-over.md says about pods that roll is what differs from the objects of the Go extensions. These are recorded in
 * ../shared/reference, where that folder is there.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { runInFolder } from '../../pkg/cli/testing/terminal.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { readPage } from '../support/usage-docs.ts';

const root = path.join(import.meta.dirname, '../..');
const reference = path.join(root, '../shared/reference');
const skip = existsSync(reference) ? false : 'the recordings in ../shared/reference are not here';
if (skip !== false) console.log(`SKIPPED: what rolls at a take-over: ${skip}`);

/** Together they have every workload; none of them is one of the odd cases that are listed as verdicts. */
const cases = [
  'calico/cases/01-defaults-no-providerconfig',
  'calico/cases/36-multus-with-cni-plugins',
  'cilium/cases/01-defaults-no-providerconfig',
  'cilium/cases/02-readme-example-hubble',
];

test('taking-over.md tells which workloads roll', { skip }, async () => {
  const { text } = readPage(root, 'docs/operations/taking-over.md');
  const told = Array.from(
    text.matchAll(/^\| (\w+) `([^`]+)` +\| (once|no)\b/gm),
    ([, kind, name, rolls]) => `${kind} ${name}: ${rolls}`,
  );
  const seen = new Map<string, string>();
  for (const name of cases) {
    for (const [workload, rolls] of await rollsOf(path.join(reference, name)))
      if (seen.get(workload) !== 'once') seen.set(workload, rolls);
  }
  assert.deepEqual(told.sort(), [...seen].map((row) => row.join(': ')).sort());
});

async function rollsOf(folder: string): Promise<readonly (readonly [workload: string, rolls: string])[]> {
  const { code, stdout, stderr } = await runInFolder({ argv: ['render', '-f', `${folder}/input.yaml`, '-o', 'json'] });
  assert.equal(code, 0, stderr);
  const ours = templatesIn(loadAll(stdout));
  const theirs = templatesIn(loadAll(readFileSync(`${folder}/expected/managedresources.yaml`, 'utf8')));
  return [...theirs].map(([workload, template]) => {
    const our = ours.get(workload) ?? assert.fail(`${folder}: ${workload} would be deleted`);
    return [workload, our === template ? 'no' : 'once'];
  });
}

/** Pod templates of all workloads, in a form in which equal ones are equal texts. */
function templatesIn(documents: readonly unknown[]): ReadonlyMap<string, string> {
  const objects = documents.flatMap((one) => (isRecord(one) && Array.isArray(one['items']) ? one['items'] : [one]));
  return new Map(
    objects.filter(isRecord).flatMap(({ kind, metadata, spec }) => {
      const { template, jobTemplate } = spec === undefined ? {} : (spec as Readonly<Record<string, unknown>>);
      const pods = template ?? jobTemplate;
      if (pods === undefined || !isRecord(metadata)) return [];
      return [[`${String(kind)} ${String(metadata['name'])}`, JSON.stringify(ordered(pods))]];
    }),
  );
}

/** Keys in order, and lists of named things by their names. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const named = value.every((one) => isRecord(one) && typeof one['name'] === 'string');
    const list = value.map(ordered);
    return named ? list.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : list;
  }
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, ordered(value[name])]));
}

function nameOf(value: unknown): string {
  return isRecord(value) ? String(value['name']) : '';
}
