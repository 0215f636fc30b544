import { apiVersions } from '../gardener/constants.ts';
import type { Network } from '../gardener/network.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { readPresentObjects } from '../managedresource/present.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import type { Lookup, NetworkPlugin } from '../network/plugin.ts';
import { translateToShoot } from '../network/shoot-findings.ts';
import type { InputDocument, LocatedFinding } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import { applyMutatingWebhook, type CompletedField } from './completion.ts';
import type { SubjectSources } from './gardener-rules.ts';
import { oneLine } from './terminal.ts';

/** A Network of the input with all related objects. */
export interface Subject {
  /** The object in the input: `Network namespace/name`, or the Shoot from which the Network is derived. */
  readonly name: string;
  readonly network: Network;
  readonly cluster: unknown;
  /** The Shoot in the input from which the Network is derived. */
  readonly shoot?: KubeObject;
  /** The objects as in the input, of which Gardener's API server would decode and validate each one. */
  readonly sources: SubjectSources;
  /** Fields of the Shoot in `network` and `cluster` that the admission sets and the input does not contain. */
  readonly completed: readonly CompletedField[];
  /** Objects of the seed in the namespace of the Network. */
  readonly seedObjects: readonly KubeObject[];
  /** Findings about the YAML source of the objects. */
  readonly sourceFindings: readonly LocatedFinding[];
  /** Translates a finding of the plan to the object and field of the input, and adds their position. */
  locate(diagnostic: Diagnostic): LocatedFinding;
}

/**
 * Finds the Networks of the input and their Clusters. A Shoot replaces both, or the Cluster if the input has the Network. Throws InputError
 * if the input has neither.
 */
export function findSubjects(
  documents: readonly InputDocument[],
  plugins: readonly NetworkPlugin[],
): readonly Subject[] {
  rejectDuplicates(documents);
  const seed = Map.groupBy(
    documents.map(({ object }) => object),
    ({ metadata }) => metadata.namespace,
  );
  const clusters = firstBy(
    documents.filter((document) => isKind(document, apiVersions.extensions, 'Cluster')),
    ({ object }) => object.metadata.name,
  );
  const shoots = readShoots(documents);
  const shootIn = firstBy(shoots, ({ namespace }) => namespace);
  const networks = documents
    .filter((document) => isKind(document, apiVersions.extensions, 'Network'))
    .map((document) => ({ document, network: readNetwork(document) }));
  const paired = new Set(networks.map(({ network }) => network.metadata.namespace));
  const subjects = [
    ...networks.map((one) => networkSubject({ ...one, clusters, shootIn, seed })),
    ...shoots
      .filter(({ namespace }) => !paired.has(namespace))
      .map((shoot) => shootSubject({ ...shoot, plugins, seedObjects: seed.get(shoot.namespace) ?? [] })),
  ];
  if (subjects.length > 0) return subjects;
  const found = [...new Set(documents.map(({ object }) => object.kind))].slice(0, 5).join(', ');
  const message = `the input has no Network and no Shoot${found === '' ? '' : `, only ${found}`}: specify a Network with its Cluster, or a Shoot`;
  throw new InputError([{ message }]);
}

/** Returns the objects of our ManagedResource as the input has it; none when the input has no ManagedResource. */
export function presentObjects({ seedObjects }: Subject, name: string): Lookup<readonly KubeObject[]> {
  const managedResource = seedObjects.find((one) => one.kind === 'ManagedResource' && one.metadata.name === name);
  const secrets = firstBy(
    seedObjects.filter(({ kind }) => kind === 'Secret'),
    ({ metadata }) => metadata.name,
  );
  return readPresentObjects({ managedResource, secrets, missing: 'is not in the input' });
}

function isKind({ object }: InputDocument, apiVersion: string, kind: string): boolean {
  return object.apiVersion === apiVersion && object.kind === kind;
}

/** Throws InputError for two Networks, Clusters or Shoots with the same name. */
export function rejectDuplicates(documents: readonly InputDocument[]): void {
  const seen = new Map<string, InputDocument>();
  const problems = documents.flatMap((document): readonly InputProblem[] => {
    if (!['Network', 'Cluster', 'Shoot'].includes(document.object.kind)) return [];
    const name = describeObject(document.object);
    const first = seen.get(`${document.object.apiVersion} ${name}`);
    seen.set(`${document.object.apiVersion} ${name}`, document);
    if (first === undefined) return [];
    const before = `${first.file}:${first.position('').line}`;
    return [
      {
        file: document.file,
        ...document.position(''),
        message: `duplicate ${name}, first defined in ${before}`,
      },
    ];
  });
  if (problems.length > 0) throw new InputError(problems);
}

function readNetwork({ object }: InputDocument): Network {
  const { namespace = '' } = object.metadata;
  const spec = recordOf(object['spec']);
  return { ...object, metadata: { ...object.metadata, namespace }, spec } as unknown as Network;
}

interface ShootInput extends ReturnType<typeof deriveNetwork> {
  readonly document: InputDocument;
  /** Namespace of the shoot in the seed. */
  readonly namespace: string;
}

function readShoots(documents: readonly InputDocument[]): readonly ShootInput[] {
  const shoots = documents.filter((document) => isKind(document, apiVersions.core, 'Shoot'));
  const problems: readonly InputProblem[] = shoots
    .filter(({ object }) => !object.metadata.namespace)
    .map((document) => ({
      file: document.file,
      ...document.position('metadata.namespace'),
      message: `${describeObject(document.object)} has no metadata.namespace, which determines its namespace in the seed`,
    }));
  if (problems.length > 0) throw new InputError(problems);
  return shoots.map((document) => {
    const derived = deriveNetwork(document.object);
    return { document, namespace: derived.network.metadata.namespace, ...derived };
  });
}

interface NetworkInput {
  readonly document: InputDocument;
  readonly network: Network;
  /** By namespace in the seed. */
  readonly clusters: ReadonlyMap<string, InputDocument>;
  readonly shootIn: ReadonlyMap<string, ShootInput>;
  readonly seed: ReadonlyMap<string | undefined, readonly KubeObject[]>;
}

function networkSubject({ document, network, clusters, shootIn, seed }: NetworkInput): Subject {
  const { namespace } = network.metadata;
  const cluster = clusters.get(namespace);
  const shoot = cluster === undefined ? shootIn.get(namespace) : undefined;
  return {
    name: describeObject(network),
    network,
    cluster: cluster?.object ?? shoot?.cluster,
    sources: { network: document.object, cluster: cluster?.object, shoot: shoot?.document.object },
    completed: [],
    seedObjects: seed.get(namespace) ?? [],
    sourceFindings: [document, cluster, shoot?.document].flatMap((one) => one?.findings() ?? []),
    locate(diagnostic) {
      const { object, path } = diagnostic;
      if (object.startsWith('Network ')) return at(document, path, diagnostic);
      if (shoot !== undefined) return at(shoot.document, path, diagnostic);
      if (cluster !== undefined)
        return at(cluster, object.startsWith('Shoot ') ? `spec.shoot.${path}` : path, diagnostic);
      // The missing Cluster has the name of this namespace.
      return at(document, 'metadata.namespace', diagnostic);
    },
  };
}

interface ShootSubjectInput extends Pick<ShootInput, 'document'> {
  readonly plugins: readonly NetworkPlugin[];
  readonly seedObjects: readonly KubeObject[];
}

function shootSubject({ document, plugins, seedObjects }: ShootSubjectInput): Subject {
  const name = describeObject(document.object);
  const exists = seedObjects.some(({ kind }) => kind === 'ManagedResource');
  const { shoot, fields } = applyMutatingWebhook({ plugins, shoot: document.object, exists });
  return {
    name,
    ...deriveNetwork(shoot),
    shoot: document.object,
    sources: { shoot: document.object },
    completed: fields,
    seedObjects,
    sourceFindings: document.findings(),
    locate(diagnostic) {
      const finding = translateToShoot(diagnostic, name);
      return at(document, finding.path, { ...finding, object: name });
    },
  };
}

function at(document: InputDocument, path: string, diagnostic: Diagnostic): LocatedFinding {
  return { ...diagnostic, object: oneLine(diagnostic.object, 400), file: document.file, ...document.position(path) };
}

/** Indexes values by key; of several with the same key the first one wins. */
function firstBy<T>(values: readonly T[], key: (value: T) => string): ReadonlyMap<string, T> {
  return new Map(values.toReversed().map((value) => [key(value), value]));
}
