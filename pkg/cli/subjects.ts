import { apiVersions } from '../gardener/constants.ts';
import type { Network } from '../gardener/network.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { networkOfShoot } from '../gardener/shoot-network.ts';
import { readManifests } from '../managedresource/read.ts';
import type { Observed } from '../network/plugin.ts';
import { type InputDocument, UnreadableInput } from './documents.ts';
import type { Position } from './positions.ts';

/** One Network to look at, with everything from the input that concerns it. */
export interface Subject {
  readonly network: Network;
  readonly cluster: unknown;
  /** Objects of the seed in the Network's namespace. */
  readonly seedObjects: readonly KubeObject[];
  /** Where a path of an object, named as in diagnostics, stands in the input; undefined when the object is not from a file. */
  locate(object: string, path: string): (Position & { readonly file: string }) | undefined;
}

/**
 * Finds the Networks of the input and their Clusters; a Shoot without a Network stands for both. Throws UnreadableInput when there is
 * nothing to look at.
 */
export function subjectsOf(documents: readonly InputDocument[]): readonly Subject[] {
  const networks = documents.filter((document) => isKind(document, apiVersions.extensions, 'Network'));
  const clusters = documents.filter((document) => isKind(document, apiVersions.extensions, 'Cluster'));
  const shoots = documents.filter((document) => isKind(document, apiVersions.core, 'Shoot'));
  const subjects = [
    ...networks.map((document) => networkSubject({ document, clusters, documents })),
    ...(networks.length > 0 ? [] : shoots.map((document) => shootSubject(document, documents))),
  ];
  if (subjects.length > 0) return subjects;
  throw new UnreadableInput(
    'there is no Network and no Shoot in the input: give a Network with its Cluster, or a Shoot',
  );
}

/** The objects of our ManagedResource as the input has it; none when the input has no ManagedResource. */
export function presentObjects(subject: Subject, managedResource: string): Observed<readonly KubeObject[]> {
  const resource = subject.seedObjects.find(
    (one) => one.kind === 'ManagedResource' && one.metadata.name === managedResource,
  );
  if (resource === undefined) return { known: true, value: [] };
  const spec = isRecord(resource['spec']) ? resource['spec'] : {};
  const names = Array.isArray(spec['secretRefs'])
    ? spec['secretRefs'].map((ref: unknown) => (isRecord(ref) ? String(ref['name']) : ''))
    : [];
  const secrets = names.map((name) =>
    subject.seedObjects.find((one) => one.kind === 'Secret' && one.metadata.name === name),
  );
  const missing = names.filter((_, index) => secrets[index] === undefined);
  if (missing.length > 0) return { known: false, reason: `Secret ${missing.join(', ')} is not in the input` };
  try {
    return { known: true, value: readManifests(secrets.filter((one) => one !== undefined)) };
  } catch (error) {
    return { known: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function isKind({ object }: InputDocument, apiVersion: string, kind: string): boolean {
  return object['apiVersion'] === apiVersion && object['kind'] === kind;
}

interface NetworkInput {
  readonly document: InputDocument;
  readonly clusters: readonly InputDocument[];
  readonly documents: readonly InputDocument[];
}

function networkSubject({ document, clusters, documents }: NetworkInput): Subject {
  const metadata = metadataOf(document);
  const network = {
    ...document.object,
    metadata,
    spec: isRecord(document.object['spec']) ? document.object['spec'] : {},
  } as unknown as Network;
  const cluster = clusters.find((one) => metadataOf(one).name === metadata.namespace);
  return {
    network,
    cluster: cluster?.object,
    seedObjects: seedObjectsOf(documents, metadata.namespace),
    locate(object, path) {
      if (object.startsWith('Network ')) return { file: document.file, ...document.position(path) };
      if (cluster === undefined) return undefined;
      return { file: cluster.file, ...cluster.position(object.startsWith('Shoot ') ? `spec.shoot.${path}` : path) };
    },
  };
}

function shootSubject(document: InputDocument, documents: readonly InputDocument[]): Subject {
  const { network, cluster } = networkOfShoot(document.object);
  return {
    network,
    cluster,
    seedObjects: seedObjectsOf(documents, network.metadata.namespace),
    locate(object, path) {
      if (object.startsWith('Cluster ')) return undefined;
      return { file: document.file, ...document.position(object.startsWith('Network ') ? shootPath(path) : path) };
    },
  };
}

/** Where a field of the Network comes from in a Shoot. */
function shootPath(path: string): string {
  return path
    .replace(/^spec\.podCIDR/, 'spec.networking.pods')
    .replace(/^spec\.serviceCIDR/, 'spec.networking.services')
    .replace(/^spec\.(providerConfig|ipFamilies|type)/, 'spec.networking.$1');
}

function seedObjectsOf(documents: readonly InputDocument[], namespace: string): readonly KubeObject[] {
  return documents
    .filter((one) => metadataOf(one).namespace === namespace)
    .map(({ object }) => object as unknown as KubeObject);
}

function metadataOf({ object }: InputDocument): { readonly name: string; readonly namespace: string } {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  return { ...metadata, name: text(metadata['name']), namespace: text(metadata['namespace']) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
