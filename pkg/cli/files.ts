import { InputError } from '../yaml/input.ts';
import type { Terminal } from './terminal.ts';

/** How messages call a file. */
export function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}

/** Throws InputError for what cannot be read. */
export async function readBytes(name: string, terminal: Terminal): Promise<Uint8Array> {
  try {
    return await (name === '-' ? terminal.stdin() : terminal.readFile(name));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'may not be read',
      EISDIR: 'is a folder, give the files in it',
    };
    const message = reasons[String(error.code)] ?? error.message;
    throw new InputError([{ file: nameOf(name), message }], { cause: error });
  }
}
