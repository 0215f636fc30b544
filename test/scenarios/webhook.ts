import {
  annotate,
  configure,
  deleted,
  garbage,
  hold,
  type Named,
  ours,
  release,
  type Scenario,
  type Step,
  shootChanges,
  statusAndMetadata,
  statusWrite,
  webhookTarget,
} from './support/scenario.ts';
import { pending, type Vocabulary } from './support/vocabulary.ts';

/** The ManagedResource of a shoot webhook: written beside the CNI's own, left alone while the webhook is not served, removed and kept with it. */
export function webhookScenarios(words: Vocabulary): Readonly<Record<string, Scenario>> {
  return { ...tellingScenarios(words), ...repairScenarios(words), ...removalScenarios(words) };
}

const webhook: Named = { kind: 'ManagedResource', name: 'extension-cilium-shoot-webhooks' };
const secret = 'Secret extension-cilium-shoot-webhooks-<hash>';
const createWrites = [`create ${secret}`, `create ManagedResource ${webhook.name}`];
const updateWrites = [`create ${secret}`, `update ManagedResource ${webhook.name}`];
const unserved: Step = { do: 'webhook', target: undefined };
const otherBundle: Step = {
  do: 'webhook',
  target: { ...webhookTarget, caBundle: Buffer.from('the first bundle and the next').toString('base64') },
};

/** What shoots are told of the webhook. */
function tellingScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, everything, changeWrites, firstWrites, secretName } = words;
  const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };
  const withoutWebhook = everything.filter((one) => !one.includes('shoot-webhooks'));
  return {
    'a new Network while the shoot webhook is not served': {
      given: [
        unserved,
        { do: 'create', object: words.clusterObject() },
        { do: 'create', object: words.networkObject() },
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...firstWrites.filter((one) => !one.includes('shoot-webhooks')), statusWrite],
        network: { finalizers: ours, status: succeeded('Create', 'reconciled') },
        objects: withoutWebhook,
        planned: true,
      },
    },
    'the shoot webhook is not served any more, so that what the shoot was told stays': {
      given: [...reconciled(), unserved, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: statusAndMetadata,
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'another configuration while the shoot webhook is not served': {
      given: [...reconciled(), unserved, configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...changeWrites, statusWrite],
        network: again,
        objects: [...everything, `Secret ${secretName}`],
        planned: true,
      },
    },
    'the shoot webhook is served at last': {
      given: [unserved, ...reconciled(), { do: 'webhook', target: webhookTarget }, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...createWrites, statusWrite],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'another bundle of authorities': {
      given: [...reconciled(), otherBundle, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, ...updateWrites, statusWrite],
        network: again,
        objects: [...everything, secret],
        planned: true,
      },
    },
    'another bundle of authorities that gardenlet knows nothing of': {
      given: [...reconciled(), otherBundle],
      expected: {
        reason: undefined,
        results: ['succeeded'],
        writes: [statusWrite, ...updateWrites, statusWrite],
        network: again,
        objects: [...everything, secret],
        planned: true,
      },
    },
    'another bundle of authorities and another configuration': {
      given: [...reconciled(), otherBundle, configure(cni.otherConfig), annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `create Secret ${secretName}`,
          `create ${secret}`,
          `update ManagedResource ${words.managedResourceName}`,
          `update ManagedResource ${webhook.name}`,
          statusWrite,
        ],
        network: again,
        objects: [...everything, `Secret ${secretName}`, secret],
        planned: true,
      },
    },
  };
}

/** Somebody else changed it. */
function repairScenarios({ reconciled, succeeded, everything }: Vocabulary): Readonly<Record<string, Scenario>> {
  const repaired = (steps: readonly Step[], writes: readonly string[]): Scenario => ({
    given: [...reconciled(), ...steps, annotate('reconcile')],
    expected: {
      reason: 'operation annotation',
      results: ['succeeded'],
      writes: [...statusAndMetadata, ...writes, statusWrite],
      network: { finalizers: ours, status: succeeded('Reconcile', 'reconciled') },
      objects: everything,
      planned: true,
    },
  });
  const deletedBySomebody = repaired([hold(webhook), { do: 'delete', what: webhook }], []);
  return {
    'the Secret of the shoot webhook has other content': repaired(
      [{ do: 'replaceSecret', of: webhook, data: garbage('data.yaml') }],
      [`delete ${secret}`, `create ${secret}`],
    ),
    'the Secret of the shoot webhook is gone': repaired([{ do: 'replaceSecret', of: webhook }], [`create ${secret}`]),
    'the Secret of the shoot webhook lost the label of the garbage collector': repaired(
      [{ do: 'replaceSecret', of: webhook, labels: { 'example.com/mine': 'kept' } }],
      [`patch ${secret}`],
    ),
    'the ManagedResource of the shoot webhook is gone': repaired(
      [{ do: 'delete', what: webhook }],
      [`create ${secret} -> AlreadyExists`, `create ManagedResource ${webhook.name}`],
    ),
    'the ManagedResource of the shoot webhook keeps its objects, as a migration that was given up left it': repaired(
      [{ do: 'patch', what: webhook, patch: { spec: { keepObjects: true } } }],
      [`update ManagedResource ${webhook.name}`],
    ),
    'the ManagedResource of the shoot webhook is being deleted by somebody': {
      ...deletedBySomebody,
      meanwhile: [[], [release(webhook)]],
      expected: {
        ...deletedBySomebody.expected,
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

/** Delete and migrate end when both are gone, and say which one is not. */
function removalScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, stuck, removal, keepWrites, held, released, managedResource } = words;
  const migrated = { finalizers: [], status: succeeded('Migrate', 'migrated') };
  const gone = { network: 'gone', objects: [] } as const;
  const overdue = (...stuckAt: readonly Named[]): readonly (readonly Step[])[] => [
    [{ do: 'pass', seconds: 110 }],
    [...stuckAt.map((one) => pending(cni, one)), { do: 'pass', seconds: 20 }],
    [],
  ];
  const deletion = { reason: 'deletion', writes: [statusWrite, ...removal, ...statusAndMetadata] } as const;
  const both = [words.managedResourceName, String(webhook.name)];
  return {
    'deleted while the shoot webhook is not served': {
      given: [...reconciled(), unserved, ...deleted],
      expected: { ...deletion, results: ['succeeded'], ...gone },
    },
    'deleted when only the shoot webhook was left': {
      given: [...reconciled(), { do: 'delete', what: managedResource }, ...deleted],
      expected: {
        reason: 'deletion',
        results: ['succeeded'],
        writes: [
          statusWrite,
          ...words.monitoringRemoval,
          ...words.managedRemovals.slice(1).flat(),
          ...statusAndMetadata,
        ],
        network: 'gone',
        // Left to the garbage collector.
        objects: [`Secret ${words.secretName}`],
      },
    },
    'deleted, and the resource manager lets go of one after the other': {
      given: [...reconciled(), held, hold(webhook), ...deleted],
      meanwhile: [[released], [release(webhook)]],
      expected: { ...deletion, results: ['waiting', 'waiting', 'succeeded'], ...gone },
    },
    'a deletion that is stuck at the shoot webhook': {
      given: [...reconciled(), hold(webhook), ...deleted],
      meanwhile: overdue(webhook),
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...removal, statusWrite],
        network: { finalizers: ours, status: stuck('Delete', 'deleting', [String(webhook.name)]) },
        objects: [`ManagedResource ${webhook.name}`],
        next: 'deletion',
      },
    },
    'a deletion that is stuck at both': {
      given: [...reconciled(), held, hold(webhook), ...deleted],
      meanwhile: overdue(managedResource, webhook),
      expected: {
        reason: 'deletion',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...removal, statusWrite],
        network: { finalizers: ours, status: stuck('Delete', 'deleting', both) },
        objects: both.map((name) => `ManagedResource ${name}`),
        next: 'deletion',
      },
    },
    'a forced deletion does not wait for the shoot webhook': {
      given: [...reconciled(), hold(webhook), forced, ...deleted],
      expected: { ...deletion, results: ['succeeded'], network: 'gone', objects: [`ManagedResource ${webhook.name}`] },
    },
    'migrated, and the resource manager lets go of one after the other': {
      given: [...reconciled(), held, hold(webhook), annotate('migrate')],
      meanwhile: [[release(webhook)], [released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [statusWrite, ...keepWrites, ...removal, ...statusAndMetadata],
        network: migrated,
        objects: [],
      },
    },
    'migrated when one keeps its objects already': {
      given: [
        ...reconciled(),
        { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
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
    'a migration that is stuck at the shoot webhook': {
      given: [...reconciled(), hold(webhook), annotate('migrate')],
      meanwhile: overdue(webhook),
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'waiting', 'waiting'],
        writes: [statusWrite, ...keepWrites, ...removal, statusWrite],
        network: {
          operation: 'migrate',
          finalizers: ours,
          status: stuck('Migrate', 'migrating', [String(webhook.name)]),
        },
        objects: [`ManagedResource ${webhook.name}`],
        next: 'operation annotation',
      },
    },
  };
}

const forced = shootChanges({
  metadata: {
    deletionTimestamp: '2026-01-10T09:00:00Z',
    annotations: { 'confirmation.gardener.cloud/force-deletion': 'true' },
  },
});
