/** Catalogue of corrupt stored objects, as left by people, other versions or defects elsewhere. */
import { secretNames } from '../record/snapshot.ts';
import type { Shoot } from '../stage/shoot.ts';

export interface StoredFaultKind {
  readonly corrupt: (shoot: Shoot) => Promise<void>;
  /** Repairs wrong input, which a trigger cannot repair. The process must survive the wrong input. */
  readonly mend?: (shoot: Shoot) => Promise<void>;
  /** Invariants that no controller can hold here. */
  readonly exempt?: readonly string[];
}

const managedResource = 'extension-networking-calico-config';

type Change = (shoot: Shoot) => Promise<void>;

const patchManagedResource =
  (patch: object): Change =>
  (shoot) =>
    shoot.patch('managedresources', managedResource, patch);
const patchNetwork =
  (patch: object): Change =>
  (shoot) =>
    shoot.patch('networks', shoot.name, patch);
const patchStatus =
  (patch: object): Change =>
  (shoot) =>
    shoot.patchStatus(patch);
const patchCluster =
  (patch: object): Change =>
  (shoot) =>
    shoot.patch('clusters', shoot.namespace, patch);
const annotation = (name: string, value: string | null): Change =>
  patchNetwork({ metadata: { annotations: { [name]: value } } });
const removal =
  (resource: 'managedresources' | 'scrapeconfigs' | 'configmaps', name: string): Change =>
  async (shoot) => {
    if (!(await shoot.remove(resource, name))) throw new Error(`${resource} ${name} does not exist`);
  };
const all =
  (...steps: readonly Change[]): Change =>
  async (shoot) => {
    for (const step of steps) await step(shoot);
  };
const removeSecret: Change = async (shoot) => {
  await shoot.remove('secrets', await secretName(shoot));
};
const replaceSecret =
  (data: Readonly<Record<string, string>>): Change =>
  async (shoot) => {
    const name = await secretName(shoot);
    await shoot.remove('secrets', name);
    await shoot.createSecret(name, data);
  };
const operation = (state: string, more: object = {}): object => ({
  lastOperation: {
    type: 'Reconcile',
    state,
    progress: 50,
    description: 'by hand',
    lastUpdateTime: '2026-01-01T00:00:00Z',
    ...more,
  },
});
const restoreCluster: Change = (shoot) => shoot.restoreCluster();

const badConfig = (config: Readonly<Record<string, unknown>>): StoredFaultKind => ({
  corrupt: patchNetwork({ spec: { providerConfig: config } }),
  mend: (shoot) => shoot.restoreConfig(),
});

/** By name. The corruption is applied to a reconciled Network and followed by a trigger. */
export const storedFaults: Readonly<Record<string, StoredFaultKind>> = {
  'managedresource-deleted': { corrupt: removal('managedresources', managedResource) },
  'managedresource-emptied': { corrupt: patchManagedResource({ spec: { secretRefs: [] } }) },
  'managedresource-pointed-elsewhere': {
    corrupt: patchManagedResource({ spec: { secretRefs: [{ name: 'nowhere' }] } }),
  },
  'managedresource-of-many-secrets': {
    corrupt: patchManagedResource({ spec: { secretRefs: [{ name: 'nowhere' }, { name: 'gardener' }] } }),
  },
  'managedresource-other-class': { corrupt: patchManagedResource({ spec: { class: 'seed', keepObjects: true } }) },
  'managedresource-without-annotations': {
    corrupt: (shoot) => shoot.clearAnnotations('managedresources', managedResource),
  },
  'secret-deleted': { corrupt: removeSecret },
  // Secrets are immutable and named by content, so the wrong one must be deleted before the right one is created.
  'secret-emptied': { corrupt: replaceSecret({}), exempt: ['noDanglingReference'] },
  'secret-garbage': { corrupt: replaceSecret({ 'config.yaml.br': 'AAECAwQ=' }), exempt: ['noDanglingReference'] },
  'secret-and-managedresource-deleted': { corrupt: all(removeSecret, removal('managedresources', managedResource)) },
  'monitoring-deleted': {
    corrupt: all(removal('scrapeconfigs', 'shoot-calico-felix'), removal('configmaps', 'calico-dashboards')),
  },
  'monitoring-emptied': { corrupt: (shoot) => shoot.patch('configmaps', 'calico-dashboards', { data: null }) },
  'status-emptied': {
    corrupt: patchStatus({ lastOperation: null, observedGeneration: null, providerStatus: null, ipFamilies: null }),
  },
  'status-of-other-types': {
    corrupt: patchStatus({
      providerStatus: { kind: 7, apiVersion: [] },
      state: { overlay: 'yes', ipam: { a: 1 } },
      ipFamilies: [''],
    }),
    // The extension retains unknown fields of the state.
    mend: patchStatus({ state: null }),
  },
  'status-state-unknown': { corrupt: patchStatus(operation('Wondering')) },
  'status-failed-long-ago': { corrupt: patchStatus({ ...operation('Error'), lastError: { description: 'by hand' } }) },
  'status-from-the-future': {
    corrupt: patchStatus(operation('Succeeded', { lastUpdateTime: '2099-01-01T00:00:00Z' })),
  },
  'status-generation-ahead': { corrupt: patchStatus({ observedGeneration: 9_007_199_254_740_991 }) },
  'finalizer-removed': { corrupt: patchNetwork({ metadata: { finalizers: null } }) },
  'timestamp-no-date': { corrupt: annotation('gardener.cloud/timestamp', 'yesterday') },
  'timestamp-year-9999': { corrupt: annotation('gardener.cloud/timestamp', '9999-12-31T23:59:59Z') },
  'operation-unknown': { corrupt: annotation('gardener.cloud/operation', 'RECONCILE') },
  'annotations-huge': {
    corrupt: annotation('example.com/huge', 'x'.repeat(200_000)),
    mend: annotation('example.com/huge', null),
  },
  'config-of-other-types': badConfig({ overlay: 'yes', ipv4: 7, backend: [] }),
  'config-unknown-fields': badConfig({ noSuchField: true }),
  'config-of-other-kind': badConfig({ kind: 'Pod', apiVersion: 'v1' }),
  'cluster-without-shoot': {
    corrupt: patchCluster({ spec: { shoot: { spec: null, status: null } } }),
    mend: restoreCluster,
  },
  'cluster-of-other-types': {
    corrupt: patchCluster({
      spec: { shoot: { spec: { kubernetes: { version: 7 }, networking: 'none', provider: [] }, status: 'fine' } },
    }),
    mend: restoreCluster,
  },
  'cluster-deleted': {
    corrupt: async (shoot) => {
      await shoot.remove('clusters', shoot.namespace);
    },
    mend: restoreCluster,
  },
};

async function secretName(shoot: Shoot): Promise<string> {
  const found = await shoot.get('managedresources', managedResource);
  const [name] = secretNames(found ?? {});
  if (name === undefined) throw new Error('the ManagedResource refers to no Secret');
  return name;
}
