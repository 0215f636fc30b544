import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Cluster } from '../../test/installation/cluster.ts';
import type { LocalPod } from '../../test/installation/pod.ts';
import { exampleObjects, shootNamespace } from '../../test/support/seed.ts';

/** Namespace, Cluster and Network of each example, as gardenlet writes them. Gives the Networks. */
export async function createExamples(cluster: Cluster): Promise<readonly KubeObject[]> {
  const networks: KubeObject[] = [];
  for (const type of ['calico', 'cilium'] as const) {
    const { network, cluster: extensionCluster } = exampleObjects(type);
    const timestamp = { 'gardener.cloud/timestamp': new Date().toISOString() };
    const annotations = { ...network.metadata.annotations, ...timestamp };
    const asked = { ...network, metadata: { ...network.metadata, annotations } };
    await cluster.apply([shootNamespace(network.metadata.namespace ?? '', type), extensionCluster, asked]);
    networks.push(asked);
  }
  return networks;
}

/** Gives the Networks as they are when their last operation has succeeded. Throws what the signal aborts with, and after a minute. */
export async function untilSucceeded(input: {
  readonly cluster: Cluster;
  readonly networks: readonly KubeObject[];
  readonly signal: AbortSignal;
}): Promise<readonly KubeObject[]> {
  const { cluster, networks, signal } = input;
  return until({ what: () => 'all Networks are reconciled', signal }, async () => {
    const found = await Promise.all(
      networks.map(({ metadata: { namespace, name } }) =>
        cluster.client.get({ resource: resources.networks, namespace, name }),
      ),
    );
    return found.every(isDone) ? found : undefined;
  });
}

/** Until the readiness probe of the Deployment would say yes; throws with the end of its output when the process ends before. */
export async function untilReady({
  pod,
  signal,
}: {
  readonly pod: LocalPod;
  readonly signal: AbortSignal;
}): Promise<void> {
  let code: number | null | undefined;
  void pod.ended.then((ended) => (code = ended));
  const probe = `http://127.0.0.1:${pod.ports['health']}/readyz`;
  await until({ what: () => `${pod.name} is ready`, signal }, async () => {
    if (code !== undefined) throw new Error(`${pod.name} ended with ${code}:\n${pod.output().slice(-2_000)}`);
    const answer = await fetch(probe).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  });
}

/**
 * The example's Shoot, which the API server lets the admission judge; the same with a wrong option is asked for, too. Gives its name and the
 * refusal. Throws when it is refused, and when the wrong one is not.
 */
export async function createShoot(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<{ readonly created: string; readonly refused: string }> {
  const shoot = load(readFileSync(new URL('../../example/30-shoot.yaml', import.meta.url), 'utf8')) as KubeObject;
  // Gardener's API server sets it, and webhooks are asked by it.
  const labels = { 'networking.extensions.gardener.cloud/calico': 'true' };
  const labelled = { ...shoot, metadata: { ...shoot.metadata, labels } };
  let answer: string | undefined;
  const what = (): string => `the admission refuses a wrong Shoot; the API server says: ${answer ?? 'it is fine'}`;
  const refused = await until({ what, signal }, async () => {
    answer = await cluster.refusal(withBackend(labelled, 'geneve'));
    // The webhook configurations come with the leader's first look, and the API server sees them a moment later.
    return answer?.includes('providerConfig.backend') === true ? answer : undefined;
  });
  await cluster.apply([labelled]);
  const { namespace, name } = shoot.metadata;
  return {
    created: `${namespace}/${name}`,
    refused: refused.replace(/^.*denied the request: /s, '').split('. ')[0] ?? '',
  };
}

function withBackend(shoot: KubeObject, backend: string): KubeObject {
  const spec = shoot['spec'] as Readonly<Record<string, unknown>>;
  const networking = isRecord(spec['networking']) ? spec['networking'] : {};
  const providerConfig = isRecord(networking['providerConfig']) ? networking['providerConfig'] : {};
  const changed = { ...networking, providerConfig: { ...providerConfig, backend } };
  return { ...shoot, metadata: { ...shoot.metadata, name: 'refused' }, spec: { ...spec, networking: changed } };
}

function isDone(network: KubeObject): boolean {
  const status = isRecord(network['status']) ? network['status'] : {};
  const last = isRecord(status['lastOperation']) ? status['lastOperation'] : {};
  const waits = network.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
  return !waits && last['state'] === 'Succeeded' && status['observedGeneration'] === network.metadata.generation;
}

async function until<T>(
  { what, signal }: { readonly what: () => string; readonly signal: AbortSignal },
  probe: () => Promise<T | undefined>,
): Promise<T> {
  for (const end = performance.now() + 60_000; performance.now() < end; await delay(50)) {
    signal.throwIfAborted();
    const found = await probe();
    if (found !== undefined) return found;
  }
  throw new Error(`still not after a minute: ${what()}`);
}
