/**
 * `make install-local`: both charts installed into a control plane on this machine as Gardener would install them, with the RBAC of the
 * charts in force, and a Network of each type and a Shoot to look at. Until Ctrl-C, or with --once until that is done. With KUBECONFIG it
 * uses that control plane, which must be on this machine, too: webhooks are reached on loopback.
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
import { createExamples, createShoot, untilReady, untilSucceeded } from './examples.ts';
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

/** What to undo at the end, the last first. */
const ending: (() => Promise<unknown>)[] = [];

try {
  await main();
} catch (error) {
  if (!signal.aborted) {
    console.error(`\n${errorMessage(error)}`);
    process.exitCode = 1;
  }
} finally {
  for (const end of ending.toReversed()) await end();
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-install-'));
  ending.push(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const helm = findTool('helm', { env: process.env, first: 'path' });
  if (helm.file === undefined) throw new Error(helm.reason);
  const kubeconfig = await controlPlane(folder);
  const cluster = await connectCluster(kubeconfig);
  ending.push(() => cluster.close());
  await progress.step(
    'prerequisites',
    async () => {
      const count = await installKinds(cluster);
      await prepareNamespaces(cluster);
      await grantGardenAccess(cluster);
      return count;
    },
    (count) => `${count} CRDs, namespaces, access to the garden`,
  );
  const { gitVersion } = (await cluster.client.getPath('/version')) as { readonly gitVersion: string };
  const local = await localValues();
  const render = (values: RenderInput['values']): RenderInput => ({ helm: helm.file, kubeVersion: gitVersion, values });

  const extension = controllerObjects(render(local.controller));
  const controller = await installed('controller', { cluster, objects: extension, folder });
  const { runtime, application } = admissionObjects(render(local.admission));
  await cluster.apply(application);
  const admission = await installed('admission', { cluster, objects: runtime, folder });

  const networks = await progress.step(
    'networks',
    async () => untilSucceeded({ cluster, networks: await createExamples(cluster), signal }),
    (done) => `${done.map(({ metadata }) => metadata.namespace).join(' and ')} reconciled`,
  );
  const shoot = await progress.step(
    'shoot',
    () => createShoot(cluster, signal),
    ({ created, refused }) => `${created} admitted; with a mistake it is refused: ${refused}`,
  );
  const pods = [controller, admission];
  const shown = { cluster, kubeconfig, kubectl: kubectlCommand(), networks, pods, shoot: shoot.created };
  stdout.write(await installSummary({ ...shown, once: flags.once }));
  if (!flags.once) await untilEnd(pods);
}

/** Gives the path of the administrator's kubeconfig. */
async function controlPlane(folder: string): Promise<string> {
  const given = process.env['KUBECONFIG'];
  if (given !== undefined && given !== '') {
    const cluster = await connectCluster(given);
    await cluster.close();
    const { url } = cluster;
    if (!/^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(url).hostname))
      throw new Error(
        `KUBECONFIG leads to ${url}: only a control plane on this machine can be used; unset it for a new one`,
      );
    await progress.step(
      'control plane',
      async () => url,
      (server) => `${server}, by KUBECONFIG; what is installed stays`,
    );
    return given;
  }
  const started = await progress.step(
    'control plane',
    () => startControlPlane({ log: (line) => progress.detail(line), signal, source: 'real' }),
    ({ version, server }) => `kube-apiserver ${version} at ${server}`,
  );
  ending.push(() => started.stop());
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, started.kubeconfig, { mode: 0o600 });
  return file;
}

function kubectlCommand(): string {
  const { file = 'kubectl' } = findTool('kubectl', { env: process.env, first: 'path' });
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.includes(path.dirname(file)) ? 'kubectl' : file;
}

interface Installed {
  readonly cluster: Cluster;
  readonly objects: readonly KubeObject[];
  readonly folder: string;
}

async function installed(what: string, { cluster, objects, folder }: Installed): Promise<LocalPod> {
  return progress.step(
    what,
    async () => {
      const deployment = deploymentIn(await cluster.apply(objects));
      const server = { url: cluster.url, ca: cluster.ca };
      const pod = await startLocalPod({ ...cluster, deployment, server, folder: path.join(folder, what) });
      ending.push(() => pod.stop());
      await untilReady({ pod, signal });
      return pod;
    },
    () =>
      `${objects.length} objects of the chart in ${what === 'admission' ? gardenNamespace : extensionNamespace}, its process is ready`,
  );
}

/** Ends at Ctrl-C, or with an error when one of the processes ends by itself. */
async function untilEnd(pods: readonly LocalPod[]): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const died = pods.map(async (pod) => {
    const code = await pod.ended;
    if (!signal.aborted) throw new Error(`${pod.name} ended with ${code}:\n${pod.output().slice(-2_000)}`);
  });
  // The control plane does not keep this process running.
  const busy = setInterval(() => undefined, 3_600_000);
  try {
    await Promise.race([stopped, ...died]);
  } finally {
    clearInterval(busy);
  }
}
