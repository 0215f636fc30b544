import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { describeObject, isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { show } from '../network/field.ts';
import { type AmbiguousScalar, ambiguousScalars } from './ambiguous.ts';
import { inputRules } from './diagnostics.ts';
import { InputError, type InputProblem, largestInput, type Position } from './input.ts';
import { createLocator, type DocumentIndex, indexDocument } from './positions.ts';
import { kubernetesSchema, schemaErrors } from './yaml.ts';

/** A finding and its position in the input. */
export type LocatedFinding = Diagnostic & Position & { readonly file: string };

/** An object of an input file and its position. */
export interface InputDocument {
  readonly file: string;
  readonly object: KubeObject;
  /** Returns line and column of a field path such as `spec.providerConfig.mtu`, or of its closest ancestor. */
  position(path: string): Position;
  /** Returns the findings about the YAML source of the object. */
  findings(): readonly LocatedFinding[];
}

/** Per document: enough for anchors written by hand, and too few for harmful expansion. */
const maxAliases = 16;
const maxDepth = 100;
const report = reporter(inputRules);

/**
 * Reads a multi-document YAML or JSON file. Lists are replaced by their items, empty documents are skipped. Throws InputError with all
 * documents that are not objects with apiVersion, kind and metadata.name, and for input that is not YAML, contains values without a JSON
 * equivalent (.inf), is too large or too deep, or expands too many aliases.
 */
export function readDocuments(file: string, bytes: Uint8Array): readonly InputDocument[] {
  const { source, events, values } = parse(file, bytes);
  const locate = createLocator(source);
  const perDocument = splitDocuments(events);
  const read = values.map((value, index) => {
    const own = perDocument[index] ?? [];
    const lookup = indexDocument({ source, events: own, locate });
    const ambiguities = createAmbiguityLookup({ source, events: own, lookup });
    return readObjects({ file, value, prefix: '', ambiguities, lookup, locate });
  });
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return read.flatMap((one) => one.documents);
}

/** A document of a file with other content than Kubernetes objects. */
export interface PlainDocument {
  /** Null for an empty document. */
  readonly value: unknown;
  /** As in InputDocument. */
  readonly position: (path: string) => Position;
}

/** Reads the documents of such a file with the same limits; an empty file has none. */
export function readPlain(file: string, bytes: Uint8Array): readonly PlainDocument[] {
  const { source, events, values } = parse(file, bytes);
  const locate = createLocator(source);
  const perDocument = splitDocuments(events);
  return values.map((value, index) => {
    const lookup = indexDocument({ source, events: perDocument[index] ?? [], locate });
    return { value, position: (path) => lookup.position(path) };
  });
}

interface Parsed {
  readonly source: string;
  readonly events: readonly Event[];
  readonly values: readonly unknown[];
}

function parse(file: string, bytes: Uint8Array): Parsed {
  if (bytes.byteLength > largestInput)
    throw new InputError([{ file, message: `is larger than ${largestInput / 1024 / 1024} MiB` }]);
  if (countSeparators(bytes) > mostSeparators)
    throw new InputError([{ file, message: `has more than ${mostSeparators} lines and values` }]);
  const source = decodeText(file, bytes);
  if (source.trim() === '') return { source, events: [], values: [] };
  try {
    const events = parseEvents(source, { filename: file, maxDepth });
    const limits = { maxAliases, maxTotalMergeKeys: 1_000 };
    return { source, events, values: constructFromEvents(events, { source, schema: kubernetesSchema, ...limits }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError([yamlProblem({ file, source, error })], { cause: error });
  }
}

/**
 * Files of the largest size have about half as many. The parser keeps some 200 bytes per event, of which each separator begins at most two or
 * three, so that its memory is limited, whatever the file contains.
 */
const mostSeparators = 1_000_000;

/** A document takes as much memory as this number of values. */
const separatorsPerDocument = 5;

/** Returns the number of places where a line, a value or a document may begin. Those inside of texts count as well. */
function countSeparators(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === lineFeed || (byte === carriageReturn && bytes[at + 1] !== lineFeed))
      count += bytes[at + 1] === dash && bytes[at + 2] === dash ? separatorsPerDocument : 1;
    else if (byte === comma || byte === openBracket || byte === openBrace) count += 1;
    else if (byte === dash && bytes[at + 1] === blank) count += 1;
  }
  return count;
}

const [lineFeed, carriageReturn, blank, comma, dash, openBracket, openBrace] = [
  0x0a, 0x0d, 0x20, 0x2c, 0x2d, 0x5b, 0x7b,
];

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError([{ file, message: 'is not UTF-8 text' }], { cause: error });
  }
}

/** Translates an error of the parser; messages that are clear already are retained. */
function yamlProblem(input: {
  readonly file: string;
  readonly source: string;
  readonly error: YAMLException;
}): InputProblem {
  const { file, source, error } = input;
  const { mark, reason } = error;
  const rest = mark === undefined ? '' : source.slice(mark.position, mark.position + 200);
  const clearer: readonly (readonly [start: string, message: string])[] = [
    ['nesting exceeded', `is nested deeper than ${maxDepth} levels`],
    ['aliases exceeded', `a document may use at most ${maxAliases} aliases`],
    ['merge keys exceeded', 'merges too many keys'],
    ['recursive alias', `alias *${/^[^\s,\]}]+/.exec(rest)?.[0]} is used within its own anchor`],
    ...Object.values(schemaErrors).map((one) => [one, one] as const),
    ['duplicated mapping key', `duplicate key ${/^["']?([^:"'\n]{1,80})/.exec(rest)?.[1]?.trim()}`],
  ];
  const message = clearer.find(([start]) => reason.startsWith(start))?.[1] ?? `is not valid YAML: ${reason}`;
  return { file, message, ...(mark === undefined ? {} : { line: mark.line + 1, column: mark.column + 1 }) };
}

function splitDocuments(events: readonly Event[]): readonly (readonly Event[])[] {
  const documents: Event[][] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents.push([]);
    else documents.at(-1)?.push(event);
  }
  return documents;
}

interface LocatedValue {
  readonly file: string;
  readonly value: unknown;
  /** The path of the value in its YAML document, with a trailing dot; empty for the document itself. */
  readonly prefix: string;
  /** Returns the ambiguous scalars of the object with a prefix. */
  readonly ambiguities: (prefix: string) => readonly Ambiguity[];
  readonly lookup: DocumentIndex;
  readonly locate: (offset: number) => Position;
}

interface Objects {
  readonly documents: readonly InputDocument[];
  readonly problems: readonly InputProblem[];
}

function readObjects(located: LocatedValue): Objects {
  const { file, value, prefix, lookup } = located;
  if (value === null || value === undefined) return { documents: [], problems: [] };
  if (isRecord(value) && isList(value)) {
    const items = value.items.map((item, index) =>
      readObjects({ ...located, value: item, prefix: `${prefix}items[${index}].` }),
    );
    return { documents: items.flatMap((one) => one.documents), problems: items.flatMap((one) => one.problems) };
  }
  const position = (path: string): Position => lookup.position(`${prefix}${path}`.replace(/\.$/, ''));
  const problem = shapeProblem(value);
  if (problem !== undefined)
    return { documents: [], problems: [{ file, ...position(problem.path), message: problem.message }] };
  const object = value as unknown as KubeObject;
  return { documents: [{ file, object, position, findings: () => sourceFindings(located, object) }], problems: [] };
}

function isList(value: Readonly<Record<string, unknown>>): value is { readonly items: readonly unknown[] } {
  return String(value['kind']).endsWith('List') && Array.isArray(value['items']);
}

/** Checks the fields that all objects have and that later code relies on. */
function shapeProblem(value: unknown): { readonly path: string; readonly message: string } | undefined {
  if (!isRecord(value)) return { path: '', message: 'is not a Kubernetes object' };
  for (const name of ['apiVersion', 'kind']) {
    const given = value[name];
    if (given === undefined || given === null)
      return { path: '', message: `is not a Kubernetes object: it has no ${name}` };
    if (typeof given !== 'string' || !/^[A-Za-z0-9./-]{1,253}$/.test(given))
      return { path: name, message: `is not a Kubernetes object: its ${name} is ${show(given)}` };
  }
  const metadata = recordOf(value['metadata']);
  if (typeof metadata['name'] !== 'string')
    return { path: 'metadata', message: 'is not a Kubernetes object: it has no metadata.name' };
  if (metadata['namespace'] === undefined || typeof metadata['namespace'] === 'string') return undefined;
  return { path: 'metadata.namespace', message: 'metadata.namespace must be a string' };
}

function sourceFindings(located: LocatedValue, object: KubeObject): readonly LocatedFinding[] {
  const { file, prefix, ambiguities, locate } = located;
  return ambiguities(prefix).map(({ offset, path, text, value }) => {
    const finding = report('ambiguous-scalar', {
      object: describeObject(object),
      path: path.slice(prefix.length),
      message: `${text} is read as ${value} by Kubernetes`,
      remedy: `Write ${value} if this is intended, or quote the value: "${text}".`,
    });
    return { ...finding, file, ...locate(offset) };
  });
}

interface Ambiguity extends AmbiguousScalar {
  /** In its YAML document. */
  readonly path: string;
}

/** Indexes the ambiguous scalars of a document by object prefix, once and on first use: a List may contain all objects of a landscape. */
function createAmbiguityLookup(input: {
  readonly source: string;
  readonly events: readonly Event[];
  readonly lookup: DocumentIndex;
}): LocatedValue['ambiguities'] {
  const { source, events, lookup } = input;
  let groups: ReadonlyMap<string, readonly PrefixedAmbiguity[]> | undefined;
  return (prefix) => {
    groups ??= Map.groupBy(
      ambiguousScalars(source, events).flatMap((one) => {
        const ambiguity = { ...one, path: lookup.pathAt(one.offset) };
        return objectPrefixes(ambiguity.path).map((prefix): PrefixedAmbiguity => ({ prefix, ambiguity }));
      }),
      (one) => one.prefix,
    );
    return groups.get(prefix)?.map(({ ambiguity }) => ambiguity) ?? [];
  };
}

interface PrefixedAmbiguity {
  readonly prefix: string;
  readonly ambiguity: Ambiguity;
}

/** Returns the prefixes of all objects that may contain a path: for `items[1].spec.x` the document itself and `items[1].`. */
function objectPrefixes(path: string): readonly string[] {
  const prefixes = [''];
  for (const [item] of path.matchAll(/items\[\d+\]\./gy)) prefixes.push(`${prefixes.at(-1)}${item}`);
  return prefixes;
}
