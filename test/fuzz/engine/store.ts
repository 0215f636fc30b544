import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const fuzzRoot = path.join(import.meta.dirname, '..');

/** The name of an input: the beginning of the SHA-256 of its bytes, so that equal inputs have one file. */
export function nameOf(input: Uint8Array): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}

/** The inputs in a folder, in the order of their names; none when there is no such folder. */
export function readInputs(folder: string): readonly Uint8Array[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .sort()
    .map((name) => readFileSync(path.join(folder, name)));
}

/** Makes the folder hold exactly these inputs; files with other names stay. */
export function writeInputs(folder: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(folder, { recursive: true });
  const wanted = new Map(inputs.map((input) => [nameOf(input), input]));
  for (const name of readdirSync(folder))
    if (/^[0-9a-f]{16}$/.test(name) && !wanted.has(name)) rmSync(path.join(folder, name));
  for (const [name, input] of wanted) writeFileSync(path.join(folder, name), input);
}

/** Writes an input that failed; returns its path. */
export function writeCrash(target: string, input: Uint8Array): string {
  const folder = path.join(fuzzRoot, 'crashes');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${target}-${nameOf(input)}`);
  writeFileSync(file, input);
  return file;
}
