/**
 * `make image`: the extension's image, with its size and start-up time. Variables: IMAGE names it, BASE is the base image; BASE=local
 * makes one out of this machine's Node where nothing can be pulled.
 */
import manifest from '../package.json' with { type: 'json' };
import { buildImage } from './image/build.ts';

const { env } = process;
const image = env['IMAGE'] || `${manifest.name}:${manifest.version}`;
const base = env['BASE'] || undefined;

try {
  const { bytes, ownBytes, startMs, version } = buildImage({ docker: { env }, image, base });
  console.log(`${image}: netext ${version}, ${mebibytes(bytes)} of which the bundle is ${mebibytes(ownBytes)}`);
  console.log(`docker run to the end of --version: ${startMs} ms, median of five`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (base === undefined) console.error('If the base image cannot be pulled: make image BASE=local, or name another.');
  process.exitCode = 1;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
