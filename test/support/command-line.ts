import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../controllers/program.ts';
import type { Screen } from '../../pkg/cli/terminal.ts';

export interface RunInput {
  readonly argv: readonly string[];
  /** Base folder of relative file names. */
  readonly folder?: string;
  /** The file for standard input. */
  readonly stdin?: string;
  /** Virtual files by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly colour?: { readonly out: boolean; readonly err: boolean };
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process and returns its output. */
export async function runInFolder({ argv, folder = '.', stdin, files = {}, colour }: RunInput): Promise<RunResult> {
  const out = screen(colour?.out ?? false);
  const err = screen(colour?.err ?? false);
  const open = async function* (name: string): AsyncGenerator<Uint8Array> {
    const content = files[name];
    if (content === undefined) yield await readFile(path.resolve(folder, name));
    else yield typeof content === 'string' ? Buffer.from(content) : content;
  };
  const listFolder = async (name: string): Promise<readonly string[] | undefined> => {
    const virtual = Object.keys(files).filter((one) => one.startsWith(`${name}/`));
    if (virtual.length > 0 || files[name] !== undefined) return virtual.length > 0 ? virtual.sort() : undefined;
    const base = path.resolve(folder, name);
    if (
      !(await stat(base)
        .then((one) => one.isDirectory())
        .catch(() => false))
    )
      return undefined;
    const entries = await readdir(base, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(name, path.relative(base, path.join(entry.parentPath, entry.name))))
      .sort();
  };
  const code = await run(argv, {
    stdin: () => {
      if (stdin === undefined) throw new Error('the test has no standard input');
      return open(stdin);
    },
    readFile: open,
    listFolder,
    out,
    err,
  });
  return { code, stdout: out.text(), stderr: err.text() };
}

/** Fails for output with control characters, excessively long output, and reports of a defect. */
export function assertHarmless({ stdout, stderr }: RunResult): void {
  assert.doesNotMatch(stdout + stderr, unsafe);
  assert.doesNotMatch(stderr, /please report/);
  assert.ok(stdout.length + stderr.length < 20_000, `excessively long output: ${(stdout + stderr).slice(0, 1_000)}`);
}

function screen(colour: boolean): Screen & { text(): string } {
  const written: string[] = [];
  return { write: (text) => void written.push(text), colour, width: undefined, text: () => written.join('') };
}

const unsafe =
  // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]/u;
