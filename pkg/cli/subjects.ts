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
import type { AssumedField, UsedDocument } from './kinds.ts';
import { oneLine } from './terminal.ts';

/** A Network of the input with all related objects. */
export interface Subject {
  /** The object in the input: `Network namespace/name`, or the Shoot from which the Network is derived. */
  readonly name: string;
  readonly network: Network;
  readonly cluster: unknown;
  /** The Shoot in the input from which the Network is derived. */
  readonly shoot?: KubeObject;
  /** The subject is a Shoot of which nothing in the input proves that it exists. */
  readonly isNew: boolean;
  /** The objects as in the input, of which Gardener's API server would decode and validate each one. */
  readonly sources: SubjectSources;
  /** Fields of the Shoot in `network` and `cluster` that the admission sets and the input does not contain. */
  readonly completed: readonly CompletedField[];
  /** Fields that neither the input nor the admission sets, and that the command assumes. */
  readonly assumed: readonly AssumedField[];
  /** Objects of the seed in the namespace of the Network. */
  readonly seedObjects: readonly KubeObject[];
  /** Findings about the YAML source of the objects. */
  readonly sourceFindings: readonly LocatedFinding[];
  /** Translates a finding of the plan to the object and field of the input, and adds their position. */
  locate(diagnostic: Diagnostic): LocatedFinding;
  /** Returns a line of a file of the input; undefined if its text is not retained. */
  sourceLine(file: string, line: number): string | undefined;
}

/** The subjects of the input. */
export interface FoundSubjects {
  readonly subjects: readonly Subject[];
  /** A second object of the same name, which is not used. */
  readonly problems: readonly InputProblem[];
  /** Kinds of the documents that belong to no subject, one entry per document. */
  readonly unused: readonly string[];
}

/**
 * Finds the Networks of the input and their Clusters. A Shoot replaces both, or the Cluster if the input has the Network. The same Shoot in two
 * files, such as overlays, results in two subjects.
 */
export function findSubjects(input: readonly UsedDocument[], plugins: readonly NetworkPlugin[]): FoundSubjects {
  const problems = findDuplicates(input);
  const duplicates = new Set(problems.map(({ document }) => document));
  const documents = duplicates.size === 0 ? input : input.filter((document) => !duplicates.has(document));
  const related = documents.filter(({ object }) => !subjectKinds.has(object.kind));
  const seed = Map.groupBy(
    related.map(({ object }) => object),
    ({ metadata }) => metadata.namespace,
  );
  const clusters = firstBy(
    documents.filter((document) => isKind(document, apiVersions.extensions, 'Cluster')),
    ({ object }) => object.metadata.name,
  );
  const shoots = documents.filter((document) => isKind(document, apiVersions.core, 'Shoot')).map(readShoot);
  const shootIn = firstBy(shoots, ({ namespace }) => namespace);
  const networks = documents
    .filter((document) => isKind(document, apiVersions.extensions, 'Network'))
    .map((document) => ({ document, network: readNetwork(document) }));
  const paired = new Set(networks.map(({ network }) => shootIn.get(network.metadata.namespace)));
  const subjects = [
    ...networks.map((one) => networkSubject({ ...one, clusters, shootIn, seed })),
    ...shoots
      .filter((shoot) => !paired.has(shoot))
      .map((shoot) => shootSubject({ ...shoot, plugins, seedObjects: seed.get(shoot.namespace) ?? [] })),
  ];
  const namespaces = new Set(subjects.map(({ network }) => network.metadata.namespace));
  const unused = documents
    .filter(({ object: { kind, metadata } }) =>
      kind === 'Cluster'
        ? !namespaces.has(metadata.name)
        : !subjectKinds.has(kind) && !namespaces.has(metadata.namespace ?? ''),
    )
    .map(({ object }) => object.kind);
  return { subjects, problems: problems.map(({ problem }) => problem), unused };
}

const subjectKinds: ReadonlySet<string> = new Set(['Network', 'Cluster', 'Shoot']);

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
export function rejectDuplicates(documents: readonly UsedDocument[]): void {
  const problems = findDuplicates(documents, true);
  if (problems.length > 0) throw new InputError(problems.map(({ problem }) => problem));
}

interface Duplicate {
  readonly document: UsedDocument;
  readonly problem: InputProblem;
}

/** Finds Networks, Clusters and Shoots with the name of an earlier one; Shoots in different files only if `everywhere` is true. */
function findDuplicates(documents: readonly UsedDocument[], everywhere = false): readonly Duplicate[] {
  const seen = new Map<string, UsedDocument>();
  return documents.flatMap((document): readonly Duplicate[] => {
    const { object, file, title } = document;
    if (!subjectKinds.has(object.kind) || title !== undefined) return [];
    const name = describeObject(object);
    const scope = object.kind === 'Shoot' && !everywhere ? file : '';
    const key = `${object.apiVersion} ${name} ${scope}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, document);
      return [];
    }
    const message = `duplicate ${name}, first defined in ${first.file}:${first.position('').line}`;
    return [{ document, problem: { file, ...document.position(''), message } }];
  });
}

function readNetwork({ object }: InputDocument): Network {
  const { namespace = '' } = object.metadata;
  const spec = recordOf(object['spec']);
  return { ...object, metadata: { ...object.metadata, namespace }, spec } as unknown as Network;
}

interface ShootInput extends ReturnType<typeof deriveNetwork> {
  readonly document: UsedDocument;
  /** Namespace of the shoot in the seed. */
  readonly namespace: string;
}

function readShoot(document: UsedDocument): ShootInput {
  const derived = deriveNetwork(document.object);
  return { document, namespace: derived.network.metadata.namespace, ...derived };
}

interface NetworkInput {
  readonly document: UsedDocument;
  readonly network: Network;
  /** By namespace in the seed. */
  readonly clusters: ReadonlyMap<string, UsedDocument>;
  readonly shootIn: ReadonlyMap<string, ShootInput>;
  readonly seed: ReadonlyMap<string | undefined, readonly KubeObject[]>;
}

function networkSubject({ document, network, clusters, shootIn, seed }: NetworkInput): Subject {
  const { namespace } = network.metadata;
  const cluster = clusters.get(namespace);
  const shoot = cluster === undefined ? shootIn.get(namespace) : undefined;
  const related = [document, cluster, shoot?.document].filter((one) => one !== undefined);
  return {
    name: describeObject(network),
    network,
    cluster: cluster?.object ?? shoot?.cluster,
    isNew: false,
    sources: { network: document.object, cluster: cluster?.object, shoot: shoot?.document.object },
    completed: [],
    assumed: [],
    seedObjects: seed.get(namespace) ?? [],
    sourceFindings: related.flatMap((one) => one.findings()),
    sourceLine: (file, line) => related.map((one) => (one.file === file ? one.line(line) : undefined)).find(Boolean),
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

interface ShootSubjectInput extends ShootInput {
  readonly plugins: readonly NetworkPlugin[];
  readonly seedObjects: readonly KubeObject[];
}

function shootSubject({ document, network, cluster, plugins, seedObjects }: ShootSubjectInput): Subject {
  const name = document.title ?? describeObject(document.object);
  const exists = seedObjects.some(({ kind }) => kind === 'ManagedResource');
  const { shoot, fields } = applyMutatingWebhook({ plugins, shoot: document.object, exists });
  return {
    name,
    ...(shoot === document.object ? { network, cluster } : deriveNetwork(shoot)),
    shoot: document.object,
    isNew: !exists && !document.object.metadata.uid,
    sources: { shoot: document.object },
    completed: fields,
    assumed: document.assumed ?? [],
    seedObjects,
    sourceFindings: document.findings(),
    sourceLine: (file, line) => (document.file === file ? document.line(line) : undefined),
    locate(diagnostic) {
      const finding = translateToShoot(diagnostic, name);
      const located = at(document, finding.path, { ...finding, object: name });
      return document.title === undefined ? located : { ...located, path: pathInConfig(finding.path) };
    },
  };
}

/** Returns the path of a field of a Shoot in its NetworkConfig, if that is the document. */
function pathInConfig(path: string): string {
  return path.replace(/^spec\.networking\.providerConfig\.?/, '');
}

function at(document: InputDocument, path: string, diagnostic: Diagnostic): LocatedFinding {
  return { ...diagnostic, object: oneLine(diagnostic.object, 400), file: document.file, ...document.position(path) };
}

/** Indexes values by key; of several with the same key the first one wins. */
function firstBy<T>(values: readonly T[], key: (value: T) => string): ReadonlyMap<string, T> {
  return new Map(values.toReversed().map((value) => [key(value), value]));
}
