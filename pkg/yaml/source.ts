import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { EVENT_ID, type Event, parseEvents } from 'js-yaml';
import { maxDepth, type Position } from './input.ts';
import { createLocator, type DocumentIndex, indexDocument } from './positions.ts';

/** The text of a piece of a file, which is retained for positions in messages. */
export interface Source {
  /** Returns the position in the file of an offset in the text. */
  readonly locate: (offset: number) => Position;
  /** Returns the index of a YAML document in the text, by its number from 0. */
  readonly index: (number: number) => DocumentIndex;
  /** Returns a line of the file; undefined for a line of which the text has only a part. */
  readonly line: (number: number) => string | undefined;
}

export interface SourceInput {
  readonly text: string;
  /** Position of the text in its file. */
  readonly start: Position;
}

/** In UTF-16 code units. Longer texts, of which Clusters have most, are retained compressed. */
const longText = 32 * 1024;

/** Number of long texts whose indexes are retained at a time: an index takes ten times the memory of its text. */
const maxLongIndexes = 4;
const longIndexes: { readonly owner: object; readonly indexes: Indexes }[] = [];

type Indexes = readonly DocumentIndex[];

/**
 * Creates the source of a text. Parser events take several times the memory of the text, so that they are not retained but parsed again on first
 * use: most documents have no findings.
 */
export function createSource({ text, start }: SourceInput): Source {
  const read = retain(text);
  const isLong = text.length > longText;
  const owner = {};
  let own: Indexes | undefined;
  let locator: ((offset: number) => Position) | undefined;
  const locate = (offset: number): Position => {
    locator ??= createLocator(read());
    const { line, column } = locator(offset);
    return { line: start.line + line - 1, column: line === 1 ? start.column + column - 1 : column };
  };
  const indexes = (): Indexes => {
    const known = own ?? longIndexes.find((one) => one.owner === owner)?.indexes;
    if (known !== undefined) return known;
    const source = read();
    const documents = splitDocuments(parseEvents(source, { maxDepth }));
    const created = documents.map((events) => indexDocument({ source, events, locate }));
    if (isLong)
      longIndexes.splice(
        0,
        longIndexes.length,
        { owner, indexes: created },
        ...longIndexes.slice(0, maxLongIndexes - 1),
      );
    else own = created;
    return created;
  };
  return {
    locate,
    index: (number) => ({
      position: (path) => indexes()[number]?.position(path) ?? start,
      pathAt: (offset) => indexes()[number]?.pathAt(offset) ?? '',
    }),
    line(number) {
      if (number === start.line && start.column !== 1) return undefined;
      const lines = read().split('\n', number - start.line + 1);
      return lines[number - start.line]?.replace(/\r$/, '');
    },
  };
}

/** Returns the events of each document. */
export function splitDocuments(events: readonly Event[]): readonly (readonly Event[])[] {
  const documents: Event[][] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents.push([]);
    else documents.at(-1)?.push(event);
  }
  return documents;
}

function retain(text: string): () => string {
  return text.length <= longText ? () => text : inflater(deflateRawSync(text, { level: 1 }));
}

/** A function of its own, since closures of one function share its variables: it would retain the text. */
function inflater(compressed: Buffer): () => string {
  return () => inflateRawSync(compressed).toString();
}
