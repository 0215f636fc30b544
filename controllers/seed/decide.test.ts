import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { cases } from '../../test/support/cases.ts';
import { processingPatch, type StatusInput, succeededPatch } from '../network/status.ts';
import { createNetworkWriter } from '../network/writer.ts';
import { dueOperation, isRelevantChange, isUnanswered, type Reason, reasonToRun, remainsInSeed } from './decide.ts';
import { type NetworkFacts, readFacts } from './facts.ts';

const second = 1000;
const noon = Date.UTC(2026, 0, 10, 12);

/** A Network that needs nothing. */
const idle: NetworkFacts = {
  uid: 'u',
  generation: 2,
  type: 'calico',
  class: 'shoot',
  operation: undefined,
  timestamp: noon,
  deleting: false,
  finalizer: true,
  observedGeneration: 2,
  last: last('Reconcile', 'Succeeded'),
  configurationProblem: false,
};

function last(type: string, state: string): NonNullable<NetworkFacts['last']> {
  return { type, state, time: noon };
}

interface Row {
  readonly facts: Partial<NetworkFacts>;
  /** For an event. */
  readonly reason: Reason | undefined;
  /** For a Network in a list; the same by default. */
  readonly listed?: Reason;
  readonly operation: OperationType | undefined;
}

const migrated = { last: last('Migrate', 'Succeeded') } as const;

suite('reason and operation follow from', () => {
  cases<Row>(
    {
      'a finished operation': { facts: {}, reason: undefined, operation: 'Reconcile' },
      'the annotation reconcile': {
        facts: { operation: 'reconcile' },
        reason: 'operation annotation',
        operation: 'Reconcile',
      },
      'the annotation restore': {
        facts: { operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'the annotation migrate': {
        facts: { operation: 'migrate' },
        reason: 'operation annotation',
        operation: 'Migrate',
      },
      'an unknown annotation': {
        facts: { operation: 'keepalive' },
        reason: undefined,
        operation: 'Reconcile',
      },
      'an empty annotation': { facts: { operation: '' }, reason: undefined, operation: 'Reconcile' },
      'the annotation wait-for-state, before everything else': {
        facts: { operation: 'wait-for-state', deleting: true, last: undefined, generation: 3 },
        reason: undefined,
        operation: undefined,
      },
      'no last operation': { facts: { last: undefined }, reason: 'not succeeded', operation: 'Create' },
      'no last operation, and the annotation restore': {
        facts: { last: undefined, operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'an unfinished creation': {
        facts: { last: last('Create', 'Processing') },
        reason: 'not succeeded',
        operation: 'Create',
      },
      'a failed creation, and the annotation reconcile': {
        facts: { last: last('Create', 'Error'), operation: 'reconcile' },
        reason: 'operation annotation',
        operation: 'Create',
      },
      'an unfinished restoration': {
        facts: { last: last('Restore', 'Error') },
        reason: 'not succeeded',
        operation: 'Restore',
      },
      'an unfinished migration': {
        facts: { last: last('Migrate', 'Processing') },
        reason: 'not succeeded',
        operation: 'Migrate',
      },
      'an unfinished migration, and the annotation restore': {
        facts: { last: last('Migrate', 'Processing'), operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'an unfinished reconciliation': {
        facts: { last: last('Reconcile', 'Processing') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'an unfinished deletion without a deletionTimestamp': {
        facts: { last: last('Delete', 'Error') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'an unknown type of operation': {
        facts: { last: last('LiveMigrate', 'Processing') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'a state in lower case': {
        facts: { last: last('Reconcile', 'succeeded') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'a refused configuration': {
        facts: { last: last('Reconcile', 'Error'), configurationProblem: true },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'a timestamp that is a second newer': {
        facts: { timestamp: noon + second },
        reason: 'newer timestamp',
        operation: 'Reconcile',
      },
      'a timestamp of the same second': { facts: { timestamp: noon }, reason: undefined, operation: 'Reconcile' },
      'an older timestamp': { facts: { timestamp: noon - second }, reason: undefined, operation: 'Reconcile' },
      'no timestamp': { facts: { timestamp: undefined }, reason: undefined, operation: 'Reconcile' },
      'a timestamp, and a success of unknown time': {
        facts: { last: { ...last('Reconcile', 'Succeeded'), time: undefined } },
        reason: 'newer timestamp',
        operation: 'Reconcile',
      },
      'another generation': {
        facts: { generation: 3 },
        reason: undefined,
        listed: 'newer generation',
        operation: 'Reconcile',
      },
      'a success of the Go extension without observedGeneration': {
        facts: { observedGeneration: undefined },
        reason: undefined,
        listed: 'newer generation',
        operation: 'Reconcile',
      },
      'a deletion with our finalizer': { facts: { deleting: true }, reason: 'deletion', operation: 'Delete' },
      'a deletion, and the annotation restore': {
        facts: { deleting: true, operation: 'restore' },
        reason: 'deletion',
        operation: 'Delete',
      },
      'a deletion without a last operation': {
        facts: { deleting: true, last: undefined },
        reason: 'deletion',
        operation: 'Delete',
      },
      'a deletion with finalizers of others only': {
        facts: { deleting: true, finalizer: false, operation: 'reconcile', last: last('Delete', 'Error') },
        reason: undefined,
        operation: undefined,
      },
      'a deletion, and the annotation migrate': {
        facts: { deleting: true, operation: 'migrate' },
        reason: 'deletion',
        operation: 'Migrate',
      },
      'a deletion without our finalizer, and the annotation migrate': {
        facts: { deleting: true, finalizer: false, operation: 'migrate' },
        reason: 'deletion',
        operation: 'Migrate',
      },
      'a finished migration': { facts: { ...migrated, finalizer: false }, reason: undefined, operation: undefined },
      'a finished migration, and the annotation reconcile': {
        facts: { ...migrated, finalizer: false, operation: 'reconcile', timestamp: noon + second, generation: 3 },
        reason: undefined,
        operation: undefined,
      },
      'a finished migration, and a deletion': {
        facts: { ...migrated, finalizer: false, deleting: true },
        reason: undefined,
        operation: undefined,
      },
      'a finished migration, and the annotation restore': {
        facts: { ...migrated, finalizer: false, operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'a finished migration, and still the annotation migrate': {
        facts: { ...migrated, finalizer: false, operation: 'migrate' },
        reason: 'operation annotation',
        operation: 'Migrate',
      },
      'a migration interrupted before it removed our finalizer': {
        facts: { ...migrated, operation: 'reconcile' },
        reason: 'migration without release',
        operation: 'Migrate',
      },
      'a migration interrupted before it removed our finalizer, and a deletion': {
        facts: { ...migrated, deleting: true },
        reason: 'migration without release',
        operation: 'Migrate',
      },
    },
    ({ facts: some, reason, listed = reason, operation }) => {
      const facts = { ...idle, ...some };
      assert.equal(reasonToRun(facts, { listed: false }), reason);
      assert.equal(reasonToRun(facts, { listed: true }), listed);
      assert.equal(dueOperation(facts), operation);
    },
  );
});

suite('remainsInSeed depends on', () => {
  cases<{ readonly facts: Partial<NetworkFacts>; readonly remains: boolean }>(
    {
      'a finished operation': { facts: {}, remains: true },
      'no last operation': { facts: { last: undefined, finalizer: false }, remains: true },
      'a refused configuration': { facts: { last: last('Reconcile', 'Error') }, remains: true },
      'the annotation wait-for-state': { facts: { last: undefined, operation: 'wait-for-state' }, remains: true },
      'the annotation wait-for-state, and a deletion': {
        facts: { operation: 'wait-for-state', deleting: true },
        remains: false,
      },
      'the annotation wait-for-state after a migration': {
        facts: { ...migrated, operation: 'wait-for-state' },
        remains: false,
      },
      'a deletion': { facts: { deleting: true }, remains: false },
      'a deletion with finalizers of others only': { facts: { deleting: true, finalizer: false }, remains: false },
      'the annotation migrate': { facts: { operation: 'migrate' }, remains: false },
      'an unfinished migration': { facts: { last: last('Migrate', 'Error') }, remains: false },
      'a finished migration': { facts: { ...migrated, finalizer: false }, remains: false },
      'a finished migration, and the annotation reconcile': {
        facts: { ...migrated, finalizer: false, operation: 'reconcile' },
        remains: false,
      },
      'a finished migration, and the annotation restore': {
        facts: { ...migrated, finalizer: false, operation: 'restore' },
        remains: true,
      },
    },
    ({ facts, remains }) => assert.equal(remainsInSeed({ ...idle, ...facts }), remains),
  );
});

suite('isRelevantChange depends on', () => {
  interface Change {
    readonly from?: Partial<NetworkFacts>;
    readonly to: Partial<NetworkFacts>;
    readonly relevant: boolean;
  }
  cases<Change>(
    {
      'no change': { to: {}, relevant: false },
      'our own status': {
        to: { last: last('Reconcile', 'Error'), observedGeneration: 3, configurationProblem: true },
        relevant: false,
      },
      'our own finalizer': { from: { finalizer: false }, to: {}, relevant: false },
      'our own finalizer and the removed annotation, in one write': {
        from: { finalizer: false, operation: 'reconcile' },
        to: {},
        relevant: false,
      },
      'the end of a restoration': { from: { operation: 'restore' }, to: {}, relevant: false },
      'the end of a migration': {
        from: { operation: 'migrate', finalizer: true },
        to: { finalizer: false },
        relevant: false,
      },
      'an operation annotation': { to: { operation: 'reconcile' }, relevant: true },
      'another operation annotation': {
        from: { operation: 'reconcile' },
        to: { operation: 'migrate' },
        relevant: true,
      },
      'the annotation restore after wait-for-state': {
        from: { operation: 'wait-for-state' },
        to: { operation: 'restore' },
        relevant: true,
      },
      'the removal of wait-for-state': { from: { operation: 'wait-for-state' }, to: {}, relevant: true },
      'a newer timestamp': { to: { timestamp: noon + second }, relevant: true },
      'a removed annotation with a newer timestamp': {
        from: { operation: 'reconcile' },
        to: { timestamp: noon + second },
        relevant: true,
      },
      deletion: { to: { deleting: true }, relevant: true },
      'another spec': { to: { generation: 3 }, relevant: true },
      'another object of the same name': { to: { uid: 'v' }, relevant: true },
    },
    ({ from, to, relevant }) => {
      assert.equal(isRelevantChange({ from: { ...idle, ...from }, to: { ...idle, ...to } }), relevant);
    },
  );

  test('an operation annotation or a newer generation in a list is unanswered, whatever was known before', () => {
    for (const operation of ['reconcile', 'restore', 'migrate'])
      assert.ok(isUnanswered({ ...idle, operation }), operation);
    assert.ok(isUnanswered({ ...idle, generation: 3 }));
    for (const operation of [undefined, 'wait-for-state', 'other'])
      assert.ok(!isUnanswered({ ...idle, operation }), operation);
  });

  test('a new Network is a relevant change', () => {
    assert.ok(isRelevantChange({ from: undefined, to: idle }));
  });
});

const time = fc.constantFrom('2026-01-10T11:59:59.5Z', '2026-01-10T12:00:00.5Z', '2026-01-10T12:00:07Z', 'garbage');

const networks = fc
  .record({
    operation: fc.option(fc.constantFrom('reconcile', 'restore', 'migrate', 'wait-for-state', 'keepalive'), {
      nil: undefined,
    }),
    timestamp: fc.option(time, { nil: undefined }),
    deleting: fc.boolean(),
    finalizers: fc.subarray([networkFinalizer, 'example.com/theirs']),
    generation: fc.integer({ min: 1, max: 2 }),
    status: fc.option(
      fc.record(
        {
          observedGeneration: fc.integer({ min: 1, max: 2 }),
          lastOperation: fc.record({
            type: fc.constantFrom('Create', 'Reconcile', 'Delete', 'Migrate', 'Restore', 'LiveMigrate'),
            state: fc.constantFrom('Processing', 'Succeeded', 'Error', 'Failed', 'Pending', 'Aborted'),
            lastUpdateTime: time,
          }),
          lastError: fc.constant({ description: 'x', codes: ['ERR_CONFIGURATION_PROBLEM'] }),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
  })
  .map(({ operation, timestamp, deleting, finalizers, generation, status }): KubeObject => {
    const given = { [annotations.operation]: operation, [annotations.timestamp]: timestamp };
    return JSON.parse(
      JSON.stringify({
        apiVersion: 'extensions.gardener.cloud/v1alpha1',
        kind: 'Network',
        metadata: {
          name: 'bar',
          annotations: given,
          finalizers,
          generation,
          ...(deleting ? { deletionTimestamp: '2026-01-10T12:00:00Z' } : {}),
        },
        status,
      }),
    ) as KubeObject;
  });

suite('the level-based contract (docs/design/life-cycle.md)', () => {
  test('property: a Network with a reason to run has a due operation', () => {
    fc.assert(
      fc.property(networks, fc.boolean(), (network, listed) => {
        const facts = readFacts(network);
        if (reasonToRun(facts, { listed }) !== undefined) assert.notEqual(dueOperation(facts), undefined);
      }),
    );
  });

  test('property: a Network has a reason to run until the last write of the run, and none after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        networks,
        fc.boolean(),
        fc.integer({ min: -5000, max: 5000 }),
        async (network, changed, skew) => {
          fc.pre(reasonToRun(readFacts(network), { listed: true }) !== undefined);
          fc.pre(!isReleasedMigration(readFacts(network)));
          const states = await statesDuring(network, { changed, now: noon + skew });
          const reasons = states.map((state) => reasonToRun(readFacts(state), { listed: true }));
          assert.equal(reasons.pop(), undefined, JSON.stringify(states.at(-1)));
          for (const [index, reason] of reasons.entries())
            assert.notEqual(reason, undefined, JSON.stringify(states[index]));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** A migration without our finalizer and without the annotation `migrate`: the remaining annotation and finalizers are those of others. */
function isReleasedMigration(facts: NetworkFacts): boolean {
  return dueOperation(facts) === 'Migrate' && facts.operation !== 'migrate' && !facts.finalizer;
}

/** Returns the Network after each write of a successful run, in the order of reconcile.ts and remove.ts. */
async function statesDuring(
  network: KubeObject,
  { changed, now }: { readonly changed: boolean; readonly now: number },
): Promise<readonly KubeObject[]> {
  const states: KubeObject[] = [network];
  const client = { mergePatch: async ({ patch }: { readonly patch: object }) => store(patch) } as unknown as KubeClient;
  const store = (patch: object): KubeObject => {
    const next = applyMergePatch(states.at(-1), patch) as KubeObject;
    states.push(next);
    return next;
  };
  const writer = createNetworkWriter(client, network);
  const operation = dueOperation(readFacts(network));
  assert.ok(operation !== undefined);
  const status = (): StatusInput => ({ network: writer.network, operation, now });
  const removing = operation === 'Delete' || operation === 'Migrate';
  const finalizer = network.metadata.finalizers?.includes(networkFinalizer) ?? false;
  if (changed || (!removing && !finalizer)) await writer.status(processingPatch(status()));
  if (!removing && (changed || !finalizer)) await writer.begin();
  await writer.status(
    succeededPatch(
      status(),
      removing
        ? undefined
        : { status: { ipFamilies: ['IPv4'], providerStatus: { kind: 'NetworkStatus' } }, findings: [] },
    ),
  );
  if (operation === 'Delete') await writer.release();
  else await writer.finish(operation === 'Migrate' ? 'migrate' : operation === 'Restore' ? 'restore' : 'reconcile');
  return states;
}

/** RFC 7386, section 2. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, applyMergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}
