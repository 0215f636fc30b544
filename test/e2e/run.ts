/**
 * `make test-e2e`: finds or starts a Docker engine, builds the images, runs test/e2e/*.e2e.test.ts against them. Where there is no engine one
 * loud line says so; an image that cannot be built or does not work is a failure.
 *
 * CI=true or NETEXT_E2E=1 allow it to install and start Docker as root; NETEXT_E2E=1 makes the loud line a failure, NETEXT_E2E=0 leaves
 * the suite out. Arguments name the files to run instead of all. IMAGE names an image to test instead of building one, BASE its base image.
 */
import { spawn, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import type { Binaries } from '../controlplane/build.ts';
import type { ProgramImages } from '../controlplane/containers.ts';
import { findSource } from '../controlplane/sources.ts';
import { runDocker } from '../support/docker-cli.ts';
import { findTool } from '../support/helm.ts';
import { type Engine, findEngine } from './docker.ts';
import { buildProgramImages } from './programs.ts';

const { env } = process;
const required = env['NETEXT_E2E'] === '1';
const log = (line: string): void => console.error(line);
/** The whole suite; a single test has its own limit. A machine that hangs must not hang `make test`. */
const patienceMs = 600_000;

process.exitCode = await main();

async function main(): Promise<number> {
  if (env['NETEXT_E2E'] === '0') return skipped('NETEXT_E2E=0');
  const { source, reason } = await findSource({ log, env: { ...env, CONTROLPLANE_CONTAINERS: '0' }, build: false });
  if (source?.kind !== 'binaries') return skipped(reason);
  // The pods' rights are those that the charts render.
  const helm = findTool('helm', { env, first: 'pinned' });
  if (helm.file === undefined) return skipped(helm.reason);
  const install = required || isTrue(env['CI']);
  const engine = await findEngine({ env, log, install });
  if ('reason' in engine) return skipped(`${engine.reason}${install ? '' : '; NETEXT_E2E=1 lets root start one'}`);
  log(engine.description);
  try {
    const images = startable(engine, source.binaries);
    if ('reason' in images) return skipped(images.reason);
    return await runTests(engine, {
      E2E_IMAGE: env['IMAGE'] || built(engine),
      E2E_ETCD_IMAGE: images.etcd,
      E2E_APISERVER_IMAGE: images['kube-apiserver'],
    });
  } finally {
    await engine.stop();
  }
}

/**
 * An engine may answer where the machine lets no container run, for want of cgroups or of rights. A program that is known to work
 * tells that apart from an image of ours that does not.
 */
function startable(engine: Engine, binaries: Binaries): ProgramImages | { readonly reason: string } {
  const docker = { env: engine.env };
  try {
    const images = buildProgramImages(docker, binaries);
    runDocker(docker, ['run', '--rm', '--publish=127.0.0.1::2379', images.etcd, 'etcd', '--version'], 60_000);
    return images;
  } catch (error) {
    return { reason: `no container runs here: ${errorMessage(error)}` };
  }
}

/**
 * Builds the image as `make image` does. On Linux a base of this machine's Node needs nothing from outside, and has the very Node that
 * all other tests ran with.
 */
function built(engine: Engine): string {
  const image = 'netext-test:e2e';
  const base = env['BASE'] || (process.platform === 'linux' ? 'local' : '');
  const script = path.join(import.meta.dirname, '../../hack/image/image.ts');
  const run = spawnSync(process.execPath, [script], {
    env: { ...engine.env, IMAGE: image, BASE: base },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`the image cannot be built: make image ended with ${run.status ?? run.signal}`);
  return image;
}

async function runTests(engine: Engine, images: Readonly<Record<string, string>>): Promise<number> {
  const all = globSync('*.e2e.test.ts', { cwd: import.meta.dirname }).map((file) =>
    path.join(import.meta.dirname, file),
  );
  const files = process.argv.length > 2 ? process.argv.slice(2) : all.sort();
  const flags = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec', '--test-concurrency=1'];
  const child = spawn(process.execPath, [...flags, '--test-timeout=240000', ...files], {
    // Ryuk, which removes what a killed run leaves behind, is an image that would have to be pulled.
    env: { ...engine.env, ...images, TESTCONTAINERS_RYUK_DISABLED: 'true' },
    stdio: 'inherit',
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  return await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

function skipped(reason: string): number {
  log(`SKIPPED: end to end in containers: ${reason}`);
  return required ? 1 : 0;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}
