/** A seed and a shoot with the recorded objects themselves, where the recordings are. */
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { type Case, namespace as usualNamespace } from '../cases.ts';
import { type EarlierState, stateOf } from '../earlier-state.ts';
import { referenceObjects } from './files.ts';
import { recordedCrds, recordedStatus } from './objects.ts';

/** The counterpart of earlierState. Throws where the case is not recorded. */
export function recordedState(one: Case, namespace = usualNamespace): EarlierState {
  const read = (file: string): readonly KubeObject[] => referenceObjects(one.cni, 'cases', one.name, 'expected', file);
  const [status] = read('status.yaml');
  if (status === undefined) throw new Error(`${one.name} is not recorded`);
  const shoot = [...read('managedresources.yaml'), ...recordedCrds(one.cni, one.name)];
  return stateOf({ one, shoot, seed: read('seed.yaml'), status: recordedStatus(status) }, namespace);
}
