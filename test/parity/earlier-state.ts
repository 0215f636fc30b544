/**
 * A seed and a shoot as the Go extension leaves them, for tests of the take-over: the objects that this project renders for a case, changed to what
 * <cni>/go-extension.yaml says. objects.slow.test.ts proves with the stored hashes that these are the recorded objects, leaf by leaf.
 */
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { sha256 } from '../../pkg/managedresource/build.ts';
import { isScript, scriptStandIn } from './canonical.ts';
import { mergePatch, type ParityCase, readCase, readCases, namespace as usualNamespace } from './cases.ts';
import { type GoDifference, goDifferences, patched } from './go-extension.ts';
import { managedResource, webhookResource } from './managed-resource.ts';
import type { CaseObjects } from './objects.ts';
import { renderCase } from './rendering.ts';

export interface EarlierState {
  readonly parityCase: ParityCase;
  /** What the extension wrote into the Network. */
  readonly left: { readonly finalizers: readonly string[]; readonly status: Readonly<Record<string, unknown>> };
  /** In the shoot, without webhooks and CRDs. */
  readonly objects: readonly KubeObject[];
  /** In the shoot, from a ManagedResource of their own. */
  readonly webhooks: readonly KubeObject[];
  readonly crds: readonly KubeObject[];
  /** In the control plane namespace: ManagedResources, their Secrets with everything in the shoot but CRDs, monitoring. */
  readonly seed: readonly KubeObject[];
}

/** The state of a case in a control plane namespace. Throws for a case that the Go extension refused. */
export async function earlierState(parityCase: ParityCase, namespace = usualNamespace): Promise<EarlierState> {
  return stateOf({ parityCase, ...(await earlierObjects(parityCase)) }, namespace);
}

/** Puts together the state from the objects that the Go extension had for a case. */
export function stateOf(parts: CaseObjects & { readonly parityCase: ParityCase }, namespace: string): EarlierState {
  const moved = JSON.parse(JSON.stringify(parts).replaceAll(usualNamespace, namespace)) as typeof parts;
  const { parityCase, shoot, seed, status } = moved;
  const crds = shoot.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const webhooks = shoot.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const objects = shoot.filter((object) => !crds.includes(object) && !webhooks.includes(object));
  const resource = { name: `extension-networking-${parityCase.cni}-config`, namespace, objects };
  const webhook = { name: `extension-${parityCase.cni}-shoot-webhooks`, namespace, objects: webhooks };
  return {
    parityCase,
    left: { finalizers: ['extensions.gardener.cloud/network'], status: reportedStatus(parityCase, status) },
    objects,
    webhooks,
    crds,
    seed: [
      ...managedResource(resource),
      ...(webhooks.length === 0 ? [] : webhookResource(webhook)),
      ...seed.filter(({ kind }) => kind !== 'ManagedResource' && kind !== 'Secret'),
    ],
  };
}

/** The status after a success. */
function reportedStatus({ network }: ParityCase, status: unknown): EarlierState['left']['status'] {
  const { ipFamilies, providerStatus } = isRecord(status) ? status : {};
  const { apiVersion, kind } = isRecord(providerStatus) ? providerStatus : {};
  return {
    ...(ipFamilies === undefined ? {} : { ipFamilies }),
    providerStatus: { apiVersion, kind },
    observedGeneration: network.metadata.generation,
    lastOperation: {
      type: 'Reconcile',
      state: 'Succeeded',
      progress: 100,
      description: 'Network is configured',
      lastUpdateTime: '2026-01-01T00:00:00Z',
    },
  };
}

/** The objects of the Go extension for a case, made from ours. */
export async function earlierObjects(parityCase: ParityCase): Promise<CaseObjects> {
  const names = readCases(parityCase.cni).flatMap(({ name, refused }) => (refused === undefined ? [name] : []));
  const differences = goDifferences(parityCase.cni, parityCase.name, names);
  const rendering = await renderCase(acceptedCase(parityCase, differences));
  if ('refused' in rendering) throw new Error(`${parityCase.name}: ${rendering.refused.stderr}`);
  const { shoot, seed, status } = rendering.objects;
  const network = changed({ ...parityCase.network, status }, differences);
  const absent = new Set(differences.flatMap((entry) => (entry.absent === true ? [entry.object] : [])));
  const all = [...shoot, ...seed].filter((object) => !absent.has(describeObject(object)));
  const added = await Promise.all(differences.map((entry) => addedObject(entry, all, parityCase)));
  const inSeed = ({ metadata }: KubeObject): boolean => metadata.namespace === usualNamespace;
  const objects = [...all, ...added.flat()].map(
    (object) => withGoTexts(changed(object, differences), []) as KubeObject,
  );
  return {
    shoot: objects.filter((object) => !inSeed(object)),
    seed: objects.filter(inSeed),
    status: network['status'],
  };
}

function acceptedCase(parityCase: ParityCase, differences: readonly GoDifference[]): ParityCase {
  const patches = differences.flatMap(({ network }) => (network === undefined ? [] : [network]));
  if (patches.length === 0) return parityCase;
  return { ...parityCase, network: patches.reduce<unknown>(mergePatch, parityCase.network) as KubeObject };
}

function changed(object: KubeObject, differences: readonly GoDifference[]): KubeObject {
  const patches = differences.filter((entry) => entry.patch !== undefined && entry.object === describeObject(object));
  return patches.reduce((current, { patch }) => patched(current, patch) as KubeObject, object);
}

/** The object that an entry adds; none if the case renders it already. */
async function addedObject(
  entry: GoDifference,
  all: readonly KubeObject[],
  { cni }: ParityCase,
): Promise<readonly KubeObject[]> {
  if (entry.value !== undefined) return [entry.value];
  if (entry.from === undefined || all.some((object) => describeObject(object) === entry.object)) return [];
  const other = await renderCase(readCase(cni, entry.from));
  if ('refused' in other) throw new Error(`${entry.from} is refused`);
  return [...other.objects.shoot, ...other.objects.seed].filter((object) => describeObject(object) === entry.object);
}

/** Replaces what differs in every object: texts that each extension words by itself, and checksums of ConfigMaps with such texts. */
function withGoTexts(value: unknown, keys: readonly string[]): unknown {
  const key = keys.at(-1) ?? '';
  if (Array.isArray(value)) {
    const isCommand = key === 'command' || key === 'args';
    return value.map((element: unknown, index) =>
      isCommand && isScript(value, index) ? scriptStandIn : withGoTexts(element, [...keys, String(index)]),
    );
  }
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, withGoTexts(member, [...keys, name])]),
    );
  if (key === 'gardener.cloud/description' || key === 'nginx.conf') return '<text>';
  return keys.at(-2) === 'annotations' && key.startsWith('checksum/')
    ? sha256(`of the Go extension: ${String(value)}`)
    : value;
}
