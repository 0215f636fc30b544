/** Names defined by Gardener (docs/design/gardener.md#names). They must not change when a landscape migrates to this extension. */
export const annotations = {
  operation: 'gardener.cloud/operation',
  timestamp: 'gardener.cloud/timestamp',
  confirmDeletion: 'confirmation.gardener.cloud/deletion',
  confirmForceDeletion: 'confirmation.gardener.cloud/force-deletion',
  genericTokenKubeconfig: 'generic-token-kubeconfig.secret.gardener.cloud/name',
} as const;

export const labels = {
  role: 'gardener.cloud/role',
  noCleanup: 'shoot.gardener.cloud/no-cleanup',
  shootProvider: 'shoot.gardener.cloud/provider',
  networkProvider: 'networking.shoot.gardener.cloud/provider',
  garbageCollectable: 'resources.gardener.cloud/garbage-collectable-reference',
  dashboard: 'dashboard.monitoring.gardener.cloud/shoot',
} as const;

/** Namespace of Network, Cluster and ManagedResources of a self-hosted shoot, in the shoot itself (docs/design/gardener.md#self-hosted-shoots). */
export const selfHostedNamespace = 'kube-system';

/** Finalizer shared by all network extensions, a precondition of migration in place (docs/design/life-cycle.md#state-machine). */
export const networkFinalizer = 'extensions.gardener.cloud/network';

/** Prefix of annotations that protect a Secret from the garbage collector (docs/design/gardener.md#managedresource). */
export const secretReferencePrefix = 'reference.resources.gardener.cloud/secret-';

export const apiVersions = {
  extensions: 'extensions.gardener.cloud/v1alpha1',
  core: 'core.gardener.cloud/v1beta1',
  resources: 'resources.gardener.cloud/v1alpha1',
} as const;

/**
 * Codes in `lastError.codes` (docs/design/gardener.md#network-schema). ERR_CONFIGURATION_PROBLEM is reserved for errors that the user must
 * fix, because it stops gardenlet's retries.
 */
export const errorCodes = {
  configurationProblem: 'ERR_CONFIGURATION_PROBLEM',
  cleanupClusterResources: 'ERR_CLEANUP_CLUSTER_RESOURCES',
} as const;
