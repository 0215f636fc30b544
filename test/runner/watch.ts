import { watch } from 'node:fs/promises';
import path from 'node:path';
import { dependents, readImportGraph } from '../support/import-graph.ts';
import { root } from './suites.ts';

const folders = ['pkg', 'controllers', 'charts', 'hack', 'test'];
/** Delay for editors that write several files, or one several times. */
const quietMs = 150;

/**
 * After each change below the root, runs those of the given test files that depend on a changed file. A file that is not a module, such as a
 * template or a golden file, affects the tests in the nearest folder with tests, and in charts/ those that import the loader.
 * Never returns.
 */
export async function watchTree(
  tests: readonly string[],
  run: (files: readonly string[]) => Promise<void>,
): Promise<void> {
  const known = new Set(tests.map((file) => path.relative(root, file)));
  const changed = new Set<string>();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const runChanged = async (before: Promise<void>): Promise<void> => {
    await before;
    const concerned = affectedTests([...changed], known);
    changed.clear();
    if (concerned.length > 0) await run(concerned.map((file) => path.join(root, file)));
  };
  const flush = (): void => {
    running = runChanged(running);
  };
  await Promise.all(
    folders.map(async (folder) => {
      for await (const { filename } of watch(path.join(root, folder), { recursive: true })) {
        if (filename === null) continue;
        changed.add(path.posix.join(folder, filename.split(path.sep).join('/')));
        clearTimeout(timer);
        timer = setTimeout(flush, quietMs);
      }
    }),
  );
}

/** Returns the known tests that a change of these files affects; all paths are relative to the root. */
function affectedTests(changed: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const graph = readImportGraph(root);
  const modules = changed.flatMap((file) => (file.endsWith('.ts') ? [file] : moduleBeside(file, known)));
  const reached = dependents(graph, modules);
  return [...known].filter((file) => reached.has(file) && graph.has(file));
}

function moduleBeside(file: string, known: ReadonlySet<string>): readonly string[] {
  if (file.startsWith('charts/')) return ['charts/index.ts'];
  for (let folder = path.posix.dirname(file); folder !== '.'; folder = path.posix.dirname(folder)) {
    const beside = [...known].filter((test) => path.posix.dirname(test) === folder);
    if (beside.length > 0) return beside;
  }
  return [];
}
