import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../program.ts';
import type { Screen } from '../terminal.ts';

export interface RunInput {
  readonly argv: readonly string[];
  /** Where relative file names start. */
  readonly folder?: string;
  /** The file that is standard input. */
  readonly stdin?: string;
  /** Files that exist only in the test, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly colour?: { readonly out: boolean; readonly err: boolean };
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with streams that are texts. */
export async function runInFolder({ argv, folder = '.', stdin, files = {}, colour }: RunInput): Promise<RunResult> {
  const out = screen(colour?.out ?? false);
  const err = screen(colour?.err ?? false);
  const open = async (name: string): Promise<Uint8Array> => {
    const content = files[name];
    if (content === undefined) return readFile(path.resolve(folder, name));
    return typeof content === 'string' ? Buffer.from(content) : content;
  };
  const code = await run(argv, {
    stdin: () => {
      if (stdin === undefined) throw new Error('the test gives no standard input');
      return open(stdin);
    },
    readFile: open,
    out,
    err,
  });
  return { code, stdout: out.text(), stderr: err.text() };
}

function screen(colour: boolean): Screen & { text(): string } {
  const written: string[] = [];
  return { write: (text) => void written.push(text), colour, width: undefined, text: () => written.join('') };
}
