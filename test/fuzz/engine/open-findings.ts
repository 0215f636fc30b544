import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fuzzRoot } from './store.ts';

/** An input that is known to break a rule and whose cause is not mended yet: a file in test/fuzz/open. */
export interface OpenFinding {
  readonly file: string;
  readonly target: string;
  /** As Failure has it. */
  readonly identity: string;
  readonly input: Uint8Array;
}

/** Reads test/fuzz/open: for each `<target>-<words>` an input, and the identity of its failure in `<target>-<words>.identity`. */
export function readOpenFindings(): readonly OpenFinding[] {
  const folder = path.join(fuzzRoot, 'open');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => !name.includes('.'));
  return names.sort().map((name) => ({
    file: `test/fuzz/open/${name}`,
    target: name.split('-')[0] ?? '',
    identity: readFileSync(path.join(folder, `${name}.identity`), 'utf8').trim(),
    input: readFileSync(path.join(folder, name)),
  }));
}
