import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { scriptStandIn } from '../../parity/canonical.ts';
import { readCase } from '../../parity/cases.ts';
import { earlierState } from '../../parity/earlier-state.ts';
import { type Cni, renderNetwork } from '../cni/rendering.ts';
import { type ShootInput, shoot } from './class.ts';

/** Returns the objects of a changed shoot. Throws if nothing is rendered. */
export function renderChanged(to: ShootInput): readonly KubeObject[] {
  return render(shoot(to));
}

/**
 * Returns the objects that the Go extension had in the shoot, rebuilt from ours for a recorded case; a test compares such objects with recordings.
 * These have no texts of scripts, so that containers of the same name have ours.
 */
export async function takeOverObjects(input: {
  readonly cni: Cni;
  /** Name of the case. */
  readonly name: string;
  readonly documents: readonly unknown[];
}): Promise<readonly KubeObject[]> {
  const [network, cluster] = input.documents as readonly [KubeObject, KubeObject];
  const { crds, objects } = await earlierState({ ...readCase(input.cni, input.name), network, cluster });
  const inShoot = [...crds, ...objects].filter(({ metadata }) => metadata.namespace !== network.metadata.namespace);
  const own = scripts(render(input.documents));
  return inShoot.map((object) => withScripts(object, own) as KubeObject);
}

function render(documents: readonly unknown[]): readonly KubeObject[] {
  const objects = renderNetwork(documents)?.objects;
  if (objects === undefined) throw new Error('nothing is rendered for the configuration');
  return objects;
}

/** Commands of containers with scripts, by name. */
type Scripts = ReadonlyMap<unknown, unknown>;

function scripts(value: unknown): Scripts {
  if (Array.isArray(value)) return new Map(value.flatMap((one) => [...scripts(one)]));
  if (!isRecord(value)) return new Map();
  const inner = Object.values(value).flatMap((one) => [...scripts(one)]);
  return new Map(Array.isArray(value['command']) ? [...inner, [value['name'], value['command']]] : inner);
}

function withScripts(value: unknown, own: Scripts): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => withScripts(one, own));
  if (!isRecord(value)) return value;
  const { command } = value;
  const isStandIn = Array.isArray(command) && command.includes(scriptStandIn);
  if (isStandIn && !own.has(value['name'])) throw new Error(`container ${String(value['name'])} has no script of ours`);
  const changed = isStandIn ? { ...value, command: own.get(value['name']) } : value;
  return Object.fromEntries(Object.entries(changed).map(([key, one]) => [key, withScripts(one, own)]));
}
