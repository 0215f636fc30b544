import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { describeObject, isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { type Diagnostic, reporter } from '../network/diagnostics.ts';
import { show } from '../network/field.ts';
import { type AmbiguousScalar, ambiguousScalars } from './ambiguous.ts';
import { inputRules } from './diagnostics.ts';
import { InputError, type InputProblem, largestInput, type Position } from './input.ts';
import { type DocumentIndex, indexDocument, locator } from './positions.ts';
import { kubernetesSchema, refusals } from './yaml.ts';

/** A finding and where in the input it is. */
export type LocatedFinding = Diagnostic & Position & { readonly file: string };

/** An object of an input file, and where it stands. */
export interface InputDocument {
  readonly file: string;
  readonly object: KubeObject;
  /** Line and column of a field path such as `spec.providerConfig.mtu`, or of its closest ancestor. */
  position(path: string): Position;
  /** What is odd about the text itself. */
  findings(): readonly LocatedFinding[];
}

/** In one document: enough for anchors written by hand; what so few aliases can expand to stays harmless. */
const mostAliases = 16;
const deepest = 100;
const report = reporter(inputRules);

/**
 * Reads a multi-document YAML or JSON text; Lists are taken apart, empty documents skipped. Throws InputError with everything that
 * is no object with apiVersion, kind and metadata.name; for what is no YAML, holds values that JSON cannot (.inf), is too large, too
 * deep, or expands too many aliases.
 */
export function readDocuments(file: string, bytes: Uint8Array): readonly InputDocument[] {
  const { source, events, values } = parse(file, bytes);
  const locate = locator(source);
  const perDocument = splitDocuments(events);
  const read = values.map((value, index) => {
    const own = perDocument[index] ?? [];
    const lookup = indexDocument({ source, events: own, locate });
    const oddTexts = oddTextsOf({ source, events: own, lookup });
    return objectsOf({ file, value, prefix: '', oddTexts, lookup, locate });
  });
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InputError(problems);
  return read.flatMap((one) => one.documents);
}

/** A document of a file that holds no Kubernetes objects. */
export interface PlainDocument {
  /** Null for an empty document. */
  readonly value: unknown;
  /** As of an InputDocument. */
  readonly position: (path: string) => Position;
}

/** The documents of such a file, read under the same limits; none in an empty file. */
export function readPlain(file: string, bytes: Uint8Array): readonly PlainDocument[] {
  const { source, events, values } = parse(file, bytes);
  const locate = locator(source);
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
  const source = decodeText(file, bytes);
  if (source.trim() === '') return { source, events: [], values: [] };
  try {
    const events = parseEvents(source, { filename: file, maxDepth: deepest });
    const limits = { maxAliases: mostAliases, maxTotalMergeKeys: 1_000 };
    return { source, events, values: constructFromEvents(events, { source, schema: kubernetesSchema, ...limits }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError([yamlProblem({ file, source, error })], { cause: error });
  }
}

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError([{ file, message: 'is not UTF-8 text' }], { cause: error });
  }
}

/** The parser's own words where they are clear. */
function yamlProblem(input: {
  readonly file: string;
  readonly source: string;
  readonly error: YAMLException;
}): InputProblem {
  const { file, source, error } = input;
  const { mark, reason } = error;
  const rest = mark === undefined ? '' : source.slice(mark.position, mark.position + 200);
  const clearer: readonly (readonly [start: string, message: string])[] = [
    ['nesting exceeded', `is nested deeper than ${deepest} levels`],
    ['aliases exceeded', `a document may use at most ${mostAliases} aliases`],
    ['merge keys exceeded', 'merges too many keys'],
    ['recursive alias', `alias *${/^[^\s,\]}]+/.exec(rest)?.[0]} stands inside of what it names`],
    ...Object.values(refusals).map((one) => [one, one] as const),
    ['duplicated mapping key', `duplicate key ${/^["']?([^:"'\n]{1,80})/.exec(rest)?.[1]?.trim()}`],
  ];
  const message = clearer.find(([start]) => reason.startsWith(start))?.[1] ?? `is no valid YAML: ${reason}`;
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

interface Located {
  readonly file: string;
  readonly value: unknown;
  /** The path of the value in its YAML document, with a point behind it; empty for the document itself. */
  readonly prefix: string;
  /** What is odd about the text of the object with a prefix. */
  readonly oddTexts: (prefix: string) => readonly OddText[];
  readonly lookup: DocumentIndex;
  readonly locate: (offset: number) => Position;
}

interface Objects {
  readonly documents: readonly InputDocument[];
  readonly problems: readonly InputProblem[];
}

function objectsOf(located: Located): Objects {
  const { file, value, prefix, lookup } = located;
  if (value === null || value === undefined) return { documents: [], problems: [] };
  if (isRecord(value) && isList(value)) {
    const items = value.items.map((item, index) =>
      objectsOf({ ...located, value: item, prefix: `${prefix}items[${index}].` }),
    );
    return { documents: items.flatMap((one) => one.documents), problems: items.flatMap((one) => one.problems) };
  }
  const position = (path: string): Position => lookup.position(`${prefix}${path}`.replace(/\.$/, ''));
  const problem = shapeProblem(value);
  if (problem !== undefined)
    return { documents: [], problems: [{ file, ...position(problem.path), message: problem.message }] };
  const object = value as unknown as KubeObject;
  return { documents: [{ file, object, position, findings: () => textFindings(located, object) }], problems: [] };
}

function isList(value: Readonly<Record<string, unknown>>): value is { readonly items: readonly unknown[] } {
  return String(value['kind']).endsWith('List') && Array.isArray(value['items']);
}

/** What every object of an API server has, and the code behind relies on. */
function shapeProblem(value: unknown): { readonly path: string; readonly message: string } | undefined {
  if (!isRecord(value)) return { path: '', message: 'is no Kubernetes object' };
  for (const name of ['apiVersion', 'kind']) {
    const given = value[name];
    if (given === undefined || given === null)
      return { path: '', message: `is no Kubernetes object: it has no ${name}` };
    if (typeof given !== 'string' || !/^[A-Za-z0-9./-]{1,253}$/.test(given))
      return { path: name, message: `is no Kubernetes object: its ${name} is ${show(given)}` };
  }
  const metadata = recordOf(value['metadata']);
  if (typeof metadata['name'] !== 'string')
    return { path: 'metadata', message: 'is no Kubernetes object: it has no metadata.name' };
  if (metadata['namespace'] === undefined || typeof metadata['namespace'] === 'string') return undefined;
  return { path: 'metadata.namespace', message: 'metadata.namespace must be a text' };
}

function textFindings({ file, prefix, oddTexts, locate }: Located, object: KubeObject): readonly LocatedFinding[] {
  return oddTexts(prefix).map(({ offset, path, text, value }) => {
    const finding = report('ambiguous-scalar', {
      object: describeObject(object),
      path: path.slice(prefix.length),
      message: `${text} is read as ${value} by Kubernetes`,
      remedy: `Write ${value} when that is meant, or "${text}" in quotes.`,
    });
    return { ...finding, file, ...locate(offset) };
  });
}

interface OddText extends AmbiguousScalar {
  /** In its YAML document. */
  readonly path: string;
}

/** The odd texts of a document below each prefix; found once, at the first question, since a List may hold every object of a landscape. */
function oddTextsOf(input: {
  readonly source: string;
  readonly events: readonly Event[];
  readonly lookup: DocumentIndex;
}): Located['oddTexts'] {
  const { source, events, lookup } = input;
  let groups: ReadonlyMap<string, readonly Odd[]> | undefined;
  return (prefix) => {
    groups ??= Map.groupBy(
      ambiguousScalars(source, events).flatMap((one) => {
        const odd = { ...one, path: lookup.pathAt(one.offset) };
        return prefixesOf(odd.path).map((above): Odd => ({ above, odd }));
      }),
      ({ above }) => above,
    );
    return groups.get(prefix)?.map(({ odd }) => odd) ?? [];
  };
}

interface Odd {
  readonly above: string;
  readonly odd: OddText;
}

/** The prefixes of all objects in which a path may be: of `items[1].spec.x` the document itself and `items[1].`. */
function prefixesOf(path: string): readonly string[] {
  const prefixes = [''];
  for (const [item] of path.matchAll(/items\[\d+\]\./gy)) prefixes.push(`${prefixes.at(-1)}${item}`);
  return prefixes;
}
