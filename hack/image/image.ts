/**
 * `make image`: the extension's image, with its size and start-up time. Variables: IMAGE names it, BASE is the base image; BASE=local
 * makes one out of this machine's Node where nothing can be pulled. PLATFORM is linux/amd64 or linux/arm64, else the engine's own.
 */
import manifest from '../../package.json' with { type: 'json' };
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { readPlatform } from './arguments.ts';
import { buildImage } from './build.ts';

const { env } = process;
const image = env['IMAGE'] || `${manifest.name}:${manifest.version}`;
const base = env['BASE'] || undefined;

try {
  const platform = readPlatform(env['PLATFORM'] ?? '', { base, arch: process.arch });
  const { bytes, ownBytes, run } = buildImage({ docker: { env }, image, base, platform });
  const { version } = run ?? manifest;
  console.log(`${image}: netext ${version}, ${mebibytes(bytes)} of which the bundle is ${mebibytes(ownBytes)}`);
  if (run !== undefined) console.log(`docker run to the end of --version: ${run.startMs} ms, median of five`);
  else console.log(`made for ${platform}, and not started here: try it on such a machine before it is shipped`);
} catch (error) {
  const message = errorMessage(error);
  console.error(message);
  if (base === undefined && message.startsWith('docker build '))
    console.error('If the base image cannot be pulled: make image BASE=local, or name another.');
  process.exitCode = 1;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
