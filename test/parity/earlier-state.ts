/**
 * A seed and a shoot as the Go extension leaves them, for tests of the take-over: the objects that this project renders for a case, changed to what
 * <cni>/go-extension.yaml says. earlier-state.test.ts proves with the stored hashes that these are the recorded objects, leaf by leaf.
 */
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { sha256 } from '../../pkg/managedresource/build.ts';
import { isScript, scriptStandIn } from './canonical.ts';
import { type Case, readCase, readCases, namespace as usualNamespace } from './cases.ts';
import { type GoDifference, goDifferences, patched } from './go-extension.ts';
import { managedResource, webhookResource } from './managed-resource.ts';
import type { CaseObjects } from './objects.ts';
import { renderCase } from './rendering.ts';

export interface EarlierState {
  readonly one: Case;
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
export async function earlierState(one: Case, namespace = usualNamespace): Promise<EarlierState> {
  return stateOf({ one, ...(await earlierObjects(one)) }, namespace);
}

/** Puts together the state from the objects that the Go extension had for a case. */
export function stateOf(parts: CaseObjects & { readonly one: Case }, namespace: string): EarlierState {
  const moved = JSON.parse(JSON.stringify(parts).replaceAll(usualNamespace, namespace)) as typeof parts;
  const { one, shoot, seed, status } = moved;
  const crds = shoot.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const webhooks = shoot.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const objects = shoot.filter((object) => !crds.includes(object) && !webhooks.includes(object));
  const resource = { name: `extension-networking-${one.cni}-config`, namespace, objects };
  const webhook = { name: `extension-${one.cni}-shoot-webhooks`, namespace, objects: webhooks };
  return {
    one,
    left: { finalizers: ['extensions.gardener.cloud/network'], status: reportedStatus(one, status) },
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
function reportedStatus({ network }: Case, status: unknown): EarlierState['left']['status'] {
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
export async function earlierObjects(one: Case): Promise<CaseObjects> {
  const rendering = await renderCase(one);
  if ('refused' in rendering) throw new Error(`${one.name}: ${rendering.refused.stderr}`);
  const { shoot, seed, status } = rendering.objects;
  const names = readCases(one.cni).flatMap(({ name, refused }) => (refused === undefined ? [name] : []));
  const differences = goDifferences(one.cni, one.name, names);
  const network = changed({ ...one.network, status }, differences);
  const all = [...shoot, ...seed];
  const added = await Promise.all(differences.map((entry) => addedObject(entry, all, one)));
  const inSeed = ({ metadata }: KubeObject): boolean => metadata.namespace === usualNamespace;
  const objects = [...all, ...added.flat()].map((object) => asByGo(changed(object, differences)));
  return {
    shoot: objects.filter((object) => !inSeed(object)),
    seed: objects.filter(inSeed),
    status: network['status'],
  };
}

function changed(object: KubeObject, differences: readonly GoDifference[]): KubeObject {
  const patches = differences.filter((entry) => entry.patch !== undefined && entry.object === describeObject(object));
  return patches.reduce((current, { patch }) => patched(current, patch) as KubeObject, object);
}

/** The object of an entry that is not among those that we render. */
async function addedObject(
  entry: GoDifference,
  all: readonly KubeObject[],
  { cni }: Case,
): Promise<readonly KubeObject[]> {
  if (entry.value !== undefined) return [entry.value];
  if (entry.from === undefined || all.some((object) => describeObject(object) === entry.object)) return [];
  const other = await renderCase(readCase(cni, entry.from));
  if ('refused' in other) throw new Error(`${entry.from} is refused`);
  return [...other.objects.shoot, ...other.objects.seed].filter((object) => describeObject(object) === entry.object);
}

/** What differs in every object: texts in words of the extension's own, and the checksums of ConfigMaps with such texts. */
function asByGo(object: KubeObject): KubeObject {
  return withOwnTexts(object, []) as KubeObject;
}

function withOwnTexts(value: unknown, keys: readonly string[]): unknown {
  const key = keys.at(-1) ?? '';
  if (Array.isArray(value)) {
    const isCommand = key === 'command' || key === 'args';
    return value.map((element: unknown, index) =>
      isCommand && isScript(value, index) ? scriptStandIn : withOwnTexts(element, [...keys, String(index)]),
    );
  }
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, withOwnTexts(member, [...keys, name])]),
    );
  if (key === 'gardener.cloud/description' || key === 'nginx.conf') return '<text>';
  return keys.at(-2) === 'annotations' && key.startsWith('checksum/')
    ? sha256(`of the Go extension: ${String(value)}`)
    : value;
}
