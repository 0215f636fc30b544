/** The extension as a process with a real kube-apiserver: the stored objects, whatever happens to the process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../controllers/resources.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { parseRequestCounts, requestsBetween } from '../bench/requests.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { type Landscape, operationAnnotations, readStatus, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'the controller with a real API server', log });
let seed: Landscape;

before(async () => {
  if (skip === false) seed = await startLandscape(log);
});
after(() => seed?.stop());

async function listSecrets(name: string): Promise<readonly KubeObject[]> {
  const { items } = await seed.client.list({ resource: resources.secrets, namespace: `shoot--test--${name}` });
  return items;
}

/** Returns the DaemonSet calico-node in the ManagedResource of the shoot. */
async function daemonSet(name: string): Promise<string> {
  const resource = await seed.client.get({
    resource: resources.managedResources,
    namespace: `shoot--test--${name}`,
    name: 'extension-networking-calico-config',
  });
  const { secretRefs } = resource['spec'] as { readonly secretRefs: readonly { readonly name: string }[] };
  const used = (await listSecrets(name)).filter((one) => secretRefs.some((ref) => ref.name === one.metadata.name));
  return JSON.stringify(
    readManifests(used).find((one) => one.kind === 'DaemonSet' && one.metadata.name === 'calico-node'),
  );
}

test('reconciles a Network, writes nothing after a restart, and exits with 0 on SIGTERM after releasing the Lease', {
  skip,
}, async () => {
  await seed.shoot('first');
  // The first leader that runs long enough marks the authority of the other type’s webhook as published in its Secret.
  const flags = ['--types=calico', '--leader-election-namespace=default', '--heartbeat-namespace=default'];
  const extension = seed.run(...flags);
  const network = await seed.ready('first');
  assert.deepEqual(network.metadata.finalizers, ['extensions.gardener.cloud/network']);
  assert.match(await daemonSet('first'), /10\.96\.0\.0\/11/);
  assert.equal(await extension.terminate(), 0, extension.output());
  const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true } as const;
  const lease = await seed.client.get({
    resource: leases,
    namespace: 'default',
    name: 'networking-calico-leader-election',
  });
  assert.equal((lease['spec'] as { readonly holderIdentity?: string }).holderIdentity ?? '', '');
  const heartbeat = await seed.client.get({
    resource: leases,
    namespace: 'default',
    name: 'gardener-extension-heartbeat',
  });
  assert.equal((heartbeat['spec'] as { readonly holderIdentity?: string }).holderIdentity, 'networking-calico');

  const before = parseRequestCounts(await seed.controlPlane.metrics());
  const again = seed.run(...flags);
  await seed.waitFor('the second process leads', async () => again.output().includes('Became leader'));
  await delay(1_500);
  await again.terminate();
  const written = [...requestsBetween(before, parseRequestCounts(await seed.controlPlane.metrics())).keys()].filter(
    (key) => /^(POST|PUT|PATCH|DELETE) (networks|secrets|managedresources|configmaps|scrapeconfigs)/.test(key),
  );
  assert.deepEqual(written, []);
});

test('loses nothing when it is killed repeatedly while 20 Networks are created', { skip }, async () => {
  const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
  const creating = Promise.all(names.map((name) => seed.shoot(name)));
  for (const patience of [700, 900, 1_100, 1_300]) {
    const extension = seed.run('--no-leader-election');
    await delay(patience);
    await extension.kill();
  }
  await creating;
  const last = seed.run('--no-leader-election');
  await seed.areReady(...names);
  const reference = await daemonSet('many-0');
  for (const name of names) {
    assert.equal(await daemonSet(name), reference);
    assert.equal((await listSecrets(name)).length, 1, `${name} has one Secret`);
  }
  await last.terminate();
});

test('reports a rejected configuration, and retries when the Cluster changes', { skip }, async () => {
  const extension = seed.run('--no-leader-election');
  await seed.shoot('rejected', {
    shoot: { spec: { kubernetes: { kubeProxy: { enabled: false } } } },
    spec: { providerConfig: { backend: 'geneve' } },
  });
  const rejected = await seed.eventually('the configuration is rejected', async () => {
    const network = await seed.network('rejected');
    return readStatus(network)['lastError'] === undefined ? undefined : network;
  });
  const error = readStatus(rejected)['lastError'] as {
    readonly description: string;
    readonly codes: readonly string[];
  };
  assert.deepEqual(error.codes, ['ERR_CONFIGURATION_PROBLEM']);
  assert.match(
    error.description,
    /^Error reconciling Network: \[spec\.providerConfig\.backend: Unsupported value: "geneve": .*spec\.kubernetes\.kubeProxy\.enabled: Forbidden/,
  );
  assert.deepEqual(await listSecrets('rejected'), []);
  const { resourceVersion } = (
    await seed.eventually('the annotation is removed', async () => {
      const network = await seed.network('rejected');
      return network.metadata.annotations?.['gardener.cloud/operation'] === undefined ? network : undefined;
    })
  ).metadata;
  await delay(1_500);
  assert.equal(
    (await seed.network('rejected')).metadata.resourceVersion,
    resourceVersion,
    'the same error is not written again',
  );

  await seed.patch('rejected', {
    spec: { providerConfig: { backend: null } },
    metadata: { annotations: operationAnnotations() },
  });
  await seed.eventually('only the error about kube-proxy remains', async () => {
    const { description = '' } = (readStatus(await seed.network('rejected'))['lastError'] ?? {}) as {
      readonly description?: string;
    };
    return description.includes('kubeProxy') && !description.includes('backend') ? true : undefined;
  });
  await seed.cluster('rejected', { spec: { kubernetes: { kubeProxy: { enabled: true } } } });
  await seed.ready('rejected');
  await extension.terminate();
});

test('with --ignore-operation-annotation a new generation and a changed Cluster trigger a reconcile', {
  skip,
}, async () => {
  const extension = seed.run('--no-leader-election', '--ignore-operation-annotation');
  await seed.shoot('ignoring');
  await seed.ready('ignoring');
  await seed.patch('ignoring', { spec: { providerConfig: { vethMTU: '1420' } } });
  await seed.ready('ignoring');
  await seed.cluster('ignoring', { spec: { kubernetes: { kubeProxy: { mode: 'NFTables' } } } });
  await seed.waitFor('the DaemonSet uses nftables', async () =>
    (await daemonSet('ignoring')).includes('FELIX_NFTABLESMODE'),
  );
  await seed.ready('ignoring');
  await extension.terminate();
});

test('a deleted Network waits for its ManagedResource without occupying a worker, and is removed', {
  skip,
}, async () => {
  const extension = seed.run('--no-leader-election');
  await seed.shoot('leaving');
  await seed.ready('leaving');
  const where = {
    resource: resources.managedResources,
    namespace: 'shoot--test--leaving',
    name: 'extension-networking-calico-config',
  };
  await seed.client.mergePatch({
    ...where,
    patch: { metadata: { finalizers: ['resources.gardener.cloud/gardener-resource-manager'] } },
  });
  await seed.client.delete({ resource: resources.networks, namespace: 'shoot--test--leaving', name: 'leaving' });
  await seed.eventually('the ManagedResource is being deleted', async () =>
    (await seed.client.get(where)).metadata.deletionTimestamp === undefined ? undefined : true,
  );
  assert.equal(
    (readStatus(await seed.network('leaving'))['lastOperation'] as { readonly type: string }).type,
    'Delete',
  );
  await seed.shoot('meanwhile');
  await seed.ready('meanwhile');
  await seed.client.mergePatch({ ...where, patch: { metadata: { finalizers: null } } });
  await seed.eventually('the Network is gone', async () =>
    (await seed.client.find({ resource: resources.networks, namespace: 'shoot--test--leaving', name: 'leaving' })) ===
    undefined
      ? true
      : undefined,
  );
  assert.deepEqual(await listSecrets('leaving'), []);
  await extension.terminate();
});

test('the process survives an outage of the API server and continues', { skip }, async () => {
  const extension = seed.run('--leader-election-namespace=default');
  await seed.shoot('patient');
  await seed.ready('patient');
  await seed.controlPlane.stopApiServer({ kill: true });
  await delay(2_000);
  await seed.controlPlane.startApiServer();
  await seed.eventually('the API server serves the Network', async () => {
    try {
      await seed.patch('patient', {
        spec: { providerConfig: { vethMTU: '1410' } },
        metadata: { annotations: operationAnnotations() },
      });
      return true;
    } catch {
      return undefined;
    }
  });
  await seed.ready('patient');
  assert.equal(await extension.terminate(), 0, extension.output());
});
