/** A seed and a shoot with the recorded objects themselves. */
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { type ParityCase, namespace as usualNamespace } from '../cases.ts';
import { type EarlierState, stateOf } from '../earlier-state.ts';
import { referenceObjects } from './files.ts';
import { recordedCrds, recordedStatus } from './objects.ts';

/** The counterpart of earlierState. Throws where the case is not recorded. */
export function recordedState(parityCase: ParityCase, namespace = usualNamespace): EarlierState {
  const read = (file: string): readonly KubeObject[] =>
    referenceObjects(parityCase.cni, 'cases', parityCase.name, 'expected', file);
  const [status] = read('status.yaml');
  if (status === undefined) throw new Error(`${parityCase.name} is not recorded`);
  const shoot = [...read('managedresources.yaml'), ...recordedCrds(parityCase.cni, parityCase.name)];
  return stateOf({ parityCase, shoot, seed: read('seed.yaml'), status: recordedStatus(status) }, namespace);
}
