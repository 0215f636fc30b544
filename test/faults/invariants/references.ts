import { at, type StoredObject, textAt } from '../record/revision.ts';
import { secretNames } from '../record/snapshot.ts';
import {
  describe,
  type Invariant,
  isContentWrite,
  isWebhookObject,
  type Moment,
  moments,
  type TrialHistory,
} from './trial.ts';

export const networkFinalizer = 'extensions.gardener.cloud/network';

/** No write of the controller leaves a reference of a ManagedResource to a missing Secret, deletions and migrations excepted. */
export const noDanglingReference: Invariant = (history) => {
  const { namespace } = history;
  for (const { revision, state, network } of moments(history)) {
    if (!isContentWrite(revision)) continue;
    const concerned = revision.resource === 'managedresources' && revision.object !== undefined;
    const removed = revision.resource === 'secrets' && revision.object === undefined;
    if ((!concerned && !removed) || isLeaving(network)) continue;
    const absent = managedResources(state)
      .filter((one) => at(one, 'metadata', 'deletionTimestamp') === undefined)
      .flatMap((one) => secretNames(one))
      .filter(
        (name) =>
          !state.has(`secrets ${namespace}/${name}`) &&
          (concerned ? secretNames(revision.object ?? {}).includes(name) : name === revision.name),
      );
    if (absent.length > 0)
      return [
        {
          invariant: 'noDanglingReference',
          text: `${describe(revision)} leaves a reference to Secret ${absent.join(', ')}, which does not exist`,
        },
      ];
  }
  return [];
};

/** The finalizer is removed after the monitoring is gone and the ManagedResources are deleted or in deletion. */
export const removedLast: Invariant = (history) => {
  for (const { revision, state } of moments(history)) {
    if (revision.resource !== 'networks' || revision.writer === undefined) continue;
    const released = hasFinalizer(revision.previous) && !hasFinalizer(revision.object);
    if (!released) continue;
    const left = [...state].flatMap(([key, object]) => (isLeft(key, object, history) ? key : []));
    if (left.length > 0)
      return [
        {
          invariant: 'removedLast',
          text: `the finalizer was removed at revision ${revision.revision} before ${left.join(', ')}`,
        },
      ];
  }
  return [];
};

/** Objects are created only after the finalizer is set. */
export const finalizerFirst: Invariant = (history) => {
  for (const { revision, network } of moments(history)) {
    const created = isContentWrite(revision) && revision.object !== undefined && revision.previous === undefined;
    if (created && !isWebhookObject(revision) && !hasFinalizer(network))
      return [{ invariant: 'finalizerFirst', text: `${describe(revision)} while the Network has no finalizer` }];
  }
  return [];
};

/** In a migration, a ManagedResource is deleted only with keepObjects. */
export const keptInMigration: Invariant = (history) => {
  if (history.goal !== 'migrated') return [];
  for (const { revision } of moments(history)) {
    if (revision.resource !== 'managedresources' || revision.writer === undefined) continue;
    const begins = at(revision.object, 'metadata', 'deletionTimestamp') !== undefined || revision.object === undefined;
    if (begins && at(revision.previous, 'spec', 'keepObjects') !== true)
      return [{ invariant: 'keptInMigration', text: `${describe(revision)} without keepObjects` }];
  }
  return [];
};

function isLeaving(network: StoredObject | undefined): boolean {
  if (network === undefined) return true;
  const type = textAt(network, 'status', 'lastOperation', 'type') ?? '';
  return at(network, 'metadata', 'deletionTimestamp') !== undefined || type === 'Migrate';
}

function managedResources(state: Moment['state']): readonly StoredObject[] {
  return [...state].filter(([key]) => key.startsWith('managedresources ')).map(([, object]) => object);
}

function hasFinalizer(network: StoredObject | undefined): boolean {
  const finalizers = at(network, 'metadata', 'finalizers');
  return Array.isArray(finalizers) && finalizers.includes(networkFinalizer);
}

function isLeft(key: string, object: StoredObject, { own }: TrialHistory): boolean {
  const [resource = '', place = ''] = key.split(' ');
  if (own.has(`${resource} ${place.split('/')[1] ?? ''}`)) return false;
  if (resource === 'managedresources') return at(object, 'metadata', 'deletionTimestamp') === undefined;
  return ['scrapeconfigs', 'prometheusrules', 'configmaps'].includes(resource);
}
