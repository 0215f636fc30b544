import type { ManagedNames } from './cni.ts';
import { type Expected, ours, type Step, statusAndMetadata, statusWrite } from './scenario.ts';
import { hashed, type Vocabulary } from './vocabulary.ts';

/** What the Go extension leaves behind, as far as ours sees it; `manifest` is what it gave to the shoot. */
export function goExtension({ cni, ...words }: Vocabulary, manifest = cni.goManifest): readonly Step[] {
  const status = {
    observedGeneration: 1,
    ipFamilies: ['IPv4'],
    providerStatus: { ...words.providerConfig({}), kind: 'NetworkStatus' },
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
    { do: 'create', object: words.clusterObject() },
    { do: 'create', object: words.networkObject({ metadata: { finalizers: ours, annotations }, status }) },
    ...cni.managedResources.flatMap((one) => managedResource(one, JSON.stringify(manifest))),
  ];
}

/** What our first run makes of that: everything is given again, under names of its own; the old Secrets are the garbage collector's. */
export function takenOverFromGo({ cni, everything }: Vocabulary, network: Expected['network']): Expected {
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
    objects: [...everything, ...cni.managedResources.map((one) => `Secret ${hashed(one)}`)],
    planned: true,
  };
}

/** The shoot webhook's has no labels and injects none (docs/design/gardener.md#managedresource); somebody's own labels and annotations are on both. */
function managedResource({ name, origin, secret, dataKey }: ManagedNames, manifests: string): readonly Step[] {
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
        data: { [dataKey]: Buffer.from(manifests).toString('base64') },
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
