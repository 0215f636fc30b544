import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The imported files of each TypeScript file of the project, by path relative to the root; `#charts` is charts/index.ts. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Finds the imports in all TypeScript files below the root: static ones, dynamic ones with a literal, and types. */
export function readImportGraph(root: string): ImportGraph {
  const files = globSync('{pkg,controllers,charts,hack,test}/**/*.ts', { cwd: root }).sort();
  return new Map(files.map((file) => [file, readImports(file, readFileSync(path.join(root, file), 'utf8'))]));
}

/** Returns all files that import one of the given files directly or indirectly, and the given files. */
export function dependents(graph: ImportGraph, files: Iterable<string>): ReadonlySet<string> {
  const importers = new Map<string, string[]>();
  for (const [file, imports] of graph)
    for (const imported of imports) importers.set(imported, [...(importers.get(imported) ?? []), file]);
  const found = new Set(files);
  for (const file of found) for (const importer of importers.get(file) ?? []) found.add(importer);
  return found;
}

function readImports(file: string, text: string): readonly string[] {
  const specifiers = Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(?<specifier>[.#][^']+)'/g), (match) =>
    String(match.groups?.['specifier']),
  );
  const resolved = specifiers.map((specifier) =>
    specifier === '#charts' ? 'charts/index.ts' : path.posix.join(path.posix.dirname(file), specifier),
  );
  return [...new Set(resolved)];
}
