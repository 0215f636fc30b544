import assert from 'node:assert/strict';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { createFakeClock, createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import { createOwnPublisher } from './own.ts';

const name = 'gardener-extension-networking-cilium';

interface Row {
  /** The Networks in kube-system. */
  readonly networks: readonly KubeObject[];
  readonly configured: boolean;
}

cases<Row>(
  {
    'no configuration without a Network': { networks: [], configured: false },
    'configuration for a Network of the type': { networks: [network({})], configured: true },
    'configuration for a Network of the type with an error': {
      networks: [network({ status: { lastOperation: { type: 'Create', state: 'Error' } } })],
      configured: true,
    },
    'no configuration for a Network of another type': {
      networks: [network({ spec: { type: 'calico' } })],
      configured: false,
    },
    'configuration if one of two Networks has the type': {
      networks: [network({ spec: { type: 'calico' } }), network({})],
      configured: true,
    },
    'no configuration for a Network of a class that is not served': {
      networks: [network({ spec: { type: 'cilium', class: 'seed' } })],
      configured: false,
    },
    'no configuration for a Network in deletion': {
      networks: [network({ metadata: { deletionTimestamp: '2026-01-10T12:00:00Z' } })],
      configured: false,
    },
    'no configuration for a migrated Network': {
      networks: [network({ status: { lastOperation: { type: 'Migrate', state: 'Succeeded' } } })],
      configured: false,
    },
    'no configuration for a Network without type and status': {
      networks: [{ apiVersion: '', kind: '', metadata: { name: 'root' } }],
      configured: false,
    },
  },
  async ({ networks, configured }) => {
    for (const before of [false, true]) assert.equal(await publish(networks, before), configured, `before: ${before}`);
  },
);

/** Returns whether the configuration exists after publishing. */
async function publish(networks: readonly KubeObject[], exists: boolean): Promise<boolean> {
  let found: KubeObject | undefined = exists ? { apiVersion: '', kind: '', metadata: { name } } : undefined;
  const client = {
    list: async ({ namespace }: { readonly namespace?: string }) => {
      assert.equal(namespace, 'kube-system');
      return { items: networks };
    },
    find: async ({ resource }: { readonly resource: { readonly plural: string } }) =>
      resource.plural === 'namespaces' ? { metadata: { name: 'extension', uid: 'u-1' } } : found,
    create: async ({ object }: { readonly object: KubeObject }) => {
      found = object;
    },
    mergePatch: async ({ patch }: { readonly patch: unknown }) => {
      assert.ok(isRecord(patch) && Array.isArray(patch['webhooks']));
    },
    delete: async () => {
      found = undefined;
    },
  };
  const url = 'https://extension/shoot';
  const publisher = createOwnPublisher({
    ownCluster: { name, address: { url }, ownerNamespace: 'extension' },
    url,
    client: client as unknown as KubeClient,
    plan: (target) => nodeLocalDNSWebhook.plan(target, planTools()),
    type: 'cilium',
    classes: ['shoot'],
    clock: createFakeClock(),
    random: () => 0,
    log: createMemoryLogger(),
  });
  await publisher.publish('CA bundle');
  return found !== undefined;
}

function network(change: { readonly metadata?: object; readonly spec?: object; readonly status?: object }): KubeObject {
  const { metadata, spec = { type: 'cilium' }, status = {} } = change;
  const finalizers = ['extensions.gardener.cloud/network'];
  return { apiVersion: '', kind: 'Network', metadata: { name: 'root', finalizers, ...metadata }, spec, status };
}
