#!/usr/bin/env node
import { createReadStream } from 'node:fs';
import nodeModule from 'node:module';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { type Screen } from '../pkg/cli/terminal.ts';
import { largestInput } from '../pkg/yaml/input.ts';

const oldest = 24;
if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(`error: netext needs Node ${oldest} or newer, this is ${process.versions.node}\n`);
  process.exit(2);
}

// Where the cache cannot be written nothing changes but the start-up time.
nodeModule.enableCompileCache();

const { run } = await import('./program.ts');

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as `| head`, is no error.
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
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
    // styleText knows NO_COLOR, FORCE_COLOR and terminals without colours.
    colour: styleText('red', '-', { stream }) !== '-',
    width: stream.isTTY ? stream.columns : undefined,
  };
}

/** Reads to the end, or until it is clear that the input is too large: /dev/zero has no end. */
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
