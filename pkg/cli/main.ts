#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { buffer } from 'node:stream/consumers';
import type { Terminal } from './context.ts';

// Reading the compiled form from the cache saves half of the start-up; where the cache cannot be written nothing else changes.
enableCompileCache();

const { run } = await import('./program.ts');

const terminal: Terminal = {
  stdin: () => buffer(process.stdin),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  colour: process.stderr.isTTY && process.stderr.hasColors() && process.env['NO_COLOR'] === undefined,
};

// A reader that has seen enough, such as `| head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), terminal);
