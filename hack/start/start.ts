/**
 * `make start`: runs the controller from source, for developers, until Ctrl-C. With KUBECONFIG it connects to that cluster and installs
 * nothing. Otherwise it starts a control plane, installs the CRDs and an example (TYPE=calico or TYPE=cilium), and prints the result.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { loadConnection } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { startControlPlane } from '../../test/controlplane/index.ts';
import { connectByFile } from '../../test/support/connect.ts';
import { controllerFlags } from '../../test/support/controller-flags.ts';
import {
  createMissing,
  type ExampleType,
  exampleObjects,
  exampleType,
  installCRDs,
  seedResources,
  shootNamespace,
} from '../../test/support/seed.ts';
import { type Child, startController } from './controller-process.ts';
import { startSummary } from './summary.ts';

const say = (line: string): void => console.log(line);
/** Changes that the summary suggests. */
const changes: Readonly<Record<ExampleType, object>> = {
  calico: { overlay: { enabled: true } },
  cilium: { hubble: { enabled: false } },
};
const type = exampleType(process.env['TYPE']);
const aborter = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => aborter.abort());

try {
  await (process.env['KUBECONFIG'] ? runOnCluster(process.env['KUBECONFIG']) : runOnNewControlPlane());
} catch (error) {
  if (!aborter.signal.aborted) throw error;
}

async function runOnCluster(kubeconfig: string): Promise<void> {
  const { server, origin } = await loadConnection({ env: process.env });
  say(`Running the controller against ${server} (${origin}).`);
  say('The cluster must have the CRDs of Gardener. To install them for a test: kubectl apply -f example/10-crd-*.yaml');
  say('Leader election is disabled: make sure that no other controller serves the same Networks.\n');
  const args = ['--no-leader-election', '--log-format=text', ...(await controllerFlags(type))];
  const controller = startController({ kubeconfig, say, args });
  await waitForEnd(controller);
}

async function runOnNewControlPlane(): Promise<void> {
  const source = process.env['CONTROL_PLANE'] === 'embedded' ? ('embedded' as const) : ('auto' as const);
  const started = performance.now();
  const controlPlane = await startControlPlane({
    log: say,
    signal: aborter.signal,
    source,
    embedded: { allowAnonymous: true },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-start-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  try {
    writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
    say(
      `Started ${controlPlane.kind === 'real' ? 'kube-apiserver' : 'in-memory API server'} ${controlPlane.version} at ${controlPlane.server} in ${elapsed(started)}.`,
    );
    await runExample(kubeconfig);
  } finally {
    await controlPlane.stop();
    rmSync(folder, { recursive: true, force: true });
    say('Stopped and cleaned up.');
  }
}

async function runExample(kubeconfig: string): Promise<void> {
  const { client, close } = await connectByFile(kubeconfig, 'make-start');
  await installCRDs(client);
  say('Installed the CRDs of example/.');
  const { network, cluster } = exampleObjects(type);
  const { namespace = '' } = network.metadata;
  await createMissing({ client, resource: seedResources.namespaces, object: shootNamespace(namespace, type) });
  await createMissing({ client, resource: resources.clusters, object: cluster });
  const controller = startController({
    kubeconfig,
    say,
    args: ['--no-leader-election', '--log-format=text', '--log-level=debug', ...(await controllerFlags(type))],
  });
  try {
    await createMissing({ client, resource: resources.networks, object: network });
    say(`Created namespace ${namespace} with Cluster and Network.\n`);
    const reconciled = await Promise.race([waitForNetwork(client, network), rejectOnExit(controller)]);
    say(await startSummary({ client, network: reconciled, kubeconfig, change: changes[type] }));
    await waitForEnd(controller);
  } finally {
    // After errors as well: otherwise the controller would continue to run without an API server.
    controller.stop();
    await controller.ended;
    await close();
  }
}

/** Rejects when the controller exits. */
async function rejectOnExit(controller: Child): Promise<never> {
  throw new Error(`the controller exited with code ${await controller.ended}`);
}

async function waitForNetwork(client: KubeClient, { metadata }: KubeObject): Promise<KubeObject> {
  const { namespace, name } = metadata;
  while (!aborter.signal.aborted) {
    const network = await client.get({ resource: resources.networks, namespace, name });
    const status = recordOf(network['status']);
    if (isRecord(status['lastOperation']) && status['lastOperation']['state'] === 'Succeeded') return network;
    await delay(50);
  }
  throw new Error('stopped before the Network was reconciled');
}

/** Waits until the controller exits, and stops it at Ctrl-C. */
async function waitForEnd(controller: Child): Promise<void> {
  aborter.signal.addEventListener('abort', () => controller.stop(), { once: true });
  if (aborter.signal.aborted) controller.stop();
  const code = await controller.ended;
  if (code !== 0 && !aborter.signal.aborted) process.exitCode = code;
}

function elapsed(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
