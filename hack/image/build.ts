/** Builds the image of the extension from dist/ with the docker command line. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync } from 'node:fs';
import path from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { type Docker, runDocker } from '../../test/support/docker-cli.ts';
import { buildArguments, dockerPlatform, type Platform } from './arguments.ts';
import { buildLocalBase } from './base.ts';

export interface ImageInput {
  readonly docker: Docker;
  /** Name of the image, with tag. */
  readonly image: string;
  /** Base image; `local` for one with the Node of this machine, undefined for that of the Dockerfile. */
  readonly base: string | undefined;
  /** Undefined for the platform of the engine. */
  readonly platform?: Platform | undefined;
}

export interface ImageReport {
  /** Size of all layers, uncompressed. */
  readonly bytes: number;
  /** Size of the layers above the base. */
  readonly ownBytes: number;
  /** Undefined for a foreign platform, whose image cannot be started here. */
  readonly run: ImageRun | undefined;
}

export interface ImageRun {
  /** Duration of `docker run` with `--version`, the median of five, in milliseconds; most of it is spent in the engine. */
  readonly startMs: number;
  /** The output of `--version`. */
  readonly version: string;
}

/** Builds the image and, unless the platform is foreign, runs it with the restrictions of a pod, so that it fails if the image cannot start. */
export function buildImage({ docker, image, base, platform }: ImageInput): ImageReport {
  for (const file of ['dist/netext.js', 'dist/sbom.cdx.json', 'dist/licenses.txt'])
    if (!existsSync(path.join(root, file))) throw new Error(`${file} does not exist: run make sbom`);
  // The user of the image is not the one who builds it, whose umask may be strict.
  for (const file of globSync('dist/{*.js,sbom.cdx.json,licenses.txt}', { cwd: root }))
    chmodSync(path.join(root, file), file === 'dist/netext.js' ? 0o755 : 0o644);
  if (base === 'local') buildLocalBase(docker, localBase);
  const chosen = base === 'local' ? localBase : base;
  const version = { version: manifest.version, revision: revision() };
  runDocker(docker, buildArguments({ image, base: chosen, platform, folder: root, ...version }));
  const isForeign = platform !== undefined && platform !== dockerPlatform(process.arch);
  return { ...measureSize(docker, image), run: isForeign ? undefined : measureStart(docker, image) };
}

const root = path.join(import.meta.dirname, '..', '..');
const localBase = `${manifest.name}-base:local`;

function measureStart(docker: Docker, image: string): ImageRun {
  const run = ['run', '--rm', '--read-only', '--network=none', '--cap-drop=ALL', image, '--version'];
  const version = runDocker(docker, run);
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    runDocker(docker, run);
    return performance.now() - started;
  }).sort((one, other) => one - other);
  return { startMs: Math.round(times[2] ?? 0), version };
}

function measureSize(docker: Docker, image: string): Pick<ImageReport, 'bytes' | 'ownBytes'> {
  const format = '{{.Size}}\t{{.CreatedBy}}';
  const sizes = runDocker(docker, ['history', '--no-trunc', '--human=false', '--format', format, image])
    .split('\n')
    .map((line) => line.split('\t'));
  const own = sizes.filter(([, command = '']) => command.includes('/netext'));
  const sum = (rows: typeof sizes): number => rows.reduce((total, [size]) => total + Number(size), 0);
  return { bytes: sum(sizes), ownBytes: sum(own) };
}

/** Returns the commit, marked as dirty if files differ from it; `unknown` outside of a clone. */
function revision(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
