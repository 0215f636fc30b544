/**
 * Reads the recordings of the Go extensions, an optional folder beside this repository. With it, failures show recorded values beside their hashes,
 * tests of the take-over also run on the recorded objects, and record.ts writes the stored facts and hashes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';

const root = path.join(import.meta.dirname, '../../../../shared/reference');

export const hasReference = existsSync(root);

function referencePath(...names: readonly string[]): string {
  return path.join(root, ...names);
}

/** Names of the entries of a recorded folder, sorted; none where the folder is missing. */
export function referenceNames(...folder: readonly string[]): readonly string[] {
  const full = referencePath(...folder);
  return existsSync(full) ? readdirSync(full).sort() : [];
}

/** The text of a recorded file; undefined where it is missing. */
export function referenceText(...names: readonly string[]): string | undefined {
  const file = referencePath(...names);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The objects in a recorded file; none where it is missing. */
export function referenceObjects(...names: readonly string[]): readonly KubeObject[] {
  return loadAll(referenceText(...names) ?? '').filter(isRecord) as unknown as readonly KubeObject[];
}
