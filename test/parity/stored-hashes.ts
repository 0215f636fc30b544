/** The stored hashes of what the Go extensions had for the recorded cases. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cni } from './cases.ts';
import { type CaseHashes, parseHashes } from './leaf-hashes.ts';

/** `objects` and so on, for the file <cni>/<name>.txt. */
export function readHashes(cni: Cni, name: string): CaseHashes {
  return parseHashes(readFileSync(path.join(import.meta.dirname, cni, `${name}.txt`), 'utf8'));
}
