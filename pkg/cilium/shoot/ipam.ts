import { annotations, networkFinalizer } from '../../gardener/constants.ts';
import type { Network } from '../../gardener/network.ts';
import { describeObject, isRecord, type KubeObject, recordOf } from '../../gardener/objects.ts';
import type { ShootNetwork } from '../../network/decode-network.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import type { Lookup, PlanContext, ShootQuery } from '../../network/plugin.ts';
import { firstOf, type Source } from '../../network/precedence.ts';
import { ciliumRules } from '../api/diagnostics.ts';

const report = reporter(ciliumRules);

/**
 * What a running shoot decides for itself. Changing the IPAM mode gives every pod another address, so the mode that runs is kept, and
 * remembered for when the shoot cannot be asked: the Go extension flips it to `kubernetes` then (verdict 2).
 */

/**
 * Modes that agents and operator start with here. Cilium knows more, but eni, azure and alibabacloud need a cloud’s credentials and, eni,
 * native routing; delegated-plugin needs settings that nobody can give. No shoot can be running with one of those.
 */
export const ipamModes = ['kubernetes', 'cluster-pool', 'multi-pool', 'crd'] as const;
export type IpamMode = (typeof ipamModes)[number];

export interface IpamState {
  /** Undefined when nobody can say what the shoot runs with; then no configuration may be given to it. */
  readonly mode: IpamMode | undefined;
  /** A value in the running shoot that is no such mode and was passed over. */
  readonly ignored: string | undefined;
}

const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' } as const;

/** What to read from the shoot; nothing while it is hibernated. */
export function ipamQueries({ shoot }: Pick<ShootNetwork<unknown>, 'shoot'>): readonly ShootQuery[] {
  return shoot.hibernated ? [] : [config];
}

export interface IpamInput {
  readonly decoded: Pick<ShootNetwork<unknown>, 'network' | 'shoot'>;
  readonly context: PlanContext;
}

/**
 * The IPAM mode, from the first source that has one. A shoot that is new, or says itself that it has no configuration, gets `kubernetes`; else
 * the Go extension, which remembers nothing, knew the mode, or what is stored was lost, and the shoot has to be asked.
 */
export function determineIpam(input: IpamInput): IpamState {
  const observed = shootObjects(input);
  const running = observed.available ? configuredMode(observed.value) : undefined;
  const ignored = running !== undefined && !isMode(running) ? running : undefined;
  return { mode: firstOf(ipamSources, input)?.value, ignored };
}

const ipamSources: readonly Source<IpamInput, IpamMode>[] = [
  { name: 'the running shoot', read: (input) => validMode(shootObjects(input)) },
  { name: 'the ManagedResource as it is stored', read: ({ context }) => validMode(context.currentObjects) },
  {
    name: 'status.state, which came with the shoot from another seed',
    read: ({ decoded }) => storedMode(decoded.network),
  },
  {
    name: 'a shoot without configuration',
    read: (input) => (shootObjects(input).available ? 'kubernetes' : undefined),
  },
  {
    name: 'a new shoot',
    read: ({ decoded, context }) =>
      context.currentObjects.available && isNew(decoded.network) ? 'kubernetes' : undefined,
  },
  // It may be old, but is better than nothing. Offline only, nobody asks such a shoot.
  { name: 'what was kept of a hibernated shoot', read: ({ context }) => validMode(context.shoot) },
];

/**
 * What is to be said when the mode is not known. Offline, nothing is lost by an assumption, unless half of the answer is there. A hibernated
 * shoot has no agents, and its reconciliation must succeed (docs/design/gardener.md#place-in-the-shoot-flow); any other one is asked until
 * it answers.
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

/** What the shoot says, or why it does not. */
function shootObjects({ decoded, context }: IpamInput): Lookup<readonly KubeObject[]> {
  return decoded.shoot.hibernated ? { available: false, reason: 'the shoot is hibernated' } : context.shoot;
}

/**
 * Nothing in the Network says that a shoot has got anything from it: at most its creation was tried, and failed or waits. What comes from
 * another seed has the annotation, and then the operation, of a restoration; of its status only state and resources come along (docs/design/gardener.md#who-writes-a-network).
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
