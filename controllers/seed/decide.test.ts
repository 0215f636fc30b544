import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { cases } from '../../test/support/cases.ts';
import { processingPatch, type StatusInput, succeededPatch } from '../network/status.ts';
import { networkWriter } from '../network/writer.ts';
import { isNews, isStaying, operationOf, type Reason, reasonToRun } from './decide.ts';
import { factsOf, type NetworkFacts } from './facts.ts';

const second = 1000;
const noon = Date.UTC(2026, 0, 10, 12);

/** A Network with which everything is well. */
const fine: NetworkFacts = {
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
  /** As met by an event, and at start or after a relist. */
  readonly reason: Reason | undefined;
  readonly found?: Reason;
  readonly operation: OperationType | undefined;
}

const migrated = { last: last('Migrate', 'Succeeded') } as const;

suite('what a Network needs', () => {
  cases<Row>(
    {
      'all is well': { facts: {}, reason: undefined, operation: 'Reconcile' },
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
      'an annotation that is for others': {
        facts: { operation: 'keepalive' },
        reason: undefined,
        operation: 'Reconcile',
      },
      'an empty annotation': { facts: { operation: '' }, reason: undefined, operation: 'Reconcile' },
      'waiting for its state comes before everything': {
        facts: { operation: 'wait-for-state', deleting: true, last: undefined, generation: 3 },
        reason: undefined,
        operation: undefined,
      },
      'never looked at': { facts: { last: undefined }, reason: 'not succeeded', operation: 'Create' },
      'never looked at, restored': {
        facts: { last: undefined, operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'an unfinished creation': {
        facts: { last: last('Create', 'Processing') },
        reason: 'not succeeded',
        operation: 'Create',
      },
      'a failed creation, asked to reconcile': {
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
      'an unfinished migration that is to be restored': {
        facts: { last: last('Migrate', 'Processing'), operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'an unfinished reconciliation': {
        facts: { last: last('Reconcile', 'Processing') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'an unfinished deletion of an object that lives': {
        facts: { last: last('Delete', 'Error') },
        reason: 'not succeeded',
        operation: 'Reconcile',
      },
      'a type of operation that is newer than we': {
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
      'another generation, which an event would announce': {
        facts: { generation: 3 },
        reason: undefined,
        found: 'newer generation',
        operation: 'Reconcile',
      },
      'a half success of the Go extension': {
        facts: { observedGeneration: undefined },
        reason: undefined,
        found: 'newer generation',
        operation: 'Reconcile',
      },
      'deleted, ours to clean up': { facts: { deleting: true }, reason: 'deletion', operation: 'Delete' },
      'deleted, whatever the annotation says': {
        facts: { deleting: true, operation: 'restore' },
        reason: 'deletion',
        operation: 'Delete',
      },
      'deleted, never reconciled': {
        facts: { deleting: true, last: undefined },
        reason: 'deletion',
        operation: 'Delete',
      },
      'deleted, held by others only': {
        facts: { deleting: true, finalizer: false, operation: 'reconcile', last: last('Delete', 'Error') },
        reason: undefined,
        operation: undefined,
      },
      'migrated while it is deleted': {
        facts: { deleting: true, operation: 'migrate' },
        reason: 'deletion',
        operation: 'Migrate',
      },
      'migrated while it is deleted, without our finalizer': {
        facts: { deleting: true, finalizer: false, operation: 'migrate' },
        reason: 'deletion',
        operation: 'Migrate',
      },
      'migrated away': { facts: { ...migrated, finalizer: false }, reason: undefined, operation: undefined },
      'migrated away, asked to reconcile': {
        facts: { ...migrated, finalizer: false, operation: 'reconcile', timestamp: noon + second, generation: 3 },
        reason: undefined,
        operation: undefined,
      },
      'migrated away and deleted': {
        facts: { ...migrated, finalizer: false, deleting: true },
        reason: undefined,
        operation: undefined,
      },
      'migrated away and back': {
        facts: { ...migrated, finalizer: false, operation: 'restore' },
        reason: 'operation annotation',
        operation: 'Restore',
      },
      'migrated, annotation still there': {
        facts: { ...migrated, finalizer: false, operation: 'migrate' },
        reason: 'operation annotation',
        operation: 'Migrate',
      },
      'migrated, but interrupted before our finalizer went': {
        facts: { ...migrated, operation: 'reconcile' },
        reason: 'migration without release',
        operation: 'Migrate',
      },
      'the same, deleted': {
        facts: { ...migrated, deleting: true },
        reason: 'migration without release',
        operation: 'Migrate',
      },
    },
    ({ facts: some, reason, found = reason, operation }) => {
      const facts = { ...fine, ...some };
      assert.equal(reasonToRun(facts, { found: false }), reason);
      assert.equal(reasonToRun(facts, { found: true }), found);
      assert.equal(operationOf(facts), operation);
    },
  );
});

suite('whether it lives on here', () => {
  cases<{ readonly facts: Partial<NetworkFacts>; readonly stays: boolean }>(
    {
      'all is well': { facts: {}, stays: true },
      'never looked at': { facts: { last: undefined, finalizer: false }, stays: true },
      'a refused configuration': { facts: { last: last('Reconcile', 'Error') }, stays: true },
      'waiting for its state': { facts: { last: undefined, operation: 'wait-for-state' }, stays: true },
      'waiting for its state, deleted': { facts: { operation: 'wait-for-state', deleting: true }, stays: false },
      'waiting for its state, migrated away': { facts: { ...migrated, operation: 'wait-for-state' }, stays: false },
      deleted: { facts: { deleting: true }, stays: false },
      'deleted, held by others only': { facts: { deleting: true, finalizer: false }, stays: false },
      'to be migrated': { facts: { operation: 'migrate' }, stays: false },
      'an unfinished migration': { facts: { last: last('Migrate', 'Error') }, stays: false },
      'migrated away': { facts: { ...migrated, finalizer: false }, stays: false },
      'migrated away, asked to reconcile': {
        facts: { ...migrated, finalizer: false, operation: 'reconcile' },
        stays: false,
      },
      'migrated away and back': { facts: { ...migrated, finalizer: false, operation: 'restore' }, stays: true },
    },
    ({ facts, stays }) => assert.equal(isStaying({ ...fine, ...facts }), stays),
  );
});

suite('what is news', () => {
  interface Change {
    readonly from?: Partial<NetworkFacts>;
    readonly to: Partial<NetworkFacts>;
    readonly news: boolean;
  }
  cases<Change>(
    {
      'nothing changed': { to: {}, news: false },
      'our status': {
        to: { last: last('Reconcile', 'Error'), observedGeneration: 3, configurationProblem: true },
        news: false,
      },
      'our finalizer': { from: { finalizer: false }, to: {}, news: false },
      'our finalizer and the annotation, in one write': {
        from: { finalizer: false, operation: 'reconcile' },
        to: {},
        news: false,
      },
      'the end of a restoration': { from: { operation: 'restore' }, to: {}, news: false },
      'the end of a migration': {
        from: { operation: 'migrate', finalizer: true },
        to: { finalizer: false },
        news: false,
      },
      'a trigger': { to: { operation: 'reconcile' }, news: true },
      'another trigger': { from: { operation: 'reconcile' }, to: { operation: 'migrate' }, news: true },
      'its state is there': { from: { operation: 'wait-for-state' }, to: { operation: 'restore' }, news: true },
      'it need not wait any more': { from: { operation: 'wait-for-state' }, to: {}, news: true },
      'a newer timestamp': { to: { timestamp: noon + second }, news: true },
      'an annotation goes and a timestamp comes': {
        from: { operation: 'reconcile' },
        to: { timestamp: noon + second },
        news: true,
      },
      deletion: { to: { deleting: true }, news: true },
      'another spec': { to: { generation: 3 }, news: true },
      'another object of the name': { to: { uid: 'v' }, news: true },
    },
    ({ from, to, news }) => {
      assert.equal(isNews({ from: { ...fine, ...from }, to: { ...fine, ...to } }), news);
    },
  );

  test('a Network that has not been seen before', () => {
    assert.ok(isNews({ from: undefined, to: fine }));
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
  test('property: what has a reason has an operation', () => {
    fc.assert(
      fc.property(networks, fc.boolean(), (network, found) => {
        const facts = factsOf(network);
        if (reasonToRun(facts, { found }) !== undefined) assert.notEqual(operationOf(facts), undefined);
      }),
    );
  });

  test('property: a reason stays until the last write of a run and is gone after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        networks,
        fc.boolean(),
        fc.integer({ min: -5000, max: 5000 }),
        async (network, changed, skew) => {
          fc.pre(reasonToRun(factsOf(network), { found: true }) !== undefined);
          fc.pre(!isMigrationOfOthers(factsOf(network)));
          const states = await statesOf(network, { changed, now: noon + skew });
          const reasons = states.map((state) => reasonToRun(factsOf(state), { found: true }));
          assert.equal(reasons.pop(), undefined, JSON.stringify(states.at(-1)));
          for (const [index, reason] of reasons.entries())
            assert.notEqual(reason, undefined, JSON.stringify(states[index]));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** Not ours any more, nor asked for by `migrate`: that an annotation or finalizers of others stay is no loss. */
function isMigrationOfOthers(facts: NetworkFacts): boolean {
  return operationOf(facts) === 'Migrate' && facts.operation !== 'migrate' && !facts.finalizer;
}

/** What is stored after each write to the Network in a good run, in the order of reconcile.ts and remove.ts. */
async function statesOf(
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
  const writer = networkWriter(client, network);
  const operation = operationOf(factsOf(network));
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
