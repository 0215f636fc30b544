/** A self-hosted shoot (contract.md §7): Network, Cluster and what they cause are in kube-system of the cluster that the extension runs in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '../../controllers/network/resources.ts';
import { resources as webhooks } from '../../controllers/webhookconfigurations/ensure.ts';
import { skipWithoutRealControlPlane, startControlPlane } from '../../hack/controlplane/index.ts';
import { exampleObjects } from '../../hack/seed.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { readAudit } from '../support/audit.ts';
import type { Extension } from './extension.ts';
import { asked, isReady, type Landscape, startLandscape, statusOf } from './landscape.ts';
import { grant } from './rights.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'a self-hosted shoot on a real API server', log });
const namespace = 'kube-system';
const user = 'extension';
const mutators = 'mutatingwebhookconfigurations';
let seed: Landscape;
let extension: Extension;

before(async () => {
  if (skip !== false) return;
  seed = await startLandscape(log, () =>
    startControlPlane({ log, source: 'real', build: false, users: [{ name: user }], audit: true }),
  );
  await seed.client.mergePatch({
    resource: webhooks.namespaces,
    name: namespace,
    patch: { metadata: { labels: { 'gardener.cloud/role': 'shoot', 'gardener.cloud/purpose': 'kube-system' } } },
  });
  await grant({ client: seed.client, user, namespace: 'default', place: 'self-hosted shoot' });
  extension = start();
});
after(() => seed?.stop());

/** With exactly the rights that the Helm chart grants in a self-hosted shoot. */
function start(): Extension {
  const kubeconfig = seed.kubeconfig({ token: seed.controlPlane.tokenFor(user) });
  return seed.run(`--kubeconfig=${kubeconfig}`, '--no-leader-election', '--self-hosted-shoot-cluster');
}

/** A Network as gardenadm writes it; the Cluster has no seed. */
async function shoot(change: { readonly spec: object; readonly shoot: object }): Promise<void> {
  const { network, cluster } = exampleObjects();
  const given = cluster['spec'] as { readonly shoot: { readonly spec: object }; readonly cloudProfile: object };
  const spec = {
    cloudProfile: given.cloudProfile,
    shoot: { ...given.shoot, spec: { ...given.shoot.spec, ...change.shoot } },
  };
  await seed.client.create({
    resource: resources.clusters,
    object: { ...cluster, metadata: { name: namespace }, spec },
  });
  await seed.client.create({
    resource: resources.networks,
    object: {
      ...network,
      metadata: { name: 'root', namespace, annotations: asked() },
      spec: { ...(network['spec'] as object), ...change.spec },
    },
  });
}

test('cilium: everything is in kube-system, and the IPAM mode is that of the cluster itself', { skip }, async () => {
  await seed.client.create({
    resource: resources.configMaps,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cilium-config', namespace },
      data: { ipam: 'cluster-pool' },
    },
  });
  await shoot({
    spec: { type: 'cilium', providerConfig: null },
    shoot: {
      networking: { type: 'cilium', pods: '10.96.0.0/11', services: '10.64.0.0/13', nodes: '10.250.0.0/16' },
      kubernetes: { version: '1.34.2', kubeProxy: { enabled: true, mode: 'IPTables' } },
    },
  });
  const network = await seed.eventually('the Network is ready', async () => {
    const found = await seed.client.get({ resource: resources.networks, namespace, name: 'root' });
    return isReady(found) ? found : undefined;
  });
  const { items } = await seed.client.list({ resource: resources.managedResources, namespace });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['extension-networking-cilium-config'],
  );
  assert.deepEqual(statusOf(network)['state'], { ipam: 'cluster-pool' });
  const secrets = await seed.client.list({ resource: resources.secrets, namespace });
  const manifests = readManifests(secrets.items.filter(({ metadata }) => metadata.name.startsWith('managedresource-')));
  assert.ok(manifests.some(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'cilium'));
});

test('the webhook is configured in the cluster itself, goes with its namespace, and answers', { skip }, async () => {
  const name = 'gardener-extension-networking-cilium';
  const configuration = await seed.eventually('the webhook configuration is there', () =>
    seed.client.find({ resource: webhooks.mutators, name }),
  );
  const owner = await seed.client.get({ resource: webhooks.namespaces, name: 'default' });
  assert.deepEqual(
    configuration.metadata.ownerReferences?.map(({ kind, name: of, uid }) => [kind, of, uid]),
    [['Namespace', 'default', owner.metadata.uid]],
  );
  // API servers take a moment to notice a webhook configuration.
  await seed.eventually('the ConfigMap of NodeLocalDNS is changed on its way', async () => {
    const object = nodeLocalDNS();
    const created = await seed.client.create({ resource: resources.configMaps, object, dryRun: true });
    return corefileOf(created).includes('bind 0.0.0.0') ? true : undefined;
  });

  await seed.client.mergePatch({ resource: webhooks.mutators, name, patch: { webhooks: null } });
  await extension.terminate();
  extension = start();
  await seed.eventually('what somebody removed is back', async () => {
    const found = await seed.client.get({ resource: webhooks.mutators, name });
    return Array.isArray(found['webhooks']) && found['webhooks'].length === 1 ? true : undefined;
  });
});

test('of the rights for self-hosted shoots none is missing, and cilium uses all of its own', { skip }, () => {
  const { auditLog = assert.fail('no audit log') } = seed.controlPlane;
  const requests = readAudit(auditLog).requests.filter((one) => one.user === user);
  assert.deepEqual(
    requests.filter(({ code }) => code === 403),
    [],
  );
  const made = new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));
  const own = ['get configmaps', 'get namespaces', ...['get', 'create', 'patch'].map((verb) => `${verb} ${mutators}`)];
  assert.deepEqual(
    own.filter((one) => !made.has(one)),
    [],
  );
});

function nodeLocalDNS(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'node-local-dns-1a2b3c4d', namespace, labels: { 'k8s-app': 'node-local-dns' } },
    data: { Corefile: 'cluster.local:53 {\n    bind 169.254.20.10 10.64.0.10\n    health 169.254.20.10:8099\n}\n' },
  };
}

function corefileOf(configMap: KubeObject): string {
  return isRecord(configMap['data']) ? String(configMap['data']['Corefile']) : '';
}
