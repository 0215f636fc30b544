#!/usr/bin/env node
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import nodeModule from 'node:module';
import path from 'node:path';
import type { WriteStream } from 'node:tty';
import { type Screen } from '../pkg/cli/terminal.ts';

const minNodeVersion = 24;
if (Number.parseInt(process.versions.node, 10) < minNodeVersion) {
  process.stderr.write(`error: netext requires Node ${minNodeVersion} or newer, found ${process.versions.node}\n`);
  process.exit(2);
}

// NO_COLOR takes precedence. With both variables Node prefers FORCE_COLOR, and prints a warning when node:util is loaded.
if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR'];

// An unwritable cache affects the start-up time only.
nodeModule.enableCompileCache();

const { styleText } = await import('node:util');
const { run } = await import('./program.ts');

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that closes the pipe early, such as `| head`, is not an error.
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(`error: cannot write the output: ${error.message}\n`);
    process.exit(3);
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: () => process.stdin,
  readFile: (name) => createReadStream(name),
  listFolder,
  out: screen(process.stdout),
  err: screen(process.stderr),
});

function screen(stream: WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    // styleText respects NO_COLOR, FORCE_COLOR and the capabilities of the terminal.
    colour: styleText('red', '-', { stream }) !== '-',
    snippets: stream.isTTY,
    width: stream.isTTY ? stream.columns : undefined,
  };
}

/**
 * Does not follow symbolic links to folders, which may lead back. Folders with a leading dot, such as .git, are omitted, and so are pipes and
 * sockets, which may never end. A folder that cannot be read is listed with a slash at its end, so that reading it has the reason.
 */
async function listFolder(name: string): Promise<readonly string[] | undefined> {
  if (
    !(await stat(name)
      .then((one) => one.isDirectory())
      .catch(() => false))
  )
    return undefined;
  const entries = await readdir(name, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path.join(name, '/')];
  const inside = await Promise.all(
    entries
      .filter((entry) => !entry.name.startsWith('.'))
      .filter((entry) => entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
      .map(async (entry) => {
        const inner = path.join(name, entry.name);
        return entry.isDirectory() ? ((await listFolder(inner)) ?? []) : [inner];
      }),
  );
  return inside.flat().sort();
}
