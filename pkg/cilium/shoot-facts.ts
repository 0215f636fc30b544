import type { ShootFacts } from '../gardener/cluster.ts';
import { annotations } from '../gardener/constants.ts';
import type { Network } from '../gardener/network.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Observed, PlanInput, ShootQuery } from '../network/plugin.ts';

/**
 * What a running shoot decides for itself. Changing the IPAM mode gives every pod another address, so the mode that runs is kept, and
 * remembered for when the shoot cannot be asked: the Go extension flips it to `kubernetes` then (verdict 2).
 */

/** Modes that Cilium 1.19 knows; agents end at once with any other. */
export const ipamModes = [
  'kubernetes',
  'cluster-pool',
  'multi-pool',
  'crd',
  'eni',
  'azure',
  'alibabacloud',
  'delegated-plugin',
] as const;
export type IpamMode = (typeof ipamModes)[number];

export interface IpamFact {
  /** Undefined when nobody can say what the shoot runs with; then nothing may be rendered. */
  readonly mode: IpamMode | undefined;
  /** A value in the running shoot that is no mode and was passed over. */
  readonly ignored: string | undefined;
}

const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' } as const;

/** What to read from the shoot; nothing while it is hibernated. */
export function shootQueries(shoot: ShootFacts): readonly ShootQuery[] {
  return shoot.hibernated ? [] : [config];
}

/**
 * The IPAM mode, from the first source that has one: the running shoot, the ManagedResource as it is stored, the state that came with the
 * shoot from another seed. A shoot without any of these is new and gets `kubernetes`, unless it comes from a seed where the Go extension,
 * which remembers nothing, knew the mode: then the shoot itself has to be asked.
 */
export function ipamOf(input: Pick<PlanInput, 'network' | 'present' | 'shoot'>, shoot: ShootFacts): IpamFact {
  const observed = answerOf(input, shoot);
  const running = observed.known ? modeIn(observed.value) : undefined;
  const ignored = running !== undefined && !isMode(running) ? running : undefined;
  const stored = input.present.known ? modeIn(input.present.value) : undefined;
  const mode = [running, stored, rememberedMode(input.network)].find(isMode);
  if (mode !== undefined) return { mode, ignored };
  const isNew = input.present.known && (shoot.hibernated || !isRestored(input.network));
  return { mode: observed.known || isNew ? 'kubernetes' : undefined, ignored };
}

/** What the shoot says, or why it does not. */
export function answerOf(input: Pick<PlanInput, 'shoot'>, shoot: ShootFacts): Observed<readonly KubeObject[]> {
  return shoot.hibernated ? { known: false, reason: 'the shoot is hibernated' } : input.shoot;
}

/** It ran in another seed before, and nothing has been given to it in this one yet. */
function isRestored({ metadata, status }: Network): boolean {
  const last = status?.lastOperation;
  return (
    metadata.annotations?.[annotations.operation] === 'restore' ||
    (isRecord(last) && last['type'] === 'Restore' && last['state'] !== 'Succeeded')
  );
}

function rememberedMode({ status }: Network): unknown {
  return isRecord(status?.state) ? status.state['ipam'] : undefined;
}

function modeIn(objects: readonly KubeObject[]): string | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === config.kind && metadata.name === config.name && metadata.namespace === config.namespace,
  );
  const data = isRecord(found?.['data']) ? found['data'] : {};
  return typeof data['ipam'] === 'string' ? data['ipam'] : undefined;
}

function isMode(value: unknown): value is IpamMode {
  return (ipamModes as readonly unknown[]).includes(value);
}
