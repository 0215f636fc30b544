/** The floor of the bench: a loader that only sends the bodies for new Networks, five Networks at a time, without any computation. */
import { resourceOfKind, resources } from '../../controllers/resources.ts';
import { offlineWebhook } from '../../pkg/cli/offline-webhook.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { plan as planNetwork, pluginFor } from '../../pkg/network/plan.ts';
import type { NetworkPlan } from '../../pkg/network/plugin.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { type ExampleType, exampleObjects } from '../support/seed.ts';

export interface LoadInput {
  readonly client: KubeClient;
  readonly networks: readonly KubeObject[];
  readonly plan: NetworkPlan;
}

/** Sends for each Network: status, finalizer, Secrets, then ManagedResources and monitoring, status. Returns the total seconds. */
export async function loadFloor({ client, networks, plan }: LoadInput): Promise<number> {
  const renderResource = createManagedResourceRenderer();
  const managedResources = [plan.managedResource, plan.webhookResource]
    .filter((one) => one !== undefined)
    .map((one) => renderResource({ plan: one, namespace: 'replaced' }));
  const secrets = managedResources.map((one) => one.secret());
  const bodies = [...managedResources.map((one) => one.managedResource), ...plan.seedObjects];
  const entries = networks.values();
  const start = performance.now();
  const worker = async (): Promise<void> => {
    for (const { metadata } of entries) {
      const { namespace = '', name } = metadata;
      const where = { resource: resources.networks, namespace, name };
      const inPlace = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace } });
      await client.mergePatch({
        ...where,
        subresource: 'status',
        patch: { status: { lastOperation: operation('Processing', 1) } },
      });
      await client.mergePatch({
        ...where,
        patch: {
          metadata: { finalizers: ['bench.example.com/floor'], annotations: { 'gardener.cloud/operation': null } },
        },
      });
      const create = (object: KubeObject): Promise<KubeObject> =>
        client.create({ resource: resourceOfKind(object.kind), object: inPlace(object) });
      await Promise.all(secrets.map(create));
      await Promise.all(bodies.map(create));
      const status = {
        ...plan.status,
        lastOperation: operation('Succeeded', 100),
        observedGeneration: 1,
        lastError: null,
      };
      await client.mergePatch({ ...where, subresource: 'status', patch: { status } });
    }
  };
  await Promise.all(Array.from({ length: 5 }, worker));
  const seconds = (performance.now() - start) / 1000;
  // The extension would publish its CA bundle to these webhook ManagedResources, too, and distort the count of writes.
  const resource = resources.managedResources;
  for (const { metadata } of networks) {
    const { namespace } = metadata;
    await Promise.all(
      managedResources.map(({ managedResource: { metadata } }) =>
        client.delete({ resource, namespace, name: metadata.name }),
      ),
    );
  }
  return seconds;
}

function operation(state: string, progress: number): object {
  return {
    type: 'Create',
    state,
    progress,
    description: 'floor',
    lastUpdateTime: `${new Date().toISOString().slice(0, 19)}Z`,
  };
}

/** Returns the plan of the example of a type. */
export function examplePlan(type: ExampleType): NetworkPlan {
  const { network, cluster } = exampleObjects(type);
  const webhook = offlineWebhook(pluginFor(plugins, type));
  const result = planNetwork(
    {
      network: network as unknown as Network,
      cluster,
      featureGates: {},
      currentObjects: { available: true, value: [] },
      shoot: { available: false, reason: 'bench' },
      ...(webhook && { webhook }),
      plugins,
    },
    shippedPlanTools(),
  );
  if (result.outcome !== 'planned') throw new Error('the example is rejected');
  return result.plan;
}
