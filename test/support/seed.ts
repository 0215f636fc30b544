/**
 * Objects of a seed before the extension runs in it: the CRDs of example/, the namespace, Cluster and Network of a shoot. Used by `make start`,
 * the benches and the suites with an API server.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { load, loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isAlreadyExists } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';

const example = new URL('../../example/', import.meta.url);

export const seedResources = {
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
} as const satisfies Readonly<Record<string, Resource>>;

export type ExampleType = 'calico' | 'cilium';

const exampleFiles: Readonly<Record<ExampleType, string>> = {
  calico: '20-network.yaml',
  cilium: '21-network-cilium.yaml',
};

/** Parses TYPE of make; default: calico. Throws for an unknown type. */
export function exampleType(text: string | undefined): ExampleType {
  if (text === undefined || text === '') return 'calico';
  if (text === 'calico' || text === 'cilium') return text;
  throw new Error(`TYPE=${text}: there are examples of calico and cilium`);
}

/** Returns Network and Cluster of the example of this type. */
export function exampleObjects(type: ExampleType = 'calico'): {
  readonly network: KubeObject;
  readonly cluster: KubeObject;
} {
  const [network, cluster] = loadAll(readFileSync(new URL(exampleFiles[type], example), 'utf8')) as [
    KubeObject,
    KubeObject,
  ];
  return { network, cluster };
}

/** Installs the CRDs of example/ and waits until the API server serves them. */
export async function installCRDs(client: KubeClient): Promise<void> {
  const files = readdirSync(example).filter((file) => file.startsWith('10-crd-'));
  const crds = files.map((file) => load(readFileSync(new URL(file, example), 'utf8')) as KubeObject);
  const resource = seedResources.customResourceDefinitions;
  await Promise.all(crds.map((object) => createMissing({ client, resource, object })));
  await waitEstablished(client, crds);
}

/** Waits until the API server serves these CRDs. */
export async function waitEstablished(client: KubeClient, crds: readonly KubeObject[]): Promise<void> {
  const resource = seedResources.customResourceDefinitions;
  for (const { metadata } of crds) {
    while (!isEstablished(await client.get({ resource, name: metadata.name })))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Creates an object unless it exists. */
export async function createMissing(input: {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly object: KubeObject;
}): Promise<void> {
  try {
    await input.client.create(input);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Returns the namespace of a shoot with the labels of gardenlet. */
export function shootNamespace(name: string, type: ExampleType = 'calico'): KubeObject {
  const labels = { 'gardener.cloud/role': 'shoot', 'networking.shoot.gardener.cloud/provider': type };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function isEstablished(crd: KubeObject): boolean {
  const conditions =
    isRecord(crd['status']) && Array.isArray(crd['status']['conditions']) ? crd['status']['conditions'] : [];
  return conditions.some((one: unknown) => isRecord(one) && one['type'] === 'Established' && one['status'] === 'True');
}
