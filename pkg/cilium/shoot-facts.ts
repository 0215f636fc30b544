import type { ShootFacts } from '../gardener/cluster.ts';
import { annotations, networkFinalizer } from '../gardener/constants.ts';
import type { Network } from '../gardener/network.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import type { Observed, PlanInput, ShootQuery } from '../network/plugin.ts';

/**
 * What a running shoot decides for itself. Changing the IPAM mode gives every pod another address, so the mode that runs is kept, and
 * remembered for when the shoot cannot be asked: the Go extension flips it to `kubernetes` then (verdict 2).
 */

/**
 * Modes that agents and operator start with here. Cilium 1.19 knows more, but eni, azure and alibabacloud need a cloud’s credentials and, eni,
 * native routing; delegated-plugin needs settings that nobody can give. No shoot can be running with one of those.
 */
export const ipamModes = ['kubernetes', 'cluster-pool', 'multi-pool', 'crd'] as const;
export type IpamMode = (typeof ipamModes)[number];

export interface IpamFact {
  /** Undefined when nobody can say what the shoot runs with; then no configuration may be given to it. */
  readonly mode: IpamMode | undefined;
  /** A value in the running shoot that is no such mode and was passed over. */
  readonly ignored: string | undefined;
}

const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' } as const;

/** What to read from the shoot; nothing while it is hibernated. */
export function shootQueries(shoot: ShootFacts): readonly ShootQuery[] {
  return shoot.hibernated ? [] : [config];
}

/**
 * The IPAM mode, from the first source that has one: the running shoot, the ManagedResource as it is stored, the state that came with the
 * shoot from another seed. A shoot without any of these gets `kubernetes` when it is new, or says itself that it has no configuration; else
 * the Go extension, which remembers nothing, knew the mode, or what is stored was lost, and the shoot has to be asked.
 */
export function ipamOf(input: Pick<PlanInput, 'network' | 'present' | 'shoot'>, shoot: ShootFacts): IpamFact {
  const observed = answerOf(input, shoot);
  const running = observed.known ? modeIn(observed.value) : undefined;
  const ignored = running !== undefined && !isMode(running) ? running : undefined;
  const stored = input.present.known ? modeIn(input.present.value) : undefined;
  const mode = [running, stored, rememberedMode(input.network)].find(isMode);
  if (mode !== undefined) return { mode, ignored };
  const isNew = input.present.known && hasNeverRun(input.network);
  if (observed.known || isNew) return { mode: 'kubernetes', ignored };
  // What somebody has kept of a hibernated shoot may be old, but is better than nothing. Offline only, nobody asks such a shoot.
  const kept = input.shoot.known ? modeIn(input.shoot.value) : undefined;
  return { mode: isMode(kept) ? kept : undefined, ignored };
}

/** What the shoot says, or why it does not. */
export function answerOf(input: Pick<PlanInput, 'shoot'>, shoot: ShootFacts): Observed<readonly KubeObject[]> {
  return shoot.hibernated ? { known: false, reason: 'the shoot is hibernated' } : input.shoot;
}

/**
 * Nothing in the Network says that a shoot has got anything from it: at most its creation was tried, and failed or waits. What comes from
 * another seed has the annotation, and then the operation, of a restoration; of its status only state and resources come along (docs/design/gardener.md#who-writes-a-network).
 */
function hasNeverRun({ metadata, status }: Network): boolean {
  if (metadata.annotations?.[annotations.operation] === 'restore') return false;
  const { state, resources, providerStatus, lastOperation: last, observedGeneration = 0 } = recordOf(status);
  if ([state, resources, providerStatus].some((one) => one !== undefined && one !== null)) return false;
  if (isRecord(last)) return last['type'] === 'Create' && last['state'] !== 'Succeeded';
  return observedGeneration === 0 && metadata.finalizers?.includes(networkFinalizer) !== true;
}

function rememberedMode({ status }: Network): unknown {
  return recordOf(status?.state)['ipam'];
}

function modeIn(objects: readonly KubeObject[]): string | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === config.kind && metadata.name === config.name && metadata.namespace === config.namespace,
  );
  const data = recordOf(found?.['data']);
  return typeof data['ipam'] === 'string' ? data['ipam'] : undefined;
}

function isMode(value: unknown): value is IpamMode {
  return (ipamModes as readonly unknown[]).includes(value);
}
