/** The recorded runs of the Go extensions, as a seed and a shoot hold what they created. They are not part of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Observed } from '../../pkg/network/plugin.ts';

export type Cni = 'calico' | 'cilium';

export interface Recording {
  readonly network: KubeObject;
  readonly cluster: KubeObject;
  /** Finalizers, annotations and status that the extension left on the Network. */
  readonly left: { readonly finalizers: readonly string[]; readonly status: Readonly<Record<string, unknown>> };
  readonly gates: Readonly<Record<string, boolean>>;
  /** As `--feature-gates` takes them. */
  readonly gatesText: string;
  /** What the extension can read in the shoot. */
  readonly observed: Observed<readonly KubeObject[]>;
  /** For the shoot, CRDs aside. */
  readonly objects: readonly KubeObject[];
  /** The shoot webhook's, which has a ManagedResource of its own. */
  readonly webhooks: readonly KubeObject[];
  /** Their recorded structures. */
  readonly crds: () => readonly KubeObject[];
  /** ManagedResources, their Secrets with what they hold (CRDs aside), monitoring. */
  readonly seed: readonly KubeObject[];
}

const root = path.resolve('../shared/reference');
export const recordingsAreHere = existsSync(root);

/** Names of the cases that were not refused. */
export function recordingsOf(cni: Cni): readonly string[] {
  const folder = path.join(root, cni, 'cases');
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'expected/managedresources.yaml')))
    .sort();
}

/** `namespace` takes the place of the recorded one, so that several may live on one seed. */
export function readRecording(cni: Cni, name: string, namespace = 'shoot--foo--bar'): Recording {
  const folder = path.join(root, cni, 'cases', name);
  const read = (file: string): readonly KubeObject[] => {
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll('shoot--foo--bar', namespace);
    // Hashes and times were cut out, too.
    const filled = text.replaceAll('<hash>', '0a1b2c3d').replaceAll('<time>', '2026-01-01T00:00:00Z');
    return (loadAll(filled) as readonly (KubeObject | null)[]).filter((one) => one !== null);
  };
  const input = read('input.yaml');
  const harness = input.find((one) => one.kind === 'ConfigMap' && one.metadata.name === 'harness');
  const data = (isRecord(harness?.['data']) ? harness['data'] : {}) as Readonly<Record<string, string>>;
  const gatesText = data['featureGates'] ?? '';
  const all = read('expected/managedresources.yaml');
  const webhooks = all.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const objects = all.filter((one) => !webhooks.includes(one));
  return {
    network: named(input, 'Network'),
    cluster: named(input, 'Cluster'),
    left: leftOf(read('expected/status.yaml')[0]),
    gates: gatesOf(gatesText),
    gatesText,
    observed:
      'shootObjects' in data
        ? {
            known: true,
            value: loadAll(data['shootObjects'] ?? '').filter(isRecord) as unknown as KubeObject[],
          }
        : { known: false, reason: 'the recording has no shoot' },
    objects,
    webhooks,
    crds: () => crdsOf(cni, folder),
    seed: read('expected/seed.yaml').map((one) => filled(one, objects, webhooks)),
  };
}

function named(objects: readonly KubeObject[], kind: string): KubeObject {
  const found = objects.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`the recording has no ${kind}`);
  return found;
}

function crdsOf(cni: Cni, folder: string): readonly KubeObject[] {
  const list = path.join(folder, 'expected/crds.txt');
  if (!existsSync(list)) return [];
  const names = readFileSync(list, 'utf8')
    .split(/\s+/)
    .filter((name) => name !== '');
  return names.flatMap(
    (name) => loadAll(readFileSync(path.join(root, cni, 'crds', `${name}.yaml`), 'utf8')) as KubeObject[],
  );
}

/** Two recorders wrote this file. */
function leftOf(status: unknown): Recording['left'] {
  const network = isRecord(status) && isRecord(status['network']) ? status['network'] : status;
  if (!isRecord(network) || !isRecord(network['status'])) throw new Error('the recording has no status');
  const metadata = isRecord(network['metadata']) ? network['metadata'] : network;
  return { finalizers: metadata['finalizers'] as readonly string[], status: network['status'] };
}

function gatesOf(text: string): Readonly<Record<string, boolean>> {
  const pairs = text.split(',').filter((one) => one !== '');
  return Object.fromEntries(pairs.map((one) => [one.replace(/=.*$/, ''), one.endsWith('=true')]));
}

/** A Secret with its data again, of which only the keys were recorded. */
function filled(object: KubeObject, objects: readonly KubeObject[], webhooks: readonly KubeObject[]): KubeObject {
  const { dataKeys, ...rest } = object;
  if (object.kind !== 'Secret' || !Array.isArray(dataKeys)) return object;
  const held = object.metadata.name.includes('webhooks') ? webhooks : objects;
  const text = held.map((one) => `${JSON.stringify(one)}\n`).join('---\n');
  const plain = String(dataKeys[0]).replace(/\.br$/, '');
  return { ...rest, data: { [plain]: Buffer.from(text).toString('base64') } };
}
