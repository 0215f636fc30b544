import { setTimeout as delay } from 'node:timers/promises';
import type { ExampleType } from '../../support/seed.ts';
import type { GoalName } from '../invariants/goals.ts';
import { at } from '../record/revision.ts';
import { changedConfig, type Shoot } from '../stage/shoot.ts';

/** One operation in the life cycle of a Network: undisturbed preparation, then the steps under test. */
export interface Flow {
  readonly name: string;
  readonly type: ExampleType;
  /** Runs after namespace and Cluster are created. Each step must reach its goal before the next one starts. */
  readonly given: readonly { readonly step: Step; readonly goal: GoalName | undefined }[];
  readonly act: Step;
  readonly goal: GoalName;
}

export type Step = (shoot: Shoot) => Promise<void>;

const create: Step = (shoot) => shoot.create();
const exists = { step: create, goal: 'ready' } as const;

const stories: Readonly<Record<string, Omit<Flow, 'name' | 'type'>>> = {
  create: { given: [], act: create, goal: 'ready' },
  update: {
    given: [exists],
    act: (shoot) => shoot.trigger('reconcile', { spec: { providerConfig: changedConfig[shoot.type] } }),
    goal: 'ready',
  },
  annotate: { given: [exists], act: (shoot) => shoot.trigger(), goal: 'ready' },
  delete: { given: [exists], act: (shoot) => shoot.removeNetwork(), goal: 'gone' },
  migrate: { given: [exists], act: (shoot) => shoot.trigger('migrate'), goal: 'migrated' },
  restore: {
    given: [{ step: (shoot) => shoot.create('wait-for-state'), goal: undefined }],
    act: async (shoot) => {
      await shoot.patchStatus({ state: { faults: 'test' } });
      await shoot.trigger('restore');
    },
    goal: 'ready',
  },
  'force-delete': {
    given: [exists, { step: holdManagedResources, goal: undefined }, { step: confirmForceDeletion, goal: undefined }],
    act: (shoot) => shoot.removeNetwork(),
    goal: 'gone',
  },
};

/** Flows whose number of requests depends on time. Only faults of the whole process are applied to them. */
const waitingStories: typeof stories = {
  'held-delete': {
    given: [exists, { step: holdManagedResources, goal: undefined }],
    act: async (shoot) => {
      await shoot.removeNetwork();
      await releaseManagedResources(shoot);
    },
    goal: 'gone',
  },
};

/** All flows of both types: `create` for calico, `create.cilium` for cilium. */
export const flows: readonly Flow[] = (['calico', 'cilium'] as const).flatMap((type) =>
  Object.entries(stories).map(([name, story]) => ({
    ...story,
    type,
    name: type === 'calico' ? name : `${name}.${type}`,
  })),
);

export const waitingFlows: readonly Flow[] = Object.entries(waitingStories).map(([name, story]) => ({
  ...story,
  type: 'calico',
  name,
}));

/** Acts as a resource manager that takes seven seconds to delete the objects in the shoot. */
async function releaseManagedResources(shoot: Shoot): Promise<void> {
  for (const name of managedResources[shoot.type]) {
    while (at(await shoot.get('managedresources', name), 'metadata', 'deletionTimestamp') === undefined)
      await delay(200);
    await delay(7_000);
    await shoot.patch('managedresources', name, { metadata: { finalizers: null } });
  }
}

async function confirmForceDeletion(shoot: Shoot): Promise<void> {
  const annotations = { 'confirmation.gardener.cloud/force-deletion': 'true' };
  const metadata = { annotations, deletionTimestamp: new Date().toISOString() };
  await shoot.patch('clusters', shoot.namespace, { spec: { shoot: { metadata } } });
}

/** Sets the finalizer of the resource manager, which delays the deletion of a ManagedResource. */
async function holdManagedResources(shoot: Shoot): Promise<void> {
  for (const name of managedResources[shoot.type])
    await shoot.patch('managedresources', name, { metadata: { finalizers: [resourceManager] } });
}

export const resourceManager = 'resources.gardener.cloud/gardener-resource-manager';

export const managedResources: Readonly<Record<ExampleType, readonly string[]>> = {
  calico: ['extension-networking-calico-config'],
  cilium: ['extension-networking-cilium-config', 'extension-cilium-shoot-webhooks'],
};
