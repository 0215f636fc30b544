import { resources } from '../../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { builtin } from '../../../pkg/kubernetes/client/builtin.ts';
import type { Resource } from '../../../pkg/kubernetes/client/resource.ts';
import { exampleObjects, shootNamespace } from '../../support/seed.ts';
import { asked, isReady, statusOf } from '../landscape.ts';
import type { Ground } from './ground.ts';

export interface Shoot {
  readonly type: 'calico' | 'cilium';
  readonly name: string;
  /** In the cluster that the extension runs in, as a self-hosted shoot. */
  readonly isSelfHosted?: boolean;
}

/** One thing that happens to a shoot. */
export interface ShootStep {
  readonly name: string;
  /** Begins it, as gardenlet or somebody with an editor does. */
  act(shoot: Shoot): Promise<void>;
  /** Whether the controller has answered. */
  isDone(shoot: Shoot): Promise<boolean>;
}

const events: Resource = { group: '', version: 'v1', plural: 'events', namespaced: true };

/**
 * The life of a shoot's network with everything that the controller may have to write, in the order in which it happens.
 */
export function lifeOf({ cluster }: Pick<Ground, 'cluster'>): readonly ShootStep[] {
  const { client } = cluster;
  const where = (shoot: Shoot): { readonly namespace: string; readonly name: string } => ({
    namespace: namespaceOf(shoot),
    name: shoot.name,
  });
  const network = (shoot: Shoot): Promise<KubeObject> => client.get({ resource: resources.networks, ...where(shoot) });
  const ask = async (shoot: Shoot, operation: string, spec: object = {}): Promise<void> => {
    await client.mergePatch({
      resource: resources.networks,
      ...where(shoot),
      patch: { spec, metadata: { annotations: asked(operation) } },
    });
  };
  const isAnswered = async (shoot: Shoot): Promise<boolean> => isReady(await network(shoot));
  const written = async (shoot: Shoot, resource: Resource): Promise<readonly KubeObject[]> => {
    const { items } = await client.list({ resource, namespace: where(shoot).namespace });
    return items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  };

  return [
    {
      name: 'created',
      async act(shoot) {
        const { namespace, name } = where(shoot);
        const example = exampleObjects(shoot.type);
        const metadata = { name, namespace, annotations: asked() };
        await cluster.apply([shootNamespace(namespace, shoot.type), clusterOf(example.cluster, namespace)]);
        const { spec } = example.network as unknown as { readonly spec: { readonly providerConfig: object } };
        const providerConfig = { ...spec.providerConfig, ...mostMonitored[shoot.type] };
        await cluster.apply([{ ...example.network, metadata, spec: { ...spec, providerConfig } }]);
      },
      isDone: isAnswered,
    },
    {
      name: 'edited by somebody',
      async act(shoot) {
        for (const [resource, patch] of Object.entries(edits)) {
          const known = resources[resource as keyof typeof edits];
          for (const { metadata } of await written(shoot, known))
            await client.mergePatch({ resource: known, namespace: metadata.namespace, name: metadata.name, patch });
        }
        if (shoot.isSelfHosted === true) await editWebhooks();
        await ask(shoot, 'reconcile');
      },
      isDone: isAnswered,
    },
    {
      name: 'its Secret without the label of the garbage collector',
      async act(shoot) {
        for (const { metadata } of await written(shoot, resources.secrets))
          await client.mergePatch({
            resource: resources.secrets,
            namespace: metadata.namespace,
            name: metadata.name,
            patch: { metadata: { labels: { 'resources.gardener.cloud/garbage-collectable-reference': null } } },
          });
        await ask(shoot, 'reconcile');
      },
      isDone: isAnswered,
    },
    {
      name: 'given a wrong configuration',
      act: (shoot) => ask(shoot, 'reconcile', { providerConfig: { overlay: { enabled: 'sometimes' } } }),
      async isDone(shoot) {
        const told = await written(shoot, events);
        return statusOf(await network(shoot))['lastError'] !== undefined && told.length > 0;
      },
    },
    {
      name: 'given a right configuration',
      act: (shoot) =>
        ask(shoot, 'reconcile', { providerConfig: { overlay: { enabled: true }, ...lessMonitored[shoot.type] } }),
      isDone: isAnswered,
    },
    {
      name: 'without its overlay again',
      // What the example of cilium encrypts and lets out by gateways needs its overlay.
      act: (shoot) => ask(shoot, 'reconcile', { providerConfig: { overlay: { enabled: shoot.type === 'cilium' } } }),
      isDone: isAnswered,
    },
    {
      name: 'migrated',
      act: (shoot) => ask(shoot, 'migrate'),
      isDone: (shoot) => isOver(shoot, 'Migrate'),
    },
    {
      name: 'restored',
      act: (shoot) => ask(shoot, 'restore'),
      isDone: (shoot) => isOver(shoot, 'Restore'),
    },
    {
      name: 'deleted, with a left-over of older versions',
      async act(shoot) {
        const { namespace } = where(shoot);
        const metadata = { name: `${shoot.type}-monitoring-config`, namespace };
        await cluster.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} }]);
        await client.delete({ resource: resources.networks, ...where(shoot) });
      },
      isDone: async (shoot) => (await client.find({ resource: resources.networks, ...where(shoot) })) === undefined,
    },
  ];

  /** What a self-hosted shoot with the webhook has in the cluster itself. */
  async function editWebhooks(): Promise<void> {
    const resource = builtin.mutatingWebhookConfigurations;
    const { items } = await client.list({ resource });
    for (const { metadata } of items)
      await client.mergePatch({ resource, name: metadata.name, patch: { webhooks: [] } });
  }

  async function isOver(shoot: Shoot, type: string): Promise<boolean> {
    const present = await network(shoot);
    const last = statusOf(present)['lastOperation'];
    const waits = present.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
    return !waits && isRecord(last) && last['type'] === type && last['state'] === 'Succeeded';
  }
}

/** Where the network of a shoot is in the seed. */
export function namespaceOf({ type, name, isSelfHosted = false }: Shoot): string {
  return isSelfHosted ? 'kube-system' : `shoot--${type}--${name}`;
}

/** With a Kubernetes that lets an overlay go node by node, which has to be watched. */
function clusterOf(example: KubeObject, name: string): KubeObject {
  const { shoot, ...rest } = example['spec'] as { readonly shoot: { readonly spec: { readonly kubernetes: object } } };
  const kubernetes = { ...shoot.spec.kubernetes, version: '1.36.0' };
  return {
    ...example,
    metadata: { name },
    spec: { ...rest, shoot: { ...shoot, spec: { ...shoot.spec, kubernetes } } },
  };
}

/** Options by which a shoot has all the objects for its Prometheus that there can be; and by which it loses one. */
const mostMonitored = { calico: { birdExporter: { enabled: true } }, cilium: {} };
const lessMonitored = { calico: { birdExporter: null }, cilium: {} };

/** What somebody may do to each object of a kind that the controller keeps as it should be. */
const edits = {
  managedResources: { spec: { injectLabels: { edited: 'true' } } },
  configMaps: { data: { edited: 'true' } },
  scrapeConfigs: { spec: { scheme: 'HTTP' } },
  prometheusRules: { spec: { groups: [] } },
};
