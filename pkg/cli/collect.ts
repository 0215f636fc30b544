import type { NetworkPlugin } from '../network/plugin.ts';
import { readPiece } from '../yaml/documents.ts';
import type { InputProblem, Position } from '../yaml/input.ts';
import type { Piece } from '../yaml/piece.ts';
import { createClassifier, type UsedDocument } from './kinds.ts';

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

/** Limits for reports about input that is no configuration at all, such as a folder of other data. */
const maxProblems = 100;
const maxReasons = 10;

/** Collects the documents of files that are read piece by piece. */
export interface Collector {
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

/** Creates a collector, which retains only what the commands use. A document that cannot be read is a problem and does not affect the others. */
export function createCollector(plugins: readonly NetworkPlugin[]): Collector {
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
