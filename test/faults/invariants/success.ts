import { at, type StoredObject, textAt } from '../record/revision.ts';
import { secretContents, secretNames } from '../record/snapshot.ts';
import { stateText } from './goals.ts';
import {
  describe,
  type Invariant,
  isContentWrite,
  isWebhookObject,
  type Moment,
  moments,
  type TrialHistory,
  type Violation,
} from './trial.ts';

/** Value set by the change of the flow `update`, which occurs in the rendered objects. */
const mark = '1440';

/**
 * When the controller writes Succeeded, every ManagedResource exists with its Secrets, with the content of the observed generation.
 * After a deletion or migration, no object is left.
 */
export const noFalseSuccess: Invariant = (history) => {
  if (history.changedByHand) return [];
  const found: Violation[] = [];
  for (const moment of moments(history)) {
    if (!isNewSuccess(moment)) continue;
    const type = textAt(moment.network, 'status', 'lastOperation', 'type') ?? '';
    const problems = ['Delete', 'Migrate'].includes(type) ? leftovers(moment, history) : gaps(moment, history);
    for (const problem of problems)
      found.push({
        invariant: 'noFalseSuccess',
        text: `${type} Succeeded at revision ${moment.revision.revision}, but ${problem}`,
      });
  }
  return found;
};

/** Objects of a Network are written only while its status is not Succeeded. */
export const announcedFirst: Invariant = (history) => {
  for (const moment of moments(history)) {
    const { revision, network } = moment;
    if (!isContentWrite(revision) || isWebhookObject(revision)) continue;
    if (network === undefined)
      return [{ invariant: 'announcedFirst', text: `${describe(revision)} although the Network does not exist` }];
    const state = textAt(network, 'status', 'lastOperation', 'state');
    if (state !== 'Succeeded' && state !== undefined) continue;
    return [
      { invariant: 'announcedFirst', text: `${describe(revision)} while the Network says: ${stateText(network)}` },
    ];
  }
  return [];
};

function isNewSuccess({ revision, network }: Moment): boolean {
  if (revision.resource !== 'networks' || revision.writer === undefined || network === undefined) return false;
  if (textAt(network, 'status', 'lastOperation', 'state') !== 'Succeeded') return false;
  const [last, before] = [network, revision.previous].map((one) => JSON.stringify(at(one, 'status', 'lastOperation')));
  return last !== before;
}

function gaps({ state, network }: Moment, { expected, namespace }: TrialHistory): readonly string[] {
  const names = Object.keys(expected).flatMap(
    (key) => /^managedresources (?<name>.+)$/.exec(key)?.groups?.['name'] ?? [],
  );
  return names.flatMap((name) => {
    const managedResource = state.get(`managedresources ${namespace}/${name}`);
    if (managedResource === undefined) return `ManagedResource ${name} does not exist`;
    const secrets = secretNames(managedResource);
    if (secrets.length === 0) return `ManagedResource ${name} refers to no Secret`;
    const absent = secrets.filter((secret) => !state.has(`secrets ${namespace}/${secret}`));
    if (absent.length > 0) return `ManagedResource ${name} refers to ${absent.join(', ')}, which does not exist`;
    const texts = secrets.flatMap((secret) =>
      Object.values(secretContents(state.get(`secrets ${namespace}/${secret}`))),
    );
    const stale = isMarked(network) && !name.includes('webhooks') && !texts.some((text) => text.includes(mark));
    return stale ? `ManagedResource ${name} has the content of an older generation` : [];
  });
}

function leftovers({ state }: Moment, { own }: TrialHistory): readonly string[] {
  return [...state].flatMap(([key, object]) => {
    const [resource = '', place = ''] = key.split(' ');
    const name = place.split('/')[1] ?? '';
    if (own.has(`${resource} ${name}`)) return [];
    const managed = resource === 'managedresources' && at(object, 'metadata', 'deletionTimestamp') === undefined;
    const monitoring = ['scrapeconfigs', 'prometheusrules', 'configmaps'].includes(resource);
    return managed || monitoring ? `${resource} ${name} exists` : [];
  });
}

/** Reports whether the status refers to a spec with the mark. */
function isMarked(network: StoredObject | undefined): boolean {
  const observed = at(network, 'status', 'observedGeneration') === at(network, 'metadata', 'generation');
  return observed && JSON.stringify(at(network, 'spec', 'providerConfig') ?? '').includes(mark);
}
