import { InputError } from '../yaml/input.ts';
import type { Terminal } from './terminal.ts';

/** Returns the name of a file for messages. */
export function displayName(file: string): string {
  return file === '-' ? 'stdin' : file;
}

/** Reads a file or, for `-`, standard input. Throws InputError if that fails. */
export async function readBytes(name: string, terminal: Terminal): Promise<Uint8Array> {
  try {
    return await (name === '-' ? terminal.stdin() : terminal.readFile(name));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'no such file',
      EACCES: 'permission denied',
      EISDIR: 'is a directory; specify the files in it',
    };
    const message = reasons[String(error.code)] ?? error.message;
    throw new InputError([{ file: displayName(name), message }], { cause: error });
  }
}
