import { annotations, networkFinalizer } from '../../gardener/constants.ts';
import type { Network } from '../../gardener/network.ts';
import { describeObject, isRecord, type KubeObject, recordOf } from '../../gardener/objects.ts';
import type { ShootNetwork } from '../../network/decode-network.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import type { Lookup, PlanContext, ShootQuery } from '../../network/plugin.ts';
import { firstOf, type Source } from '../../network/precedence.ts';
import { type Field, type FieldSource, networkField, type Sourced } from '../../network/sourced.ts';
import { ciliumRules } from '../api/diagnostics.ts';

const report = reporter(ciliumRules);

/**
 * The IPAM mode of a running shoot must not change, since all pods would get new addresses. It is read from the shoot, and stored for the case that
 * the shoot is not available; the Go extension changes it to `kubernetes` then (verdict 2).
 */

/**
 * The modes with which agents and operator can start. Cilium has more, but eni, azure and alibabacloud require credentials of the cloud provider
 * (eni also native routing), and delegated-plugin requires settings that this extension does not have, so no shoot can have one of those.
 */
export const ipamModes = ['kubernetes', 'cluster-pool', 'multi-pool', 'crd'] as const;
export type IpamMode = (typeof ipamModes)[number];

export interface IpamState {
  /** Undefined if the mode of the shoot is not known; then its configuration must not be applied. */
  readonly mode: IpamMode | undefined;
  /** A value in the running shoot that is not a supported mode, and is ignored. */
  readonly ignored: string | undefined;
  /** The place from which the mode was read; absent if nobody asked, or if it is not known. */
  readonly from?: readonly FieldSource[];
}

const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' } as const;

/** Returns the object to read from the shoot; none from a hibernated one. */
export function ipamQueries({ shoot }: Pick<ShootNetwork<unknown>, 'shoot'>): readonly ShootQuery[] {
  return shoot.hibernated ? [] : [config];
}

export interface IpamInput {
  readonly decoded: Pick<ShootNetwork<unknown>, 'network' | 'shoot'>;
  readonly context: Pick<PlanContext, 'currentObjects' | 'shoot' | 'offline'>;
}

/**
 * Determines the IPAM mode from the first source that has one. A new shoot, and one that is read and has no configuration, get `kubernetes`. Any
 * other shoot may have a mode that is stored nowhere, since the Go extension does not store it, so its configuration must be read.
 */
export function determineIpam(input: IpamInput): IpamState {
  const observed = shootObjects(input);
  const running = observed.available ? configuredMode(observed.value) : undefined;
  const ignored = running !== undefined && !isMode(running) ? running : undefined;
  return { mode: findIpamMode(input)?.value, ignored };
}

/** Returns the mode with the place from which it was read; undefined if it is not known. */
export function findIpamMode(input: IpamInput): Sourced<IpamMode> | undefined {
  return firstOf(ipamSources, input);
}

const configField: Field = { of: 'running shoot', path: 'running shoot, data.ipam of ConfigMap cilium-config' };
const managedField: Field = { of: 'running shoot', path: 'ManagedResource, data.ipam of ConfigMap cilium-config' };
const noField: Field = { of: 'running shoot', path: 'new shoot, without a ConfigMap cilium-config' };

const ipamSources: readonly Source<IpamInput, IpamMode>[] = [
  { from: () => [configField], read: (input) => validMode(shootObjects(input)) },
  { from: () => [managedField], read: ({ context }) => validMode(context.currentObjects) },
  // Written by this extension on another seed.
  { from: () => [networkField('status.state')], read: ({ decoded }) => storedMode(decoded.network) },
  // A shoot without configuration.
  { from: () => [noField], read: (input) => (shootObjects(input).available ? 'kubernetes' : undefined) },
  // A new shoot.
  {
    from: () => [noField],
    read: ({ decoded, context }) =>
      context.currentObjects.available && isNew(decoded.network) ? 'kubernetes' : undefined,
  },
  // Offline only, since the controller does not read a hibernated shoot. The objects may be outdated.
  { from: () => [configField], read: ({ context }) => validMode(context.shoot) },
];

/**
 * Returns the finding for an unknown mode. An offline command may assume a mode, unless its input is incomplete. A hibernated shoot has no agents,
 * and its reconciliation must succeed (docs/design/gardener.md#place-in-the-shoot-flow); for any other shoot the controller retries.
 */
export function ipamProblems(input: IpamInput, { mode }: IpamState): readonly Diagnostic[] {
  if (mode !== undefined) return [];
  const { decoded, context } = input;
  const object = describeObject(decoded.network);
  const reasons = [shootObjects(input), context.currentObjects]
    .map((one) => (one.available ? '' : one.reason))
    .filter((one) => one !== '')
    .join('; ');
  const offline = context.offline === true;
  if (offline && context.currentObjects.available) {
    const message = `IPAM mode "kubernetes" is assumed: ${reasons}`;
    return [report('cilium-ipam-assumed', { object, path: '', message })];
  }
  const message = `the IPAM mode that the shoot runs with cannot be read: ${reasons}`;
  const code = decoded.shoot.hibernated && !offline ? 'cilium-ipam-hibernated' : 'cilium-ipam-unknown';
  return [report(code, { object, path: '', message })];
}

/** Returns the objects that were read in the shoot, or the reason why there are none. */
function shootObjects({ decoded, context }: IpamInput): Lookup<readonly KubeObject[]> {
  return decoded.shoot.hibernated ? { available: false, reason: 'the shoot is hibernated' } : context.shoot;
}

/**
 * Returns whether the Network shows no trace of an applied configuration: at most, its creation failed or is in progress. A Network from another
 * seed has the annotation, later the operation, of a restoration; of its status only state and resources are copied
 * (docs/design/gardener.md#who-writes-a-network).
 */
function isNew({ metadata, status }: Network): boolean {
  if (metadata.annotations?.[annotations.operation] === 'restore') return false;
  const { state, resources, providerStatus, lastOperation: last, observedGeneration = 0 } = recordOf(status);
  if ([state, resources, providerStatus].some((one) => one !== undefined && one !== null)) return false;
  if (isRecord(last)) return last['type'] === 'Create' && last['state'] !== 'Succeeded';
  return observedGeneration === 0 && metadata.finalizers?.includes(networkFinalizer) !== true;
}

function storedMode({ status }: Network): IpamMode | undefined {
  const { ipam } = recordOf(status?.state);
  return isMode(ipam) ? ipam : undefined;
}

function validMode(objects: Lookup<readonly KubeObject[]>): IpamMode | undefined {
  const mode = objects.available ? configuredMode(objects.value) : undefined;
  return isMode(mode) ? mode : undefined;
}

function configuredMode(objects: readonly KubeObject[]): string | undefined {
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
