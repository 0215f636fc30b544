import { apiVersions } from '../gardener/constants.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { didYouMean, field } from '../network/field.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { type InputDocument, type LocatedValue, shapeProblem, toDocument } from '../yaml/documents.ts';
import type { InputProblem } from '../yaml/input.ts';

/** A field that the input lacks, and the value that is used instead. */
export interface AssumedField {
  readonly path: string;
  readonly value: unknown;
}

/** A document that a command uses. */
export interface UsedDocument extends InputDocument {
  /** Its name in reports, if `object` is derived from a document of another kind. */
  readonly title?: string;
  readonly assumed?: readonly AssumedField[];
}

/** A document of the input, by its use: documents of other kinds are skipped, such as a kustomization or the values of a chart. */
export type Classified =
  | { readonly use: 'object'; readonly document: UsedDocument }
  | { readonly use: 'skipped'; readonly kind?: string; readonly reason?: InputProblem }
  | { readonly use: 'problem'; readonly problem: InputProblem };

/** Decides the use of a document. One that was probably meant as a Shoot, Network, Cluster or NetworkConfig is never skipped. */
export type Classifier = (located: LocatedValue) => Classified;

export function createClassifier(plugins: readonly NetworkPlugin[]): Classifier {
  const known = knownKinds(plugins);
  return (located) => classify(located, { plugins, known });
}

function classify(
  located: LocatedValue,
  { plugins, known }: { readonly plugins: readonly NetworkPlugin[]; readonly known: readonly KnownKind[] },
): Classified {
  const { file, value } = located;
  const problem = (path: string, message: string): InputProblem => {
    const position = located.position(path);
    return { file, ...position, message, source: located.line(position.line) };
  };
  const config = plugins.find(
    ({ configuration }) =>
      isRecord(value) &&
      value['apiVersion'] === configuration.apiVersion &&
      value['kind'] === configuration.kind &&
      value['metadata'] === undefined,
  );
  const template = findPlaceholder(value);
  if (template !== undefined)
    return { use: 'problem', problem: problem(template.path, `holds a template (${template.text}): render it first`) };
  if (config !== undefined) return { use: 'object', document: configDocument(located, config) };
  const { object, assumed } = completeMetadata(value);
  const shape = shapeProblem(object);
  if (shape !== undefined) {
    const ours = isRecord(value) && known.some((one) => claimsKind(value, one));
    const found = problem(shape.path, shape.message);
    if (ours) return { use: 'problem', problem: found };
    const kind = otherKind(value);
    return kind === undefined ? { use: 'skipped', reason: found } : { use: 'skipped', kind };
  }
  const read = object as KubeObject;
  const misspelled = findMisspelling(read, known);
  if (misspelled !== undefined)
    return { use: 'problem', problem: problem(misspelled.path, `${misspelled.path}: ${misspelled.message}`) };
  const used = relatedKinds.has(read.kind) || known.some((one) => isKind(read, one));
  if (!used) return { use: 'skipped', kind: read.kind };
  return { use: 'object', document: { ...toDocument(located, read), assumed } };
}

/** Returns the kind of a document that is a Kubernetes object in all but a name, such as a Kustomization. */
function otherKind(value: unknown): string | undefined {
  if (!isRecord(value) || value['metadata'] !== undefined) return undefined;
  const { apiVersion, kind } = value;
  const isObject = typeof apiVersion === 'string' && typeof kind === 'string' && /^[A-Za-z]{1,63}$/.test(kind);
  return isObject && !/^(shoot|network|cluster|networkconfig)$/i.test(kind) ? kind : undefined;
}

/** Kinds of the seed that plans and comparisons read. */
const relatedKinds = new Set(['ManagedResource', 'Secret', 'DNSRecord']);

interface KnownKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** No other API has a kind of this name. */
  readonly unique: boolean;
}

function knownKinds(plugins: readonly NetworkPlugin[]): readonly KnownKind[] {
  return [
    { apiVersion: apiVersions.core, kind: 'Shoot', unique: true },
    { apiVersion: apiVersions.extensions, kind: 'Network', unique: false },
    { apiVersion: apiVersions.extensions, kind: 'Cluster', unique: false },
    ...plugins.map(({ configuration: { apiVersion, kind } }) => ({ apiVersion, kind, unique: false })),
  ];
}

/** Reports whether an incomplete object has the apiVersion of a known kind, or its kind and no apiVersion. */
function claimsKind({ apiVersion, kind }: Readonly<Record<string, unknown>>, known: KnownKind): boolean {
  if (apiVersion !== undefined && apiVersion !== null) return apiVersion === known.apiVersion;
  return typeof kind === 'string' && kind.toLowerCase() === known.kind.toLowerCase();
}

function isKind({ apiVersion, kind }: KubeObject, known: KnownKind): boolean {
  return apiVersion === known.apiVersion && kind === known.kind;
}

/** Finds another version or spelling of a known apiVersion or kind. */
function findMisspelling(
  object: KubeObject,
  known: readonly KnownKind[],
): { readonly path: 'apiVersion' | 'kind'; readonly message: string } | undefined {
  const { apiVersion, kind } = object;
  if (known.some((one) => isKind(object, one))) return undefined;
  const sameApi = known.filter((one) => one.apiVersion === apiVersion).map((one) => one.kind);
  const guess = didYouMean(kind, sameApi);
  if (guess !== undefined) return { path: 'kind', message: field.unsupported(kind, [guess]) };
  const sameKind = known.filter((one) => one.kind.toLowerCase() === kind.toLowerCase());
  const meant =
    sameKind.find((one) => groupName(one.apiVersion) === groupName(apiVersion)) ??
    sameKind.find((one) => didYouMean(groupName(apiVersion), [groupName(one.apiVersion)]) !== undefined) ??
    sameKind.find((one) => one.unique);
  return meant && { path: 'apiVersion', message: field.unsupported(apiVersion, [meant.apiVersion]) };
}

function groupName(apiVersion: string): string {
  return apiVersion.replace(/\/.*/, '');
}

/** The namespace of a project, for a Shoot without one. It only affects names in the seed. */
const assumedNamespace = 'garden-local';

/** Completes a Shoot that is yet to be created: `kubectl create` takes the namespace from its context, and the API server generates a name. */
function completeMetadata(value: unknown): { readonly object: unknown; readonly assumed: readonly AssumedField[] } {
  if (!isRecord(value) || value['kind'] !== 'Shoot' || !isRecord(value['metadata']))
    return { object: value, assumed: [] };
  const { metadata } = value;
  const { name, generateName, namespace } = metadata;
  const isGenerated = name === undefined && typeof generateName === 'string';
  const assumed: AssumedField[] = [
    ...(isGenerated ? [{ path: 'metadata.name', value: `${generateName}xxxxx` }] : []),
    ...(namespace === undefined || namespace === '' || namespace === null
      ? [{ path: 'metadata.namespace', value: assumedNamespace }]
      : []),
  ];
  if (assumed.length === 0) return { object: value, assumed };
  const completed = Object.fromEntries(assumed.map((one) => [one.path.replace('metadata.', ''), one.value]));
  return { object: { ...value, metadata: { ...metadata, ...completed } }, assumed };
}

/** Returns a NetworkConfig alone as the providerConfig of a Shoot without other fields. */
function configDocument(located: LocatedValue, { type, configuration }: NetworkPlugin): UsedDocument {
  const path = 'spec.networking.providerConfig';
  const shoot = {
    apiVersion: apiVersions.core,
    kind: 'Shoot',
    metadata: { name: 'shoot', namespace: assumedNamespace },
    spec: { networking: { type, providerConfig: located.value } },
  };
  return {
    ...toDocument(located, shoot),
    title: `${configuration.kind} of ${type}`,
    position: (field) => located.position(field.startsWith(`${path}.`) ? field.slice(path.length + 1) : ''),
    assumed: [{ path: 'spec.networking.type', value: type }],
  };
}

interface Placeholder {
  readonly path: string;
  readonly text: string;
}

/** Finds a placeholder in the fields that the commands read, where it is valid YAML: in quotes, or as a whole plain value. */
function findPlaceholder(value: unknown): Placeholder | undefined {
  if (!isRecord(value) || !/^(shoot|network|networkconfig)$/i.test(String(value['kind']))) return undefined;
  const [metadata, spec] = [recordOf(value['metadata']), recordOf(value['spec'])];
  return (
    placeholderIn('metadata.name', metadata['name']) ??
    placeholderIn('metadata.namespace', metadata['namespace']) ??
    placeholderIn('spec.kubernetes.version', recordOf(spec['kubernetes'])['version']) ??
    placeholderIn('spec.networking', spec['networking']) ??
    placeholderIn('spec.providerConfig', spec['providerConfig']) ??
    (metadata['name'] === undefined ? placeholderIn('', value) : undefined)
  );
}

/** Finds a placeholder in a string, or in the strings of an object up to three levels below it. */
function placeholderIn(path: string, value: unknown, depth = 3): Placeholder | undefined {
  if (typeof value === 'string') {
    const match = /\{\{.*?\}\}|\$\{[^}]*\}/.exec(value.slice(0, 1_000));
    return match === null ? undefined : { path, text: match[0].slice(0, 80) };
  }
  if (!isRecord(value) || depth === 0) return undefined;
  for (const [key, member] of Object.entries(value).slice(0, 100)) {
    const isPlain = (typeof member === 'string' || isRecord(member)) && /^\w+$/.test(key);
    const found = isPlain ? placeholderIn(path === '' ? key : `${path}.${key}`, member, depth - 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
