/**
 * `make install-local`: installs both Helm charts in a control plane on this machine as Gardener does, including their RBAC, and creates a
 * Network of each type and a Shoot as examples. Runs until Ctrl-C, or exits afterwards with --once. KUBECONFIG selects an existing control
 * plane, which must be on this machine as well, since webhooks are called on the loopback interface.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { startControlPlane } from '../../test/controlplane/index.ts';
import {
  admissionObjects,
  controllerObjects,
  extensionNamespace,
  gardenNamespace,
  type RenderInput,
} from '../../test/installation/charts.ts';
import { type Cluster, connectCluster } from '../../test/installation/cluster.ts';
import { deploymentIn, grantGardenAccess, installKinds, prepareNamespaces } from '../../test/installation/ground.ts';
import { type LocalPod, startLocalPod } from '../../test/installation/pod.ts';
import { localValues } from '../../test/installation/values.ts';
import { findTool } from '../../test/support/helm.ts';
import { createExamples, createShoot, waitForNetworks, waitUntilReady } from './examples.ts';
import { createProgress } from './progress.ts';
import { installSummary } from './summary.ts';

const { values: flags } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const { stdout } = process;
const colour = styleText('red', '-', { stream: stdout }) !== '-';
const screen = { write: (text: string) => void stdout.write(text), colour, live: stdout.isTTY && colour };
const progress = createProgress(screen, () => performance.now());
const aborter = new AbortController();
const { signal } = aborter;
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => aborter.abort(new Error('stopped')));

/** Cleanup functions, called in reverse order. */
const cleanups: (() => Promise<unknown>)[] = [];

try {
  await main();
} catch (error) {
  if (!signal.aborted) {
    console.error(`\n${errorMessage(error)}`);
    process.exitCode = 1;
  }
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup();
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-install-'));
  cleanups.push(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const helm = findTool('helm', { env: process.env, first: 'path' });
  if (helm.file === undefined) throw new Error(helm.reason);
  const kubeconfig = await provideControlPlane(folder);
  const cluster = await connectCluster(kubeconfig);
  cleanups.push(() => cluster.close());
  await progress.step(
    'prerequisites',
    async () => {
      const count = await installKinds(cluster);
      await prepareNamespaces(cluster);
      await grantGardenAccess(cluster);
      return count;
    },
    (count) => `${count} CRDs, namespaces and access to the garden`,
  );
  const { gitVersion } = (await cluster.client.getPath('/version')) as { readonly gitVersion: string };
  const local = await localValues();
  const render = (values: RenderInput['values']): RenderInput => ({ helm: helm.file, kubeVersion: gitVersion, values });

  const extension = controllerObjects(render(local.controller));
  const controller = await install('controller', { cluster, objects: extension, folder });
  const { runtime, application } = admissionObjects(render(local.admission));
  await cluster.apply(application);
  const admission = await install('admission', { cluster, objects: runtime, folder });

  const networks = await progress.step(
    'networks',
    async () => waitForNetworks({ cluster, networks: await createExamples(cluster), signal }),
    (done) => `${done.map(({ metadata }) => metadata.namespace).join(' and ')} reconciled`,
  );
  const shoot = await progress.step(
    'shoot',
    () => createShoot(cluster, signal),
    ({ created, rejection }) => `${created} admitted, invalid copy rejected: ${rejection}`,
  );
  const pods = [controller, admission];
  const shown = { cluster, kubeconfig, kubectl: kubectlCommand(), networks, pods, shoot: shoot.created };
  stdout.write(await installSummary({ ...shown, once: flags.once }));
  if (!flags.once) await waitForEnd(pods);
}

/** Starts a control plane, or connects to the one of KUBECONFIG; returns the path of the administrator's kubeconfig. */
async function provideControlPlane(folder: string): Promise<string> {
  const given = process.env['KUBECONFIG'];
  if (given !== undefined && given !== '') {
    const cluster = await connectCluster(given);
    await cluster.close();
    const { url } = cluster;
    if (!/^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(url).hostname))
      throw new Error(
        `KUBECONFIG refers to ${url}, but the control plane must be on this machine; unset it to start a new one`,
      );
    await progress.step(
      'control plane',
      async () => url,
      (server) => `${server} (KUBECONFIG); installed objects are not removed at the end`,
    );
    return given;
  }
  const started = await progress.step(
    'control plane',
    () => startControlPlane({ log: (line) => progress.detail(line), signal, source: 'real' }),
    ({ version, server }) => `kube-apiserver ${version} at ${server}`,
  );
  cleanups.push(() => started.stop());
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, started.kubeconfig, { mode: 0o600 });
  return file;
}

function kubectlCommand(): string {
  const { file = 'kubectl' } = findTool('kubectl', { env: process.env, first: 'path' });
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.includes(path.dirname(file)) ? 'kubectl' : file;
}

interface InstallInput {
  readonly cluster: Cluster;
  readonly objects: readonly KubeObject[];
  readonly folder: string;
}

async function install(component: string, { cluster, objects, folder }: InstallInput): Promise<LocalPod> {
  const namespace = component === 'admission' ? gardenNamespace : extensionNamespace;
  return progress.step(
    component,
    async () => {
      const deployment = deploymentIn(await cluster.apply(objects));
      const server = { url: cluster.url, ca: cluster.ca };
      const pod = await startLocalPod({ ...cluster, deployment, server, folder: path.join(folder, component) });
      cleanups.push(() => pod.stop());
      await waitUntilReady({ pod, signal });
      return pod;
    },
    () => `${objects.length} objects installed in ${namespace}, process ready`,
  );
}

/** Resolves at Ctrl-C; rejects if one of the processes exits. */
async function waitForEnd(pods: readonly LocalPod[]): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const exits = pods.map(async (pod) => {
    const code = await pod.ended;
    if (!signal.aborted) throw new Error(`${pod.name} exited with code ${code}:\n${pod.output().slice(-2_000)}`);
  });
  // The handles of the control plane do not keep the event loop alive.
  const keepAlive = setInterval(() => undefined, 3_600_000);
  try {
    await Promise.race([stopped, ...exits]);
  } finally {
    clearInterval(keepAlive);
  }
}
