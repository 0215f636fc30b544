import type { NetworkPlugin } from '../network/plugin.ts';
import { InputError } from '../yaml/input.ts';
import { createSplitter } from '../yaml/pieces.ts';
import { type Collector, createCollector, type ReadDocuments } from './collect.ts';
import { displayName, expandFolders, readChunks } from './files.ts';
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

export interface ReadRequest {
  /** Files and folders; `-` is standard input. */
  readonly names: readonly string[];
  readonly plugins: readonly NetworkPlugin[];
  readonly progress: Progress;
}

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
