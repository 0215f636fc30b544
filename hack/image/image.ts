/**
 * `make image`: builds the image and prints its size and start-up time. Variables: IMAGE is its name; BASE is the base image, or `local` for
 * one with the Node of this machine, without access to a registry; PLATFORM is linux/amd64 or linux/arm64, by default that of the engine.
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
  console.log(`built ${image}: netext ${version}, ${mebibytes(bytes)}, including the bundle of ${mebibytes(ownBytes)}`);
  if (run !== undefined) console.log(`docker run --version takes ${run.startMs} ms (median of five runs)`);
  else console.log(`not tested: this machine cannot run images for ${platform}`);
} catch (error) {
  const message = errorMessage(error);
  console.error(message);
  if (base === undefined && message.startsWith('docker build '))
    console.error('If the base image cannot be pulled, run make image BASE=local or specify another BASE.');
  process.exitCode = 1;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
