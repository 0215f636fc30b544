import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { readCase } from '../../parity/cases.ts';
import { earlierState } from '../../parity/earlier-state.ts';
import { type Cni, renderNetwork } from '../cni/rendering.ts';
import { type ShootInput, shoot } from './class.ts';

/** Returns the objects of a changed shoot. Throws if nothing is rendered. */
export function renderChanged(to: ShootInput): readonly KubeObject[] {
  const objects = renderNetwork(shoot(to))?.objects;
  if (objects === undefined) throw new Error('nothing is rendered for the changed configuration');
  return objects;
}

/** Returns the objects that the Go extension had in the shoot, rebuilt from ours for a recorded case; a test compares such objects with recordings. */
export async function takeOverObjects(input: {
  readonly cni: Cni;
  /** Name of the case. */
  readonly name: string;
  readonly documents: readonly unknown[];
}): Promise<readonly KubeObject[]> {
  const [network, cluster] = input.documents as readonly [KubeObject, KubeObject];
  const { crds, objects } = await earlierState({ ...readCase(input.cni, input.name), network, cluster });
  return [...crds, ...objects].filter(({ metadata }) => metadata.namespace !== network.metadata.namespace);
}
