import { apiVersions } from '../gardener/constants.ts';
import type { Network } from '../gardener/network.ts';
import { describeObject, isRecord, type KubeObject } from '../gardener/objects.ts';
import { networkOfShoot } from '../gardener/shoot-network.ts';
import { readPresentObjects } from '../managedresource/present.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import type { NetworkPlugin, Observed } from '../network/plugin.ts';
import { inShoot } from '../network/shoot-findings.ts';
import type { InputDocument, LocatedFinding } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import { type CompletedField, completed } from './completion.ts';
import { oneLine } from './terminal.ts';

/** One Network to look at, with everything from the input that concerns it. */
export interface Subject {
  /** The object that the user gave: `Network namespace/name`, or the Shoot that stands for it. */
  readonly name: string;
  readonly network: Network;
  readonly cluster: unknown;
  /** The Shoot that stands for the Network, as it was given. */
  readonly shoot?: KubeObject;
  /** What `network` and `cluster` have of the Shoot that the input has not, since the admission would set it. */
  readonly completed: readonly CompletedField[];
  /** Objects of the seed in the Network's namespace. */
  readonly seedObjects: readonly KubeObject[];
  /** What is odd about the texts of the files that the subject comes from. */
  readonly textFindings: readonly LocatedFinding[];
  /** A finding of the plan in terms of the input: the object and field that the user wrote, and where they stand. */
  place(diagnostic: Diagnostic): LocatedFinding;
}

/**
 * Finds the Networks of the input and their Clusters. A Shoot stands for both, or for the Cluster where only the Network is there. Throws
 * InputError when there is nothing to look at.
 */
export function subjectsOf(documents: readonly InputDocument[], plugins: readonly NetworkPlugin[]): readonly Subject[] {
  refuseTwins(documents);
  const seed = Map.groupBy(
    documents.map(({ object }) => object),
    ({ metadata }) => metadata.namespace,
  );
  const clusters = firstBy(
    documents.filter((document) => isKind(document, apiVersions.extensions, 'Cluster')),
    ({ object }) => object.metadata.name,
  );
  const shoots = shootsOf(documents);
  const shootIn = firstBy(shoots, ({ namespace }) => namespace);
  const networks = documents
    .filter((document) => isKind(document, apiVersions.extensions, 'Network'))
    .map((document) => ({ document, network: networkOf(document) }));
  const paired = new Set(networks.map(({ network }) => network.metadata.namespace));
  const subjects = [
    ...networks.map((one) => networkSubject({ ...one, clusters, shootIn, seed })),
    ...shoots
      .filter(({ namespace }) => !paired.has(namespace))
      .map((shoot) => shootSubject({ ...shoot, plugins, seedObjects: seed.get(shoot.namespace) ?? [] })),
  ];
  if (subjects.length > 0) return subjects;
  const found = [...new Set(documents.map(({ object }) => object.kind))].slice(0, 5).join(', ');
  const message = `there is no Network and no Shoot in the input${found === '' ? '' : `, only ${found}`}: give a Network with its Cluster, or a Shoot`;
  throw new InputError([{ message }]);
}

/** Returns the objects of our ManagedResource as the input has it; none when the input has no ManagedResource. */
export function presentObjects({ seedObjects }: Subject, name: string): Observed<readonly KubeObject[]> {
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

/** Of two Networks, Clusters or Shoots with the same name nobody could say which one counts. */
export function refuseTwins(documents: readonly InputDocument[]): void {
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
        message: `${name} stands in the input twice, before in ${before}`,
      },
    ];
  });
  if (problems.length > 0) throw new InputError(problems);
}

function networkOf({ object }: InputDocument): Network {
  const { namespace = '' } = object.metadata;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  return { ...object, metadata: { ...object.metadata, namespace }, spec } as unknown as Network;
}

interface ShootInput extends ReturnType<typeof networkOfShoot> {
  readonly document: InputDocument;
  /** Of the shoot in the seed. */
  readonly namespace: string;
}

function shootsOf(documents: readonly InputDocument[]): readonly ShootInput[] {
  const shoots = documents.filter((document) => isKind(document, apiVersions.core, 'Shoot'));
  const problems: readonly InputProblem[] = shoots
    .filter(({ object }) => !object.metadata.namespace)
    .map((document) => ({
      file: document.file,
      ...document.position('metadata.namespace'),
      message: `${describeObject(document.object)} has no metadata.namespace, from which its namespace in the seed follows`,
    }));
  if (problems.length > 0) throw new InputError(problems);
  return shoots.map((document) => {
    const derived = networkOfShoot(document.object);
    return { document, namespace: derived.network.metadata.namespace, ...derived };
  });
}

interface NetworkInput {
  readonly document: InputDocument;
  readonly network: Network;
  /** By the namespace in the seed. */
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
    completed: [],
    seedObjects: seed.get(namespace) ?? [],
    textFindings: [document, cluster, shoot?.document].flatMap((one) => one?.findings() ?? []),
    place(diagnostic) {
      const { object, path } = diagnostic;
      if (object.startsWith('Network ')) return at(document, path, diagnostic);
      if (shoot !== undefined) return at(shoot.document, path, diagnostic);
      if (cluster !== undefined)
        return at(cluster, object.startsWith('Shoot ') ? `spec.shoot.${path}` : path, diagnostic);
      // The namespace of the Network is what names the Cluster that is missing.
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
  const { shoot, fields } = completed({ plugins, shoot: document.object, exists });
  return {
    name,
    ...networkOfShoot(shoot),
    shoot: document.object,
    completed: fields,
    seedObjects,
    textFindings: document.findings(),
    place(diagnostic) {
      const finding = inShoot(diagnostic, name);
      return at(document, finding.path, { ...finding, object: name });
    },
  };
}

function at(document: InputDocument, path: string, diagnostic: Diagnostic): LocatedFinding {
  return { ...diagnostic, object: oneLine(diagnostic.object, 400), file: document.file, ...document.position(path) };
}

/** Of several with the same key the first one counts. */
function firstBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, T> {
  return new Map(values.toReversed().map((value) => [keyOf(value), value]));
}
