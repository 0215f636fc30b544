/**
 * `make test-e2e`: finds or starts a Docker engine, builds the images, and runs test/e2e/*.e2e.test.ts against them. Without an engine it prints
 * one line that starts with SKIPPED. An image that cannot be built or does not work is a failure.
 *
 * CI=true and NETEXT_E2E=1 allow it to install and start Docker as root; NETEXT_E2E=1 turns SKIPPED into a failure, NETEXT_E2E=0 skips the
 * suite. Arguments: the files to run instead of all. IMAGE: an existing image to test. BASE: the base image of the built one.
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
/** Timeout of the suite, so that a hanging machine does not block `make test`; each test has its own. */
const timeoutMs = 600_000;

process.exitCode = await main();

async function main(): Promise<number> {
  if (env['NETEXT_E2E'] === '0') return skipped('NETEXT_E2E=0');
  const { source, reason } = await findSource({ log, env: { ...env, CONTROLPLANE_CONTAINERS: '0' }, build: false });
  if (source?.kind !== 'binaries') return skipped(reason);
  // The pods get the permissions in the rendered charts.
  const helm = findTool('helm', { env, first: 'pinned' });
  if (helm.file === undefined) return skipped(helm.reason);
  const install = required || isTrue(env['CI']);
  const engine = await findEngine({ env, log, install });
  if ('reason' in engine) return skipped(`${engine.reason}${install ? '' : '; with NETEXT_E2E=1, root starts one'}`);
  log(engine.description);
  try {
    const images = checkEngine(engine, source.binaries);
    if ('reason' in images) return skipped(images.reason);
    return await runTests(engine, {
      E2E_IMAGE: env['IMAGE'] || buildImage(engine),
      E2E_ETCD_IMAGE: images.etcd,
      E2E_APISERVER_IMAGE: images['kube-apiserver'],
    });
  } finally {
    await engine.stop();
  }
}

/**
 * Builds the images of the control plane and runs a container. An engine may respond although no container can run, for lack of cgroups or
 * permissions; this distinguishes such a machine from a broken image of ours.
 */
function checkEngine(engine: Engine, binaries: Binaries): ProgramImages | { readonly reason: string } {
  const docker = { env: engine.env };
  try {
    const images = buildProgramImages(docker, binaries);
    runDocker(docker, ['run', '--rm', '--publish=127.0.0.1::2379', images.etcd, 'etcd', '--version'], 60_000);
    return images;
  } catch (error) {
    return { reason: `the engine cannot run containers: ${errorMessage(error)}` };
  }
}

/**
 * Builds the image as `make image` does. On Linux the default base contains this machine's Node, the same that runs all other tests, so that
 * nothing is downloaded.
 */
function buildImage(engine: Engine): string {
  const image = 'netext-test:e2e';
  const base = env['BASE'] || (process.platform === 'linux' ? 'local' : '');
  const script = path.join(import.meta.dirname, '../../hack/image/image.ts');
  const run = spawnSync(process.execPath, [script], {
    env: { ...engine.env, IMAGE: image, BASE: base },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (run.status !== 0)
    throw new Error(`the image cannot be buildImage: make image exited with ${run.status ?? run.signal}`);
  return image;
}

async function runTests(engine: Engine, images: Readonly<Record<string, string>>): Promise<number> {
  const all = globSync('*.e2e.test.ts', { cwd: import.meta.dirname }).map((file) =>
    path.join(import.meta.dirname, file),
  );
  const files = process.argv.length > 2 ? process.argv.slice(2) : all.sort();
  const flags = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec', '--test-concurrency=1'];
  const child = spawn(process.execPath, [...flags, '--test-timeout=240000', ...files], {
    // Ryuk, which cleans up after a killed run, is an image that would have to be pulled.
    env: { ...engine.env, ...images, TESTCONTAINERS_RYUK_DISABLED: 'true' },
    stdio: 'inherit',
    timeout: timeoutMs,
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
