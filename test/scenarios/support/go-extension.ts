import type { ManagedNames } from './cni.ts';
import { type Fixtures, hashed } from './fixtures.ts';
import { type Expected, ourFinalizers, type Step, statusAndMetadata, statusWrite } from './scenario.ts';

/** The objects of the Go extension in the seed that ours reads; `manifest` is the object that it deployed to the shoot. */
export function goExtensionState({ cni, ...fixtures }: Fixtures, manifest = cni.goManifest): readonly Step[] {
  const status = {
    observedGeneration: 1,
    ipFamilies: ['IPv4'],
    providerStatus: { ...fixtures.providerConfig({}), kind: 'NetworkStatus' },
    lastOperation: {
      type: 'Reconcile',
      state: 'Succeeded',
      progress: 100,
      description: 'Successfully reconciled Network',
      lastUpdateTime: '2026-01-09T10:00:00Z',
    },
  };
  const annotations = {
    'gardener.cloud/operation': 'reconcile',
    'gardener.cloud/timestamp': '2026-01-10T10:00:00Z',
  };
  return [
    { do: 'create', object: fixtures.clusterObject() },
    { do: 'create', object: fixtures.networkObject({ metadata: { finalizers: ourFinalizers, annotations }, status }) },
    ...cni.managedResources.flatMap((one) => managedResource(one, JSON.stringify(manifest))),
  ];
}

/** Expects that the first run writes all objects under their own names. The old Secrets remain for the garbage collector. */
export function expectTakeOver({ cni, allObjects }: Fixtures, network: Expected['network']): Expected {
  return {
    reason: 'operation annotation',
    results: ['succeeded'],
    writes: [
      ...statusAndMetadata,
      ...cni.managedResources.map((one) => `create Secret ${hashed(one)}`),
      ...cni.managedResources.map((one) => `update ManagedResource ${one.name}`),
      ...cni.monitoring.map((one) => `create ${one}`),
      statusWrite,
    ],
    network,
    objects: [...allObjects, ...cni.managedResources.map((one) => `Secret ${hashed(one)}`)],
    planned: true,
  };
}

/** That of a shoot webhook has no labels and injects none (docs/design/gardener.md#managedresource). Both have labels and annotations of others. */
function managedResource({ name, origin, secret, dataKey }: ManagedNames, manifest: string): readonly Step[] {
  const secretName = `${secret}-0a1b2c3d`;
  const options = { injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' }, keepObjects: false };
  return [
    {
      do: 'create',
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: secretName,
          labels: { 'resources.gardener.cloud/garbage-collectable-reference': 'true' },
        },
        immutable: true,
        type: 'Opaque',
        data: { [dataKey]: Buffer.from(manifest).toString('base64') },
      },
    },
    {
      do: 'create',
      object: {
        apiVersion: 'resources.gardener.cloud/v1alpha1',
        kind: 'ManagedResource',
        metadata: {
          name,
          labels: { 'example.com/mine': 'kept', ...(origin === undefined ? {} : { origin }) },
          annotations: {
            'reference.resources.gardener.cloud/secret-01234567': secretName,
            'example.com/mine': 'kept',
          },
        },
        spec: { secretRefs: [{ name: secretName }], ...(origin === undefined ? {} : options) },
      },
    },
  ];
}
