import { InputError, type InputProblem, largestInput } from '../yaml/input.ts';
import type { Terminal } from './terminal.ts';

/** Returns the name of a file for messages. */
export function displayName(file: string): string {
  return file === '-' ? 'stdin' : file;
}

/** Reads a file or, for `-`, standard input. Stops after `largestInput` bytes, since streams such as /dev/zero have no end. Throws InputError if it fails. */
export async function readBytes(name: string, terminal: Terminal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(name, terminal)) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > largestInput) break;
  }
  return Buffer.concat(chunks);
}

/** Reads a file or, for `-`, standard input in chunks. Throws InputError if that fails. */
export async function* readChunks(name: string, terminal: Terminal): AsyncGenerator<Uint8Array> {
  try {
    yield* name === '-' ? terminal.stdin() : terminal.readFile(name);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'no such file',
      EACCES: 'permission denied',
      ELOOP: 'is a symbolic link that leads back to itself',
      EISDIR: 'is a directory; specify the files in it',
    };
    const message = reasons[String(error.code)] ?? error.message;
    throw new InputError([{ file: displayName(name), message }], { cause: error });
  }
}

/** Replaces folders by the files in them whose names end in .yaml, .yml or .json. A folder without such files, or one that cannot be read, is a problem. */
export async function expandFolders(
  names: readonly string[],
  terminal: Terminal,
): Promise<{ readonly files: readonly string[]; readonly problems: readonly InputProblem[] }> {
  const problems: InputProblem[] = [];
  const files: string[] = [];
  for (const name of names) {
    const listed = name === '-' ? undefined : await terminal.listFolder(name);
    const found = listed?.filter((one) => /\.(ya?ml|json)$|\/$/i.test(one)) ?? [name];
    if (found.length === 0) problems.push({ file: name, message: 'has no files that end in .yaml, .yml or .json' });
    files.push(...found);
  }
  return { files: [...new Set(files)], problems };
}
