import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Runs a program to its end and returns its output. Throws with the end of its output if it fails. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, env, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, ...(env === undefined ? {} : { env }) };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new Error(`${file} ${args[0] ?? ''} failed (${error.code ?? error.signal}): ${tail(stdout + stderr)}`));
    });
    // A program that ends before it read its input makes this fail; its exit code tells more.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Default 60 s. */
  readonly timeoutMs?: number;
}

/** Runs lines of a shell script, which ends at the first failing line. */
export async function shell(lines: readonly string[]): Promise<string> {
  return run('sh', ['-ec', lines.join('\n')]);
}

/** Runs `ip` with words separated by blanks, in a network namespace if one is given. */
export async function ip(words: string, namespace?: string): Promise<string> {
  const within = namespace === undefined ? [] : ['-n', namespace];
  return run('ip', [...within, ...words.split(' ')]);
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-20).join('\n  ');
}

/** Returns the path of a program in PATH, undefined if there is none. Prefers the version of the compiler that Debian names by a number. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  const names = name === 'clang' || name === 'llc' ? [`${name}-19`, name] : [name];
  return names.flatMap((one) => folders.map((folder) => path.join(folder, one))).find((file) => existsSync(file));
}
