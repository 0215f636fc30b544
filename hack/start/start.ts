/**
 * `make start`: the controller from source, for developers. With KUBECONFIG it works on that cluster and installs nothing; without, it
 * brings a control plane of its own, the CRDs and an example, of calico or by TYPE=cilium of cilium, and shows what the controller made of
 * it. Until Ctrl-C.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
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
import { summaryOf } from './summary.ts';

const say = (line: string): void => console.log(line);
/** What the summary proposes to try. */
const changes: Readonly<Record<ExampleType, object>> = {
  calico: { overlay: { enabled: true } },
  cilium: { hubble: { enabled: false } },
};
const type = exampleType(process.env['TYPE']);
const aborter = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => aborter.abort());

try {
  await (process.env['KUBECONFIG'] ? onGivenCluster(process.env['KUBECONFIG']) : onOwnControlPlane());
} catch (error) {
  if (!aborter.signal.aborted) throw error;
}

async function onGivenCluster(kubeconfig: string): Promise<void> {
  const { server, origin } = await loadConnection({ env: process.env });
  say(`Running the controller against ${server} (${origin}).`);
  say(
    'Nothing is installed there: it needs the CRDs of Gardener, or `kubectl apply -f example/10-crd-*.yaml` for a try.',
  );
  say('It does not take part in leader election; see that no other controller serves the same Networks.\n');
  const args = ['--no-leader-election', '--log-format=text', ...(await controllerFlags(type))];
  const controller = startController({ kubeconfig, say, args });
  await untilEnd(controller);
}

async function onOwnControlPlane(): Promise<void> {
  const source = process.env['CONTROL_PLANE'] === 'embedded' ? ('embedded' as const) : ('auto' as const);
  const started = performance.now();
  const controlPlane = await startControlPlane({ log: say, signal: aborter.signal, source });
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-start-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  try {
    writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
    say(
      `${controlPlane.kind === 'real' ? 'kube-apiserver' : 'API server in memory'} ${controlPlane.version} at ${controlPlane.server} after ${seconds(started)}`,
    );
    await showExample(kubeconfig);
  } finally {
    await controlPlane.stop();
    rmSync(folder, { recursive: true, force: true });
    say('Stopped, nothing is left behind.');
  }
}

async function showExample(kubeconfig: string): Promise<void> {
  const { client, close } = await connectByFile(kubeconfig, 'make-start');
  await installCRDs(client);
  say('installed the CRDs of example/');
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
    say(`created Namespace ${namespace}, its Cluster and its Network\n`);
    const done = await Promise.race([untilSucceeded(client, network), endOf(controller)]);
    say(await summaryOf({ client, network: done, kubeconfig, change: changes[type] }));
    await untilEnd(controller);
  } finally {
    // Also when it failed or was stopped on the way: a controller that is left over would go on without an API server.
    controller.stop();
    await controller.ended;
    await close();
  }
}

/** Rejects when the controller ends: nobody is left to reconcile anything. */
async function endOf(controller: Child): Promise<never> {
  throw new Error(`the controller ended with code ${await controller.ended}`);
}

async function untilSucceeded(client: KubeClient, { metadata }: KubeObject): Promise<KubeObject> {
  const { namespace, name } = metadata;
  while (!aborter.signal.aborted) {
    const network = await client.get({ resource: resources.networks, namespace, name });
    const status = isRecord(network['status']) ? network['status'] : {};
    if (isRecord(status['lastOperation']) && status['lastOperation']['state'] === 'Succeeded') return network;
    await delay(50);
  }
  throw new Error('stopped before the Network was reconciled');
}

/** Ends when the controller does, or stops it at Ctrl-C. */
async function untilEnd(controller: Child): Promise<void> {
  aborter.signal.addEventListener('abort', () => controller.stop(), { once: true });
  if (aborter.signal.aborted) controller.stop();
  const code = await controller.ended;
  if (code !== 0 && !aborter.signal.aborted) process.exitCode = code;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
