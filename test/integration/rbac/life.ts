import { resources } from '../../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { builtin } from '../../../pkg/kubernetes/client/builtin.ts';
import type { Resource } from '../../../pkg/kubernetes/client/resource.ts';
import { exampleObjects, shootNamespace } from '../../support/seed.ts';
import { isReady, operationAnnotations, readStatus } from '../landscape.ts';
import type { Ground } from './ground.ts';

export interface Shoot {
  readonly type: 'calico' | 'cilium';
  readonly name: string;
  /** True for a self-hosted shoot, in the cluster of the extension. */
  readonly isSelfHosted?: boolean;
}

/** One step in the life of a shoot. */
export interface ShootStep {
  readonly name: string;
  /** Starts the step, like gardenlet or a user. */
  act(shoot: Shoot): Promise<void>;
  /** Reports whether the controller has finished the step. */
  isDone(shoot: Shoot): Promise<boolean>;
}

const events: Resource = { group: '', version: 'v1', plural: 'events', namespaced: true };

/**
 * Returns the steps in the life of the network of a shoot, with all writes of the controller, in order.
 */
export function lifeSteps({ cluster }: Pick<Ground, 'cluster'>): readonly ShootStep[] {
  const { client } = cluster;
  const where = (shoot: Shoot): { readonly namespace: string; readonly name: string } => ({
    namespace: namespaceFor(shoot),
    name: shoot.name,
  });
  const network = (shoot: Shoot): Promise<KubeObject> => client.get({ resource: resources.networks, ...where(shoot) });
  const requestOperation = async (shoot: Shoot, operation: string, spec: object = {}): Promise<void> => {
    await client.mergePatch({
      resource: resources.networks,
      ...where(shoot),
      patch: { spec, metadata: { annotations: operationAnnotations(operation) } },
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
        const metadata = { name, namespace, annotations: operationAnnotations() };
        const ground = [shootNamespace(namespace, shoot.type), clusterWith(example.cluster, namespace)];
        if (shoot.isSelfHosted === true && shoot.type === 'calico') await cluster.apply([felixConfigurations]);
        await cluster.apply([...ground, apiServerRecord(namespace)]);
        const { spec } = example.network as unknown as { readonly spec: { readonly providerConfig: object } };
        const providerConfig = { ...spec.providerConfig, ...mostRead[shoot.type], ...mostMonitored[shoot.type] };
        await cluster.apply([{ ...example.network, metadata, spec: { ...spec, providerConfig } }]);
      },
      isDone: isAnswered,
    },
    {
      name: 'edited by a user',
      async act(shoot) {
        for (const [resource, patch] of Object.entries(edits)) {
          const known = resources[resource as keyof typeof edits];
          for (const { metadata } of await written(shoot, known))
            await client.mergePatch({ resource: known, namespace: metadata.namespace, name: metadata.name, patch });
        }
        if (shoot.isSelfHosted === true) await editWebhooks();
        await requestOperation(shoot, 'reconcile');
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
        await requestOperation(shoot, 'reconcile');
      },
      isDone: isAnswered,
    },
    {
      name: 'with an invalid configuration',
      act: (shoot) => requestOperation(shoot, 'reconcile', { providerConfig: { overlay: { enabled: 'sometimes' } } }),
      async isDone(shoot) {
        const told = await written(shoot, events);
        return readStatus(await network(shoot))['lastError'] !== undefined && told.length > 0;
      },
    },
    {
      name: 'with a valid configuration',
      act: (shoot) =>
        requestOperation(shoot, 'reconcile', {
          providerConfig: { overlay: { enabled: true }, ...lessMonitored[shoot.type] },
        }),
      isDone: isAnswered,
    },
    {
      name: 'without its overlay again',
      // Encryption and egress gateways in the example of cilium require its overlay.
      act: (shoot) =>
        requestOperation(shoot, 'reconcile', { providerConfig: { overlay: { enabled: shoot.type === 'cilium' } } }),
      isDone: isAnswered,
    },
    {
      name: 'migrated',
      act: (shoot) => requestOperation(shoot, 'migrate'),
      isDone: (shoot) => isOver(shoot, 'Migrate'),
    },
    {
      name: 'restored',
      async act(shoot) {
        if (shoot.isSelfHosted !== true) await hibernate(shoot);
        await requestOperation(shoot, 'restore');
      },
      isDone: (shoot) => isOver(shoot, 'Restore'),
    },
    {
      name: 'deleted, with an object of older versions',
      async act(shoot) {
        const { namespace } = where(shoot);
        const metadata = { name: `${shoot.type}-monitoring-config`, namespace };
        await cluster.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} }]);
        await client.delete({ resource: resources.networks, ...where(shoot) });
      },
      isDone: async (shoot) => (await client.find({ resource: resources.networks, ...where(shoot) })) === undefined,
    },
  ];

  /** Edits the webhook configuration of a self-hosted shoot in its own cluster. */
  async function editWebhooks(): Promise<void> {
    const resource = builtin.mutatingWebhookConfigurations;
    const { items } = await client.list({ resource });
    for (const { metadata } of items)
      await client.mergePatch({ resource, name: metadata.name, patch: { webhooks: [] } });
  }

  /** A restoration reads from shoots that are awake, and hosted shoots have no API server here. */
  async function hibernate(shoot: Shoot): Promise<void> {
    const patch = { spec: { shoot: { spec: { hibernation: { enabled: true } }, status: { hibernated: true } } } };
    await client.mergePatch({ resource: resources.clusters, name: namespaceFor(shoot), patch });
  }

  async function isOver(shoot: Shoot, type: string): Promise<boolean> {
    const present = await network(shoot);
    const last = readStatus(present)['lastOperation'];
    const waits = present.metadata.annotations?.['gardener.cloud/operation'] !== undefined;
    return !waits && isRecord(last) && last['type'] === type && last['state'] === 'Succeeded';
  }
}

/** Returns the namespace of the network of a shoot in the seed. */
export function namespaceFor({ type, name, isSelfHosted = false }: Shoot): string {
  return isSelfHosted ? 'kube-system' : `shoot--${type}--${name}`;
}

/** Returns a Cluster with a Kubernetes version that supports switching the overlay node by node, which requires reading the nodes. */
function clusterWith(example: KubeObject, name: string): KubeObject {
  const { shoot, ...rest } = example['spec'] as { readonly shoot: { readonly spec: { readonly kubernetes: object } } };
  const kubernetes = { ...shoot.spec.kubernetes, version: '1.36.0' };
  return {
    ...example,
    metadata: { name },
    spec: { ...rest, shoot: { ...shoot, spec: { ...shoot.spec, kubernetes } } },
  };
}

/** A self-hosted shoot with Calico has this definition. */
const felixConfigurations: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'felixconfigurations.crd.projectcalico.org' },
  spec: {
    group: 'crd.projectcalico.org',
    scope: 'Cluster',
    names: { kind: 'FelixConfiguration', plural: 'felixconfigurations', singular: 'felixconfiguration' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Options for which the controller reads something in the seed. */
const mostRead = { calico: { kubeAPIServerGlobalNetworkSet: { enabled: true } }, cilium: {} };

/** Where the API server of a shoot is reached. */
function apiServerRecord(namespace: string): KubeObject {
  const labels = { 'gardener.cloud/role': 'controlplane', role: 'external' };
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'DNSRecord',
    metadata: { name: 'external', namespace, labels },
    spec: {
      type: 'example',
      secretRef: { name: 'dns' },
      name: 'api.example.com',
      recordType: 'A',
      values: ['192.0.2.1'],
    },
  };
}

/** Options with which a shoot has all objects for its Prometheus, and without one of them. */
const mostMonitored = { calico: { birdExporter: { enabled: true } }, cilium: {} };
const lessMonitored = { calico: { birdExporter: null }, cilium: {} };

/** Edits by a user to each kind of object that the controller maintains. */
const edits = {
  managedResources: { spec: { injectLabels: { edited: 'true' } } },
  configMaps: { data: { edited: 'true' } },
  scrapeConfigs: { spec: { scheme: 'HTTP' } },
  prometheusRules: { spec: { groups: [] } },
};
