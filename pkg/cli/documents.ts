import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { isRecord } from '../gardener/objects.ts';
import { ambiguousScalars } from './ambiguous.ts';
import { type Position, positionsOf } from './positions.ts';
import { kubernetesSchema } from './yaml.ts';

/** An object of an input file, and where it stands. */
export interface InputDocument {
  readonly file: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** Line and column of a field path such as `spec.providerConfig.mtu`, or of its closest ancestor. */
  position(path: string): Position;
}

export interface AmbiguousScalar extends Position {
  readonly file: string;
  readonly text: string;
  readonly value: string;
}

export interface InputFile {
  readonly documents: readonly InputDocument[];
  readonly ambiguous: readonly AmbiguousScalar[];
}

/** Input that cannot be read at all: the message is complete, with file, line and column where they are known. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

/** Several times the largest Secret or Cluster that an API server would store. */
const largestFile = 16 * 1024 * 1024;
/** Enough for hand-written anchors; what a few aliases can expand to stays harmless. */
const mostAliases = 16;

/**
 * Reads a multi-document YAML or JSON text; Lists are taken apart, empty documents skipped. Throws UnreadableInput for what is no YAML,
 * holds values that JSON cannot (.inf), is too large, too deep, or expands too many aliases.
 */
export function readDocuments(file: string, bytes: Uint8Array): InputFile {
  const { source, events, values } = parse(file, bytes);
  const perDocument = splitDocuments(events);
  const documents = values.flatMap((value, index) => {
    const locate = positionsOf(source, perDocument[index] ?? []);
    return objectsOf({ file, value, prefix: '', locate });
  });
  const ambiguous = ambiguousScalars(source, events).map((one) => ({ file, ...one }));
  return { documents, ambiguous };
}

/** The documents of a file that holds no Kubernetes objects, read under the same limits. */
export function readValues(file: string, bytes: Uint8Array): readonly unknown[] {
  return parse(file, bytes).values;
}

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableInput(`${file}: is not UTF-8 text`);
  }
}

interface Parsed {
  readonly source: string;
  readonly events: readonly Event[];
  readonly values: readonly unknown[];
}

function parse(file: string, bytes: Uint8Array): Parsed {
  if (bytes.byteLength > largestFile)
    throw new UnreadableInput(`${file}: is larger than ${largestFile / 1024 / 1024} MiB`);
  const source = decodeText(file, bytes);
  if (source.trim() === '') return { source, events: [], values: [] };
  try {
    const events = parseEvents(source, { filename: file, maxDepth: 100 });
    return {
      source,
      events,
      values: constructFromEvents(events, {
        source,
        filename: file,
        schema: kubernetesSchema,
        maxAliases: mostAliases,
        maxTotalMergeKeys: 1_000,
      }),
    };
  } catch (error) {
    if (error instanceof YAMLException) {
      const where = error.mark === undefined ? '' : `:${error.mark.line + 1}:${error.mark.column + 1}`;
      throw new UnreadableInput(`${file}${where}: ${error.reason}`, { cause: error });
    }
    throw new UnreadableInput(`${file}: cannot be read as YAML`, { cause: error });
  }
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
  readonly prefix: string;
  readonly locate: (path: string) => Position;
}

function objectsOf({ file, value, prefix, locate }: Located): readonly InputDocument[] {
  if (value === null || value === undefined) return [];
  const where = (): string => {
    const { line, column } = locate(prefix);
    return `${file}:${line}:${column}`;
  };
  if (!isRecord(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string') {
    throw new UnreadableInput(`${where()}: is no Kubernetes object: apiVersion and kind are needed`);
  }
  if (value['kind'].endsWith('List') && Array.isArray(value['items'])) {
    const start = prefix === '' ? '' : `${prefix}.`;
    return value['items'].flatMap((item: unknown, index) =>
      objectsOf({ file, value: item, prefix: `${start}items[${index}]`, locate }),
    );
  }
  return [{ file, object: value, position: (path) => locate(prefix === '' ? path : `${prefix}.${path}`) }];
}
