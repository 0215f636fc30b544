import type { Resource } from '../pkg/kubernetes/client/resource.ts';

/** The resources that the reconciliation of Networks reads or writes. */
export const resources = {
  networks: { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'networks', namespaced: true },
  clusters: { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'clusters', namespaced: false },
  managedResources: {
    group: 'resources.gardener.cloud',
    version: 'v1alpha1',
    plural: 'managedresources',
    namespaced: true,
  },
  secrets: { group: '', version: 'v1', plural: 'secrets', namespaced: true },
  configMaps: { group: '', version: 'v1', plural: 'configmaps', namespaced: true },
  scrapeConfigs: { group: 'monitoring.coreos.com', version: 'v1alpha1', plural: 'scrapeconfigs', namespaced: true },
  prometheusRules: { group: 'monitoring.coreos.com', version: 'v1', plural: 'prometheusrules', namespaced: true },
  dnsRecords: { group: 'extensions.gardener.cloud', version: 'v1alpha1', plural: 'dnsrecords', namespaced: true },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  nodes: { group: '', version: 'v1', plural: 'nodes', namespaced: false },
} as const satisfies Readonly<Record<string, Resource>>;

const kinds: Readonly<Record<string, Resource>> = {
  ConfigMap: resources.configMaps,
  Secret: resources.secrets,
  ScrapeConfig: resources.scrapeConfigs,
  PrometheusRule: resources.prometheusRules,
  ManagedResource: resources.managedResources,
  Node: resources.nodes,
};

/** Returns the resource of a kind that plans name. Throws for any other kind: it would be a defect, and RBAC does not allow it. */
export function resourceOfKind(kind: string): Resource {
  const resource = kinds[kind];
  if (resource === undefined) throw new Error(`objects of kind ${kind} are not written by this controller`);
  return resource;
}
