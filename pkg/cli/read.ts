import type { NetworkPlugin } from '../network/plugin.ts';
import { readPiece } from '../yaml/documents.ts';
import { InputError, type InputProblem, type Position } from '../yaml/input.ts';
import type { Piece } from '../yaml/piece.ts';
import { createSplitter } from '../yaml/pieces.ts';
import { displayName, expandFolders, readChunks } from './files.ts';
import { createClassifier, type UsedDocument } from './kinds.ts';
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** The documents of all files of a command. */
export interface ReadDocuments {
  readonly documents: readonly UsedDocument[];
  /** Files and documents that cannot be read, at most `maxProblems` per file and one that counts the others. */
  readonly problems: readonly InputProblem[];
  readonly skipped: Skipped;
}

/** Documents of other kinds than those that the commands use. */
export interface Skipped {
  readonly count: number;
  /** The first kinds. */
  readonly kinds: readonly string[];
  /** The reasons why the first documents are no Kubernetes objects, and empty files. */
  readonly reasons: readonly InputProblem[];
}

export interface ReadRequest {
  /** Files and folders; `-` is standard input. */
  readonly names: readonly string[];
  readonly plugins: readonly NetworkPlugin[];
  readonly progress: Progress;
}

/** Limits for reports about input that is no configuration at all, such as a folder of other data. */
const maxProblems = 100;
const maxReasons = 10;

/**
 * Reads files and folders document by document, in the order of their names, and retains only what the commands use. A document or file that
 * cannot be read is a problem and does not affect the others.
 */
export async function readDocumentsOf(
  { names, plugins, progress }: ReadRequest,
  terminal: Terminal,
): Promise<ReadDocuments> {
  const { files, problems } = await expandFolders(names, terminal);
  const collector = createCollector(plugins);
  for (const name of files) {
    collector.startFile(displayName(name));
    try {
      await readPieces({ name, collector, progress }, terminal);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      collector.addProblems(error.problems);
    }
    collector.endFile();
  }
  return { ...collector.result(), problems: [...problems, ...collector.result().problems] };
}

async function readPieces(
  { name, collector, progress }: { readonly name: string; readonly collector: Collector; readonly progress: Progress },
  terminal: Terminal,
): Promise<void> {
  const splitter = createSplitter();
  for await (const chunk of readChunks(name, terminal)) {
    for (const piece of splitter.push(chunk)) collector.add(piece);
    progress.read(chunk.byteLength, collector.count());
    if (splitter.stopped) return;
  }
  for (const piece of splitter.end()) collector.add(piece);
}

interface Collector {
  startFile(file: string): void;
  add(piece: Piece): void;
  addProblems(problems: readonly InputProblem[]): void;
  endFile(): void;
  /** Returns the number of documents so far. */
  count(): number;
  result(): ReadDocuments;
}

/** The contents of a file so far. */
interface InFile {
  problems: number;
  documents: number;
  emptyList: Position | undefined;
}

const noItems = 'is a List without items: kubectl found no objects';

function createCollector(plugins: readonly NetworkPlugin[]): Collector {
  const classify = createClassifier(plugins);
  const documents: UsedDocument[] = [];
  const problems: InputProblem[] = [];
  const kinds = new Set<string>();
  const reasons: InputProblem[] = [];
  let skipped = 0;
  let file = '';
  let inFile: InFile = { problems: 0, documents: 0, emptyList: undefined };

  const addProblems = (found: readonly InputProblem[]): void => {
    problems.push(...found.slice(0, Math.max(0, maxProblems - inFile.problems)));
    inFile.problems += found.length;
  };

  return {
    startFile(name) {
      file = name;
      inFile = { problems: 0, documents: 0, emptyList: undefined };
    },
    add(piece) {
      const content = readPiece(file, piece);
      addProblems(content.problems);
      inFile.emptyList ??= content.emptyList;
      inFile.documents += content.values.length;
      for (const located of content.values) {
        const one = classify(located);
        if (one.use === 'object') documents.push(one.document);
        else if (one.use === 'problem') addProblems([one.problem]);
        else {
          skipped += 1;
          if (one.kind !== undefined && kinds.size < maxReasons) kinds.add(one.kind);
          if (one.reason !== undefined && reasons.length < maxReasons) reasons.push(one.reason);
        }
      }
    },
    addProblems,
    endFile() {
      if (inFile.problems > maxProblems)
        problems.push({ file, message: `${inFile.problems - maxProblems} more documents cannot be read` });
      if (inFile.problems > 0 || inFile.documents > 0) return;
      if (reasons.length >= maxReasons) return;
      const { emptyList } = inFile;
      reasons.push(emptyList === undefined ? { file, message: 'is empty' } : { file, ...emptyList, message: noItems });
    },
    count: () => documents.length + skipped,
    result: () => ({ documents, problems, skipped: { count: skipped, kinds: [...kinds], reasons } }),
  };
}
