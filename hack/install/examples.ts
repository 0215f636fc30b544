import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import { resources } from '../../controllers/resources.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { Cluster } from '../../test/installation/cluster.ts';
import type { LocalPod } from '../../test/installation/pod.ts';
import { exampleObjects, shootNamespace } from '../../test/support/seed.ts';

/** Creates Namespace, Cluster and Network of each example, as gardenlet does. Returns the Networks. */
export async function createExamples(cluster: Cluster): Promise<readonly KubeObject[]> {
  const networks: KubeObject[] = [];
  for (const type of ['calico', 'cilium'] as const) {
    const { network, cluster: extensionCluster } = exampleObjects(type);
    const timestamp = { 'gardener.cloud/timestamp': new Date().toISOString() };
    const annotations = { ...network.metadata.annotations, ...timestamp };
    const requested = { ...network, metadata: { ...network.metadata, annotations } };
    await cluster.apply([shootNamespace(network.metadata.namespace ?? '', type), extensionCluster, requested]);
    networks.push(requested);
  }
  return networks;
}

/** Waits until all Networks are reconciled and returns them. Throws after a minute, or with the reason of the signal. */
export async function waitForNetworks(input: {
  readonly cluster: Cluster;
  readonly networks: readonly KubeObject[];
  readonly signal: AbortSignal;
}): Promise<readonly KubeObject[]> {
  const { cluster, networks, signal } = input;
  return poll({ condition: () => 'the Networks are not reconciled', signal }, async () => {
    const found = await Promise.all(
      networks.map(({ metadata: { namespace, name } }) =>
        cluster.client.get({ resource: resources.networks, namespace, name }),
      ),
    );
    return found.every(isReconciled) ? found : undefined;
  });
}

/** Waits until the readiness probe of the Deployment succeeds; throws with the last output if the process exits before. */
export async function waitUntilReady({
  pod,
  signal,
}: {
  readonly pod: LocalPod;
  readonly signal: AbortSignal;
}): Promise<void> {
  let code: number | null | undefined;
  void pod.ended.then((ended) => (code = ended));
  const probe = `http://127.0.0.1:${pod.ports['health']}/readyz`;
  await poll({ condition: () => `${pod.name} is not ready`, signal }, async () => {
    if (code !== undefined) throw new Error(`${pod.name} exited with code ${code}:\n${pod.output().slice(-2_000)}`);
    const response = await fetch(probe).catch(() => undefined);
    return response?.ok === true ? true : undefined;
  });
}

/**
 * Creates the example Shoot through the admission, after checking that the admission rejects a copy with an invalid option. Returns the name
 * of the Shoot and the reason of the rejection. Throws if the Shoot is rejected, or if the copy is not.
 */
export async function createShoot(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<{ readonly created: string; readonly rejection: string }> {
  const shoot = load(readFileSync(new URL('../../example/30-shoot.yaml', import.meta.url), 'utf8')) as KubeObject;
  // Set by Gardener's API server, and selected by the webhook configurations.
  const labels = { 'networking.extensions.gardener.cloud/calico': 'true' };
  const labelled = { ...shoot, metadata: { ...shoot.metadata, labels } };
  let message: string | undefined;
  const condition = (): string =>
    `the admission does not reject an invalid Shoot; response of the API server: ${message ?? 'accepted'}`;
  const rejection = await poll({ condition, signal }, async () => {
    message = await cluster.refusal(withBackend(labelled, 'geneve'));
    // The leader creates the webhook configurations after its start, and the API server applies them with a delay.
    return message?.includes('providerConfig.backend') === true ? message : undefined;
  });
  await cluster.apply([labelled]);
  const { namespace, name } = shoot.metadata;
  return {
    created: `${namespace}/${name}`,
    rejection: rejection.replace(/^.*denied the request: /s, '').split('. ')[0] ?? '',
  };
}

function withBackend(shoot: KubeObject, backend: string): KubeObject {
  const spec = shoot['spec'] as Readonly<Record<string, unknown>>;
  const networking = recordOf(spec['networking']);
  const providerConfig = recordOf(networking['providerConfig']);
  const changed = { ...networking, providerConfig: { ...providerConfig, backend } };
  return { ...shoot, metadata: { ...shoot.metadata, name: 'invalid' }, spec: { ...spec, networking: changed } };
}

function isReconciled(network: KubeObject): boolean {
  const status = recordOf(network['status']);
  const last = recordOf(status['lastOperation']);
  const requested = network.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
  return !requested && last['state'] === 'Succeeded' && status['observedGeneration'] === network.metadata.generation;
}

async function poll<T>(
  { condition, signal }: { readonly condition: () => string; readonly signal: AbortSignal },
  probe: () => Promise<T | undefined>,
): Promise<T> {
  for (const end = performance.now() + 60_000; performance.now() < end; await delay(50)) {
    signal.throwIfAborted();
    const found = await probe();
    if (found !== undefined) return found;
  }
  throw new Error(`timeout after one minute: ${condition()}`);
}
