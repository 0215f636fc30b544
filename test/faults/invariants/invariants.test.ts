import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../support/cases.ts';
import { invariants, violations } from './index.ts';
import { oneWriterPerEpoch } from './leadership.ts';
import {
  byHand,
  type Change,
  history,
  managedResource,
  network,
  removed,
  revisions,
  secret,
  secretName,
} from './testing.ts';
import type { TrialHistory } from './trial.ts';
import { allowance } from './writes.ts';

const done = network({ state: 'Succeeded' });
const created: readonly Change[] = [
  network({ state: 'Processing', type: 'Create' }),
  secret(),
  managedResource(),
  network({ state: 'Succeeded', type: 'Create' }),
];
const dashboards: Change = { resource: 'configmaps', name: 'calico-dashboards', object: { kind: 'ConfigMap' } };
const changed = { spec: { providerConfig: { vethMTU: '1440' } } };
const leaving = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };

cases<TrialHistory>(
  {
    'a Network is created': history(created),
    'an update': history(
      [
        network({}),
        secret('mtu: 1440', `${secretName}-2`),
        managedResource([`${secretName}-2`]),
        network({ state: 'Succeeded', ...changed }),
      ],
      { given: [...created, dashboards] },
    ),
    'a deletion': history(
      [
        network({ type: 'Delete', ...leaving }),
        removed(dashboards),
        removed(secret()),
        removed(managedResource()),
        network({ type: 'Delete', state: 'Succeeded', ...leaving }),
        removed(done),
      ],
      { given: [...created, dashboards], goal: 'gone' },
    ),
    'a migration': history(
      [
        network({ type: 'Migrate' }),
        managedResource([secretName], { keepObjects: true }),
        removed(secret()),
        removed(managedResource()),
        network({ type: 'Migrate', state: 'Succeeded', metadata: { finalizers: [] } }),
      ],
      { given: created, goal: 'migrated' },
    ),
    'somebody deletes a ManagedResource, the next trigger mends it': history(
      [byHand(removed(managedResource())), network({}), managedResource(), done],
      { given: created },
    ),
  },
  (good) => assert.deepEqual(violations(good), []),
);

interface Bad {
  readonly history: TrialHistory;
  /** Name of the invariant and a part of the text. */
  readonly breaks: readonly [string, RegExp];
}

const bad: Readonly<Record<string, Bad>> = {
  'success without a ManagedResource': {
    history: history([network({}), secret(), done]),
    breaks: ['noFalseSuccess', /ManagedResource extension-networking-calico-config does not exist/],
  },
  'success while the Secret is gone': {
    history: history([network({}), secret(), managedResource(), byHand(removed(secret())), done]),
    breaks: ['noFalseSuccess', /0a1b2c3d, which does not exist/],
  },
  'success with a ManagedResource that refers to nothing': {
    history: history([network({}), managedResource([]), done]),
    breaks: ['noFalseSuccess', /refers to no Secret/],
  },
  'success for a generation that was not rendered': {
    history: history([
      network({}),
      secret('mtu: 1500'),
      managedResource(),
      network({ state: 'Succeeded', ...changed }),
    ]),
    breaks: ['noFalseSuccess', /content of an older generation/],
  },
  'a deletion that succeeds while a ManagedResource exists': {
    history: history([network({ type: 'Delete', state: 'Succeeded', ...leaving })], {
      given: created,
      goal: 'gone',
    }),
    breaks: [
      'noFalseSuccess',
      /Delete Succeeded at revision 5, but managedresources extension-networking-calico-config exists/,
    ],
  },
  'a repair while the status says Succeeded': {
    history: history([managedResource()], { given: [secret(), done] }),
    breaks: ['announcedFirst', /while the Network says: Reconcile Succeeded/],
  },
  'a write for a Network that is gone': {
    history: history([managedResource()], { given: [secret()] }),
    breaks: ['announcedFirst', /although the Network does not exist/],
  },
  'a ManagedResource before its Secret': {
    history: history([network({}), managedResource(), secret(), done]),
    breaks: ['noDanglingReference', /leaves a reference to Secret managedresource/],
  },
  'the Secret of a ManagedResource is deleted': {
    history: history([network({}), removed(secret())], { given: created }),
    breaks: ['noDanglingReference', /deletion of secrets managedresource-.*leaves a reference/],
  },
  'the finalizer goes while monitoring exists': {
    history: history(
      [network({ type: 'Delete', ...leaving }), removed(secret()), removed(managedResource()), removed(done)],
      { given: [...created, dashboards], goal: 'gone' },
    ),
    breaks: ['removedLast', /before configmaps .*calico-dashboards/],
  },
  'objects for a Network without finalizer': {
    history: history([network({ metadata: { finalizers: [] } }), secret(), managedResource()]),
    breaks: ['finalizerFirst', /write of secrets .* while the Network has no finalizer/],
  },
  'a migration that does not keep the objects': {
    history: history([network({ type: 'Migrate' }), removed(secret()), removed(managedResource())], {
      given: created,
      goal: 'migrated',
    }),
    breaks: ['keptInMigration', /without keepObjects/],
  },
  'an object written in a loop': {
    history: history([
      network({}),
      secret(),
      ...Array.from({ length: allowance.others + 1 }, () => managedResource()),
      done,
    ]),
    breaks: ['fewWrites', /managedresources extension-networking-calico-config was written 5 times, at most 4/],
  },
  'a secret in a status': {
    history: history([network({ status: { lastError: { description: 'token canary is refused' } } })]),
    breaks: ['nothingSecretStored', /networks f1 contains a secret/],
  },
  'a secret in an Event': {
    history: history([{ resource: 'events', name: 'e', object: { message: 'canary' } }]),
    breaks: ['nothingSecretStored', /events e contains a secret/],
  },
};

suite('each violation is found by the invariant of its name', () => {
  cases(bad, ({ history: broken, breaks: [name, text] }) => {
    const found = invariants[name]?.(broken) ?? [];
    assert.deepEqual(
      found.map(({ invariant }) => invariant),
      [name],
    );
    assert.match(found[0]?.text ?? '', text);
  });
});

test('every invariant has a history that breaks it', () => {
  const tested = new Set(Object.values(bad).map(({ breaks: [name] }) => name));
  assert.deepEqual(
    Object.keys(invariants).filter((name) => !tested.has(name)),
    [],
  );
});

function lease(holder: string, by: string): Change {
  return { resource: 'leases', name: 'leader', object: { spec: { holderIdentity: holder } }, by };
}

suite('one writer per leadership', () => {
  const write = (by: string): Change => ({ ...managedResource(), by });
  cases<{ readonly changes: readonly Change[]; readonly found: number }>(
    {
      'the old leader writes until the new one has written': {
        changes: [lease('a', 'one'), write('one'), lease('b', 'two'), write('one'), write('two'), write('two')],
        found: 0,
      },
      'the old leader leads again': {
        changes: [lease('a', 'one'), write('one'), lease('b', 'two'), write('two'), lease('a', 'one'), write('one')],
        found: 0,
      },
      'the holder renews': { changes: [lease('a', 'one'), write('one'), lease('a', 'one'), write('one')], found: 0 },
      'a write of the old leader after the first one of the new': {
        changes: [lease('a', 'one'), write('one'), lease('b', 'two'), write('two'), write('one')],
        found: 1,
      },
      'a release and a write after it': {
        changes: [lease('a', 'one'), write('one'), lease('', 'one'), lease('b', 'two'), write('two'), write('one')],
        found: 1,
      },
    },
    ({ changes, found }) => assert.equal(oneWriterPerEpoch(revisions(changes)).length, found),
  );
});
