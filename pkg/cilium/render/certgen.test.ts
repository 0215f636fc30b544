import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite } from 'node:test';
import { loadAll } from 'js-yaml';
import { cases } from '../../../test/support/cases.ts';
import { planInput, planTools } from '../../../test/support/planning.ts';
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { planNetwork } from '../../network/plan.ts';
import type { Lookup } from '../../network/plugin.ts';
import { cilium } from '../plan.ts';

const input = planInput(loadAll(readFileSync(new URL('../testdata/plan/hubble/input.yaml', import.meta.url), 'utf8')));

/** Returns the Job for Hubble's certificates if the current ManagedResource contains these objects. */
function jobBeside(present: Lookup<readonly KubeObject[]>): KubeObject {
  const result = planNetwork(cilium, { ...input, currentObjects: present }, planTools());
  assert.ok(result.outcome === 'planned');
  const objects = result.plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  const job = objects.find(({ kind }) => kind === 'Job');
  assert.ok(job !== undefined);
  return job;
}

/** The Job of the Go extension, which creates a new CA in each run. */
const fresh = jobBeside({ available: true, value: [] });
const reuse = '--ca-reuse-secret';
const theirs = changed(fresh, (text) => text.replace(`,"${reuse}"`, ''));

suite('the Job for Hubble’s certificates', () => {
  const table: Readonly<Record<string, readonly [present: Lookup<readonly KubeObject[]>, reuses: boolean]>> = {
    'of a new shoot reuses the CA': [{ available: true, value: [] }, true],
    'of the Go extension is unchanged, since it would be deleted and run again': [
      { available: true, value: [theirs] },
      false,
    ],
    'of the Go extension with another image runs again, and reuses the CA': [
      { available: true, value: [changed(theirs, (text) => text.replace('certgen:v1', 'certgen:v0'))] },
      true,
    ],
    'of this project is unchanged': [{ available: true, value: [fresh] }, true],
    'that cannot be read reuses the CA': [{ available: false, reason: 'gone' }, true],
  };
  cases(table, ([present, reuses]) => {
    const job = jobBeside(present);
    assert.equal(JSON.stringify(job).includes(reuse), reuses);
    if (!reuses) assert.deepEqual(job, theirs);
  });
});

function changed(object: KubeObject, edit: (text: string) => string): KubeObject {
  const text = JSON.stringify(object);
  assert.notEqual(edit(text), text);
  const result: unknown = JSON.parse(edit(text));
  assert.ok(isRecord(result));
  return result as unknown as KubeObject;
}
