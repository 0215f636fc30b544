import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { cases } from '../../../test/support/cases.ts';
import { planInput, planTools } from '../../../test/support/planning.ts';
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { planNetwork } from '../../network/plan.ts';
import type { Lookup } from '../../network/plugin.ts';
import { cilium } from '../plan.ts';

const input = planInput(loadAll(readFileSync(new URL('../testdata/plan/hubble/input.yaml', import.meta.url), 'utf8')));

/** Returns Job and CronJob for Hubble’s certificates if the current ManagedResource contains these objects. */
function runsBeside(present: Lookup<readonly KubeObject[]>): Readonly<Record<'job' | 'cronJob', KubeObject>> {
  const result = planNetwork(cilium, { ...input, currentObjects: present }, planTools());
  assert.ok(result.outcome === 'planned');
  const objects = result.plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  const [job, cronJob] = ['Job', 'CronJob'].map((wanted) => objects.find(({ kind }) => kind === wanted));
  assert.ok(job !== undefined && cronJob !== undefined);
  return { job, cronJob };
}

const jobBeside = (...value: readonly KubeObject[]): KubeObject => runsBeside({ available: true, value }).job;

const reuse = '--ca-reuse-secret';
const fresh = jobBeside();
/** The Job of the Go extension, which creates a new CA in each run, and certificates for the lifetime of the CA. */
const theirs = changed(fresh, (text) => text.replace(`,"${reuse}"`, '').replaceAll('8760h', '26280h'));
const ofOtherImage = (job: KubeObject): KubeObject => changed(job, (text) => text.replace('certgen:v1', 'certgen:v0'));
/** The Job of a shoot that was taken over with another image. */
const renewing = jobBeside(ofOtherImage(theirs));

suite('the Job for Hubble’s certificates', () => {
  type Row = readonly [present: Lookup<readonly KubeObject[]>, reuses: boolean, unchanged?: KubeObject];
  const beside = (...value: readonly KubeObject[]): Lookup<readonly KubeObject[]> => ({ available: true, value });
  const table: Readonly<Record<string, Row>> = {
    'of a new shoot reuses the CA if there is one': [beside(), true],
    'of the Go extension is unchanged, since it would be deleted and run again': [beside(theirs), false, theirs],
    'of the Go extension with another image creates a new CA': [beside(ofOtherImage(theirs)), false],
    'that created a new CA is unchanged': [beside(renewing), false, renewing],
    'that created a new CA reuses it with another image': [beside(ofOtherImage(renewing)), true],
    'of this project is unchanged': [beside(fresh), true, fresh],
    'of this project with another image reuses the CA': [beside(ofOtherImage(fresh)), true],
    'that cannot be read reuses the CA': [{ available: false, reason: 'gone' }, true],
  };
  cases(table, ([present, reuses, unchanged]) => {
    const { job } = runsBeside(present);
    assert.equal(JSON.stringify(job).includes(reuse), reuses);
    if (unchanged !== undefined) assert.deepEqual(job, unchanged);
  });
});

const hour = 3_600_000;
const year = 8760 * hour;
/** The default of `--ca-validity-duration`. */
const caLifetime = 3 * year;

/** Ends of the CA and of the certificates, as times in milliseconds. */
interface Certificates {
  readonly ca: number;
  readonly leaves: number;
}

/** Does what certgen does: without a CA to reuse it creates one, with an expired CA it fails, and certificates may end after the CA. */
function certgen(job: KubeObject, { now, old }: { readonly now: number; readonly old: Certificates }): Certificates {
  const text = JSON.stringify(job);
  const ca = text.includes(`"${reuse}"`) ? old.ca : now + caLifetime;
  assert.ok(now <= ca, 'the CA has expired');
  const [, hours] = /validity: (\d+)h/.exec(text) ?? [];
  return { ca, leaves: now + Number(hours) * hour };
}

test('the take-over renews a CA that is close to its end', () => {
  const old = { ca: 10 * 24 * hour, leaves: 10 * 24 * hour };
  const after = certgen(renewing, { now: 0, old });
  assert.ok(after.ca === caLifetime && after.leaves < after.ca);
});

test('the CronJob renews a CA that is close to its end, before certificates end', () => {
  const { cronJob } = runsBeside({ available: true, value: [] });
  const old = { ca: 24 * hour, leaves: 24 * hour };
  const after = certgen(cronJob, { now: 0, old });
  assert.ok(after.ca === caLifetime && after.leaves < after.ca);
  assert.ok(JSON.stringify(cronJob).includes('"schedule":"0 0 1 */4 *"'), 'three runs per year');
});

test('property: certificates never outlive the CA, whenever images change and runs are missed', () => {
  const { job, cronJob } = runsBeside({ available: true, value: [] });
  // Every third month at the most: the CronJob runs each fourth, and may miss two runs in sequence.
  const step = fc.record({ months: fc.integer({ min: 0, max: 3 }), isCronMissed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [now, cronAt, missed] = [0, 0, 0];
      let state: Certificates = { ca: caLifetime, leaves: year };
      for (const { months, isCronMissed } of steps) {
        now += (months * year) / 12;
        for (; cronAt <= now; cronAt += year / 3) {
          missed = isCronMissed && missed < 2 ? missed + 1 : 0;
          if (missed === 0) state = certgen(cronJob, { now: cronAt, old: state });
        }
        assert.ok(now < state.leaves && state.leaves <= state.ca);
        state = certgen(job, { now, old: state });
        assert.ok(state.leaves <= state.ca, `certificates end ${(state.leaves - state.ca) / hour} hours after the CA`);
        assert.ok(state.ca - now > year, 'the CA is renewed more than a year before its end');
      }
    }),
  );
});

function changed(object: KubeObject, edit: (text: string) => string): KubeObject {
  const text = JSON.stringify(object);
  assert.notEqual(edit(text), text);
  const result: unknown = JSON.parse(edit(text));
  assert.ok(isRecord(result));
  return result as unknown as KubeObject;
}
