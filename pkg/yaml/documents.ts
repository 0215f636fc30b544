import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { describeObject, isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { show } from '../network/field.ts';
import { type AmbiguousScalar, ambiguousScalars } from './ambiguous.ts';
import { compactValue } from './compact.ts';
import { inputRules } from './diagnostics.ts';
import { describeYamlError, maxAliases } from './errors.ts';
import { InputError, type InputProblem, largestInput, maxDepth, type Position } from './input.ts';
import { omitCloudProfile } from './omit.ts';
import type { Piece } from './piece.ts';
import { splitWhole } from './pieces.ts';
import { createLocator, type DocumentIndex, indexDocument } from './positions.ts';
import { createSource, type Source, splitDocuments } from './source.ts';
import { kubernetesSchema } from './yaml.ts';

/** A finding and its position in the input. */
export type LocatedFinding = Diagnostic & Position & { readonly file: string };

/** A value of an input file: a document, or an item of a List. */
export interface LocatedValue {
  readonly file: string;
  readonly value: unknown;
  /** Returns line and column of a field path such as `spec.providerConfig.mtu`, or of its closest ancestor. */
  readonly position: (path: string) => Position;
  /** Returns a line of the file; undefined if its text is not retained. */
  readonly line: (number: number) => string | undefined;
  /** Returns the findings about the YAML source of the value, for an object of this name. */
  readonly findings: (object: string) => readonly LocatedFinding[];
}

/** An object of an input file and its position. */
export interface InputDocument extends Omit<LocatedValue, 'value' | 'findings'> {
  readonly object: KubeObject;
  /** Returns the findings about the YAML source of the object. */
  readonly findings: () => readonly LocatedFinding[];
}

/** The values of a piece of a file, and the reason why it cannot be read. */
export interface PieceContent {
  readonly values: readonly LocatedValue[];
  readonly problems: readonly InputProblem[];
  /** The position of a List without items, which has no values. */
  readonly emptyList?: Position | undefined;
}

const report = reporter(inputRules);

/**
 * Reads a piece of a file in YAML or JSON. Lists are replaced by their items, empty documents are skipped. A piece that is not YAML, contains
 * values without a JSON equivalent (.inf), is too large or too deep, or expands too many aliases has a problem and no values.
 */
export function readPiece(file: string, piece: Piece): PieceContent {
  try {
    const values: LocatedValue[] = [];
    const emptyLists: Position[] = [];
    for (const located of readValues(file, piece)) {
      if (isRecord(located.value) && isList(located.value)) emptyLists.push(located.position(''));
      else values.push(located);
    }
    return { values, problems: [], emptyList: emptyLists[0] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { values: [], problems: error.problems };
  }
}

/**
 * Reads a file that contains objects only. Throws InputError with all documents that cannot be read or are not objects with apiVersion, kind
 * and metadata.name.
 */
export function readDocuments(file: string, bytes: Uint8Array): readonly InputDocument[] {
  if (bytes.byteLength > largestInput) throw new InputError([{ file, message: tooLarge }]);
  const problems: InputProblem[] = [];
  const documents: InputDocument[] = [];
  for (const piece of splitWhole(bytes)) {
    const content = readPiece(file, piece);
    problems.push(...content.problems);
    for (const one of content.values) {
      const problem = shapeProblem(one.value);
      if (problem === undefined) documents.push(toDocument(one));
      else problems.push({ file, ...one.position(problem.path), message: problem.message });
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return documents;
}

/** Returns the document of a value without a shapeProblem, with another object in place of the value if one is given. */
export function toDocument(located: LocatedValue, object = located.value as KubeObject): InputDocument {
  const { file, position, line } = located;
  return { file, object, position, line, findings: () => located.findings(describeObject(object)) };
}

function readValues(file: string, piece: Piece): readonly LocatedValue[] {
  if (piece.tooLarge === true) throw new InputError([{ file, message: tooLarge }]);
  const { text, events, values } = parse(file, piece);
  if (piece.kind === 'frame') {
    if (values.some((one) => !isRecord(one) || !String(one['kind']).endsWith('List')))
      throw new InputError([{ file, ...piece.start, message: 'is larger than 4 MiB and not a List' }]);
    return [];
  }
  const source = createSource({ text, start: piece.start });
  const isAliased = events.some(({ type }) => type === EVENT_ID.ALIAS);
  return splitDocuments(events).flatMap((own, number) => {
    const lookup = source.index(number);
    const ambiguities = createAmbiguityLookup(ambiguousScalars(text, own), lookup);
    const value = isAliased ? values[number] : compactValue(values[number], text.length);
    return expandLists({ file, value, prefix: '', ambiguities, lookup, source });
  });
}

const tooLarge = `is larger than ${largestInput / 1024 / 1024} MiB`;

/** A document of a file with other content than Kubernetes objects. */
export interface PlainDocument {
  /** Null for an empty document. */
  readonly value: unknown;
  /** As in InputDocument. */
  readonly position: (path: string) => Position;
}

/** Reads the documents of such a file with the same limits, which apply to the whole file; an empty file has none. */
export function readPlain(file: string, bytes: Uint8Array): readonly PlainDocument[] {
  if (bytes.byteLength > largestInput) throw new InputError([{ file, message: tooLarge }]);
  const { text: source, events, values } = parse(file, { bytes, start: { line: 1, column: 1 } });
  const locate = createLocator(source);
  const perDocument = splitDocuments(events);
  return values.map((value, index) => {
    const lookup = indexDocument({ source, events: perDocument[index] ?? [], locate });
    return { value, position: (path) => lookup.position(path) };
  });
}

interface Parsed {
  readonly text: string;
  readonly events: readonly Event[];
  readonly values: readonly unknown[];
}

function parse(file: string, { bytes, start }: Pick<Piece, 'bytes' | 'start'>): Parsed {
  if (countSeparators(bytes) > mostSeparators)
    throw new InputError([{ file, message: `has more than ${mostSeparators} lines and values` }]);
  const text = decodeText(file, bytes);
  const used = omitCloudProfile(text);
  if (used === text) return parseText({ file, text, start });
  try {
    return parseText({ file, text: used, start });
  } catch {
    // What remains of an unusual Cluster may need the omitted part, such as an anchor.
    return parseText({ file, text, start });
  }
}

function parseText({
  file,
  text,
  start,
}: {
  readonly file: string;
  readonly text: string;
  readonly start: Position;
}): Parsed {
  if (text.trim() === '') return { text, events: [], values: [] };
  let events: Event[] = [];
  try {
    events = parseEvents(text, { filename: file, maxDepth });
    const limits = { maxAliases, maxTotalMergeKeys: 1_000 };
    return { text, events, values: constructFromEvents(events, { source: text, schema: kubernetesSchema, ...limits }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError([describeYamlError({ file, text, start, events, error })], { cause: error });
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
  if (isUtf16(bytes)) throw new InputError([{ file, message: 'is UTF-16 text: save the file as UTF-8' }]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError([{ file, message: 'is not UTF-8 text' }], { cause: error });
  }
}

/** Recognizes UTF-16 by its byte order mark, or by the zero byte of an ASCII character at the beginning. */
function isUtf16([first, second]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return (first === 0) !== (second === 0) && second !== undefined;
}

interface NestedValue {
  readonly file: string;
  readonly value: unknown;
  /** The path of the value in its YAML document, with a trailing dot; empty for the document itself. */
  readonly prefix: string;
  /** Returns the ambiguous scalars of the object with a prefix. */
  readonly ambiguities: (prefix: string) => readonly Ambiguity[];
  readonly lookup: DocumentIndex;
  readonly source: Source;
}

function expandLists(nested: NestedValue): readonly LocatedValue[] {
  const { file, value, prefix, lookup, source } = nested;
  if (value === null || value === undefined) return [];
  if (isRecord(value) && isList(value) && value.items.length > 0)
    return value.items.flatMap((item, index) =>
      expandLists({ ...nested, value: item, prefix: `${prefix}items[${index}].` }),
    );
  return [
    {
      file,
      value,
      position: (path) => lookup.position(`${prefix}${path}`.replace(/\.$/, '')),
      line: source.line,
      findings: (object) => sourceFindings(nested, object),
    },
  ];
}

function isList(value: Readonly<Record<string, unknown>>): value is { readonly items: readonly unknown[] } {
  return String(value['kind']).endsWith('List') && Array.isArray(value['items']);
}

export interface ShapeProblem {
  readonly path: string;
  readonly message: string;
}

/** Checks the fields that all objects have and that later code relies on. */
export function shapeProblem(value: unknown): ShapeProblem | undefined {
  if (!isRecord(value)) return { path: '', message: 'is not a Kubernetes object' };
  for (const name of ['apiVersion', 'kind']) {
    const given = value[name];
    if (given === undefined || given === null)
      return { path: '', message: `is not a Kubernetes object: it has no ${name}` };
    if (typeof given !== 'string' || !/^[A-Za-z0-9./-]{1,253}$/.test(given))
      return { path: name, message: `is not a Kubernetes object: its ${name} is ${show(given)}` };
  }
  const metadata = recordOf(value['metadata']);
  const { name = null } = metadata;
  if (typeof name === 'number' || typeof name === 'boolean')
    return { path: 'metadata.name', message: `metadata.name must be a string: quote the value ${String(name)}` };
  if (typeof name !== 'string')
    return { path: 'metadata', message: 'is not a Kubernetes object: it has no metadata.name' };
  if (metadata['namespace'] === undefined || typeof metadata['namespace'] === 'string') return undefined;
  return { path: 'metadata.namespace', message: 'metadata.namespace must be a string' };
}

function sourceFindings(nested: NestedValue, object: string): readonly LocatedFinding[] {
  const { file, prefix, ambiguities, source } = nested;
  return ambiguities(prefix).map(({ offset, path, text, value }) => {
    const finding = report('ambiguous-scalar', {
      object,
      path: path.slice(prefix.length),
      message: `${text} is read as ${value} by Kubernetes`,
      remedy: `Write ${value} if this is intended, or quote the value: "${text}".`,
    });
    return { ...finding, file, ...source.locate(offset) };
  });
}

interface Ambiguity extends AmbiguousScalar {
  /** In its YAML document. */
  readonly path: string;
}

/** Indexes the ambiguous scalars of a document by object prefix, once and on first use: a List may contain all objects of a landscape. */
function createAmbiguityLookup(scalars: readonly AmbiguousScalar[], lookup: DocumentIndex): NestedValue['ambiguities'] {
  let groups: ReadonlyMap<string, readonly PrefixedAmbiguity[]> | undefined;
  return (prefix) => {
    if (scalars.length === 0) return [];
    groups ??= Map.groupBy(
      scalars.flatMap((one) => {
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
