import type { NetworkPlugin } from '../network/plugin.ts';
import { readPiece } from '../yaml/documents.ts';
import type { InputProblem } from '../yaml/input.ts';
import type { Piece } from '../yaml/piece.ts';
import { classify, type UsedDocument } from './kinds.ts';

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

/** Creates a collector, which retains only what the commands use. A document that cannot be read is a problem and does not affect the others. */
export function createCollector(plugins: readonly NetworkPlugin[]): Collector {
  const documents: UsedDocument[] = [];
  const problems: InputProblem[] = [];
  const kinds = new Set<string>();
  const reasons: InputProblem[] = [];
  let skipped = 0;
  let file = '';
  let inFile = { problems: 0, documents: 0 };

  const addProblems = (found: readonly InputProblem[]): void => {
    problems.push(...found.slice(0, Math.max(0, maxProblems - inFile.problems)));
    inFile.problems += found.length;
  };

  return {
    startFile(name) {
      file = name;
      inFile = { problems: 0, documents: 0 };
    },
    add(piece) {
      const content = readPiece(file, piece);
      addProblems(content.problems);
      inFile.documents += content.values.length;
      for (const located of content.values) {
        const one = classify(located, plugins);
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
      if (reasons.length < maxReasons) reasons.push({ file, message: 'is empty' });
    },
    count: () => documents.length + skipped,
    result: () => ({ documents, problems, skipped: { count: skipped, kinds: [...kinds], reasons } }),
  };
}
