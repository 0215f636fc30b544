import { type Fixtures, reportPending } from './support/fixtures.ts';
import {
  annotate,
  changeShoot,
  configure,
  deleteNetwork,
  hold,
  type Named,
  ourFinalizers,
  release,
  type Scenario,
  type Step,
  statusAndMetadata,
  statusWrite,
  unreadableData,
  webhookTarget,
} from './support/scenario.ts';

/** The ManagedResource of a shoot webhook beside that of the CNI: written, unchanged while the webhook is disabled, deleted and migrated. */
export function webhookScenarios(fixtures: Fixtures): Readonly<Record<string, Scenario>> {
  return { ...publicationScenarios(fixtures), ...repairScenarios(fixtures), ...removalScenarios(fixtures) };
}

const webhook: Named = { kind: 'ManagedResource', name: 'extension-cilium-shoot-webhooks' };
const secret = 'Secret extension-cilium-shoot-webhooks-<hash>';
const createWrites = [`create ${secret}`, `create ManagedResource ${webhook.name}`];
const updateWrites = [`create ${secret}`, `update ManagedResource ${webhook.name}`];
const disabled: Step = { do: 'setWebhook', target: undefined };
const otherCABundle: Step = {
  do: 'setWebhook',
  target: { ...webhookTarget, caBundle: Buffer.from('the first CA bundle and the next').toString('base64') },
};

/** Publication of the webhook to shoots. */
function publicationScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, allObjects, changeWrites, firstWrites, secretName } = fixtures;
  const again = { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') };
  const withoutWebhook = allObjects.filter((one) => !one.includes('shoot-webhooks'));
  return {
    'a disabled shoot webhook is not published to a new shoot': {
      given: [
        disabled,
        { do: 'create', object: fixtures.clusterObject() },
        { do: 'create', object: fixtures.networkObject() },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites.filter((one) => !one.includes('shoot-webhooks')), statusWrite],
        network: { finalizers: ourFinalizers, status: succeeded('Create', 'reconciled') },
        objects: withoutWebhook,
        planned: true,
      },
    },
    'the ManagedResource of a disabled shoot webhook remains': {
      given: [...reconciled(), disabled, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'another configuration does not change the ManagedResource of a disabled shoot webhook': {
      given: [...reconciled(), disabled, configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`],
        planned: true,
      },
    },
    'an enabled shoot webhook is published to an existing shoot': {
      given: [disabled, ...reconciled(), { do: 'setWebhook', target: webhookTarget }, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...createWrites, statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'another CA bundle is published on request': {
      given: [...reconciled(), otherCABundle, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...updateWrites, statusWrite],
        network: again,
        objects: [...allObjects, secret],
        planned: true,
      },
    },
    'another CA bundle is published in a run without a request': {
      given: [...reconciled(), otherCABundle],
      expected: {
        reason: undefined,
        results: ['succeeded'],
        writes: [statusWrite, ...updateWrites, statusWrite],
        network: again,
        objects: [...allObjects, secret],
        planned: true,
      },
    },
    'another CA bundle and another configuration are written in one run': {
      given: [...reconciled(), otherCABundle, configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `create Secret ${secretName}`,
          `create ${secret}`,
          `update ManagedResource ${fixtures.managedResourceName}`,
          `update ManagedResource ${webhook.name}`,
          statusWrite,
        ],
        network: again,
        objects: [...allObjects, `Secret ${secretName}`, secret],
        planned: true,
      },
    },
  };
}

/** Changes by others. */
function repairScenarios({ reconciled, succeeded, allObjects }: Fixtures): Readonly<Record<string, Scenario>> {
  const repaired = (steps: readonly Step[], writes: readonly string[]): Scenario => ({
    given: [...reconciled(), ...steps, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, ...writes, statusWrite],
      network: { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') },
      objects: allObjects,
      planned: true,
    },
  });
  const deletedByOthers = repaired([hold(webhook), { do: 'delete', target: webhook }], []);
  return {
    'a Secret of the shoot webhook with other content is replaced': repaired(
      [{ do: 'replaceSecret', of: webhook, data: unreadableData('data.yaml') }],
      [`delete ${secret}`, `create ${secret}`],
    ),
    'a missing Secret of the shoot webhook is created again': repaired(
      [{ do: 'replaceSecret', of: webhook }],
      [`create ${secret}`],
    ),
    'a Secret of the shoot webhook without the label of the garbage collector gets it again': repaired(
      [{ do: 'replaceSecret', of: webhook, labels: { 'example.com/mine': 'kept' } }],
      [`patch ${secret}`],
    ),
    'a missing ManagedResource of the shoot webhook is created again': repaired(
      [{ do: 'delete', target: webhook }],
      [`create ${secret} -> AlreadyExists`, `create ManagedResource ${webhook.name}`],
    ),
    'keepObjects of an abandoned migration is reset in the ManagedResource of the shoot webhook': repaired(
      [{ do: 'patch', target: webhook, patch: { spec: { keepObjects: true } } }],
      [`update ManagedResource ${webhook.name}`],
    ),
    'a ManagedResource of the shoot webhook that others delete is created again after its deletion': {
      ...deletedByOthers,
      betweenRuns: [[], [release(webhook)]],
      expected: {
        ...deletedByOthers.expected,
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [
          statusWrite,
          ...statusAndMetadata,
          `create ${secret} -> AlreadyExists`,
          `create ManagedResource ${webhook.name}`,
          statusWrite,
        ],
      },
    },
  };
}

/** Deletion and migration end when both ManagedResources are gone, and report the remaining ones. */
function removalScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, overdue, removal, keepWrites, held, released, managedResource } = fixtures;
  const migrated = { finalizers: [], status: succeeded('Migrate', 'migrated') };
  const gone = { network: 'gone', objects: [] } as const;
  const untilOverdue = (...resources: readonly Named[]): readonly (readonly Step[])[] => [
    [{ do: 'advanceClock', seconds: 110 }],
    [...resources.map((one) => reportPending(cni, one)), { do: 'advanceClock', seconds: 20 }],
    fixtures.afterRestart,
  ];
  const deletion = { reason: 'deletion', writes: [statusWrite, ...removal, ...statusAndMetadata] } as const;
  const both = [fixtures.managedResourceName, String(webhook.name)];
  return {
    'a deletion removes the ManagedResource of a disabled shoot webhook': {
      given: [...reconciled(), disabled, ...deleteNetwork],
      expected: { ...deletion, results: ['succeeded'], ...gone },
    },
    'a deletion removes the shoot webhook when the CNI is gone already': {
      given: [...reconciled(), { do: 'delete', target: managedResource }, ...deleteNetwork],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [
          statusWrite,
          ...fixtures.monitoringRemoval,
          ...fixtures.managedRemovals.slice(1).flat(),
          ...statusAndMetadata,
        ],
        network: 'gone',
        // The garbage collector deletes it.
        objects: [`Secret ${fixtures.secretName}`],
      },
    },
    'a deletion waits for both ManagedResources': {
      given: [...reconciled(), held, hold(webhook), ...deleteNetwork],
      betweenRuns: [[released], [release(webhook)]],
      expected: { ...deletion, results: ['waiting', 'waiting', 'succeeded'], ...gone },
    },
    'an overdue deletion reports the ManagedResource of the shoot webhook': {
      given: [...reconciled(), hold(webhook), ...deleteNetwork],
      betweenRuns: untilOverdue(webhook),
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...removal, statusWrite],
        network: { finalizers: ourFinalizers, status: overdue('Delete', 'deleting', [String(webhook.name)]) },
        objects: [`ManagedResource ${webhook.name}`],
        next: 'deletion',
      },
    },
    'an overdue deletion reports both ManagedResources': {
      given: [...reconciled(), held, hold(webhook), ...deleteNetwork],
      betweenRuns: untilOverdue(managedResource, webhook),
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...removal, statusWrite],
        network: { finalizers: ourFinalizers, status: overdue('Delete', 'deleting', both) },
        objects: both.map((name) => `ManagedResource ${name}`),
        next: 'deletion',
      },
    },
    'a forced deletion does not wait for the ManagedResource of the shoot webhook': {
      given: [...reconciled(), hold(webhook), forced, ...deleteNetwork],
      expected: { ...deletion, results: ['succeeded'], network: 'gone', objects: [`ManagedResource ${webhook.name}`] },
    },
    'a migration waits for both ManagedResources': {
      given: [...reconciled(), held, hold(webhook), annotate('migrate')],
      betweenRuns: [[release(webhook)], [released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'a migration patches only ManagedResources without keepObjects': {
      given: [
        ...reconciled(),
        { do: 'patch', target: managedResource, patch: { spec: { keepObjects: true } } },
        annotate('migrate'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [statusWrite, `patch ManagedResource ${webhook.name}`, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'an overdue migration reports the ManagedResource of the shoot webhook': {
      given: [...reconciled(), hold(webhook), annotate('migrate')],
      betweenRuns: untilOverdue(webhook),
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...keepWrites, ...removal, statusWrite],
        network: {
          operation: 'migrate',
          finalizers: ourFinalizers,
          status: overdue('Migrate', 'migrating', [String(webhook.name)]),
        },
        objects: [`ManagedResource ${webhook.name}`],
        next: 'operation annotation',
      },
    },
  };
}

const forced = changeShoot({
  metadata: {
    deletionTimestamp: '2026-01-10T09:00:00Z',
    annotations: { 'confirmation.gardener.cloud/force-deletion': 'true' },
  },
});
