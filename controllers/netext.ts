#!/usr/bin/env node
import { createReadStream } from 'node:fs';
import nodeModule from 'node:module';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { type Screen } from '../pkg/cli/terminal.ts';
import { largestInput } from '../pkg/yaml/input.ts';

const minNodeVersion = 24;
if (Number.parseInt(process.versions.node, 10) < minNodeVersion) {
  process.stderr.write(`error: netext requires Node ${minNodeVersion} or newer, found ${process.versions.node}\n`);
  process.exit(2);
}

// An unwritable cache affects the start-up time only.
nodeModule.enableCompileCache();

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
  stdin: () => collect(process.stdin),
  readFile: (name) => collect(createReadStream(name)),
  out: screen(process.stdout),
  err: screen(process.stderr),
});

function screen(stream: WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    // styleText respects NO_COLOR, FORCE_COLOR and the capabilities of the terminal.
    colour: styleText('red', '-', { stream }) !== '-',
    width: stream.isTTY ? stream.columns : undefined,
  };
}

/** Reads a stream to its end, or until it exceeds the size limit, since streams such as /dev/zero have no end. */
async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > largestInput) break;
  }
  return Buffer.concat(chunks);
}
