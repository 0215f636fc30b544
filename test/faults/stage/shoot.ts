import { isRecord } from '../../../pkg/gardener/objects.ts';
import type { ControlPlane } from '../../controlplane/index.ts';
import { type ExampleType, exampleObjects, shootNamespace } from '../../support/seed.ts';
import { at, type StoredObject } from '../record/revision.ts';
import { type Plural, pathOf } from './api.ts';
import { shootUser } from './canaries.ts';
import type { Session } from './session.ts';
import type { Stage } from './stage.ts';

/** One shoot in its own namespace of the seed, with the actions of gardenlet, the resource manager and people. */
export interface Shoot {
  readonly namespace: string;
  readonly name: string;
  readonly type: ExampleType;
  /** Objects of the test itself, as `resource name`. */
  readonly own: ReadonlySet<string>;
  /** Creates namespace, Cluster and the Secret with the kubeconfig of the shoot. */
  prepare(): Promise<void>;
  /** Creates the Network with an operation annotation; null: without. */
  create(operation?: string | null): Promise<void>;
  /** Writes the annotations of a trigger together with an optional change. */
  trigger(operation?: string, change?: object): Promise<void>;
  patch(resource: Plural, name: string, patch: object): Promise<void>;
  /** Patches the status of the Network. */
  patchStatus(patch: object): Promise<void>;
  get(resource: Plural, name: string): Promise<StoredObject | undefined>;
  remove(resource: Plural, name: string): Promise<boolean>;
  /** Confirms and requests the deletion of the Network. */
  removeNetwork(): Promise<void>;
  createSecret(name: string, data: Readonly<Record<string, string>>): Promise<void>;
  clearAnnotations(resource: Plural, name: string): Promise<void>;
  /** Restore the initial Cluster and providerConfig. */
  restoreCluster(): Promise<void>;
  restoreConfig(): Promise<void>;
  /** Removes the session label, so that the process no longer sees the Network. */
  abandon(): Promise<void>;
}

const otherMtu = { calico: { vethMTU: '1440' }, cilium: { mtu: 1440 } } as const;

/** The providerConfig of a change. */
export const changedConfig: Readonly<Record<ExampleType, object>> = otherMtu;
export const changeMark = '1440';

export interface ShootInput {
  readonly stage: Stage;
  readonly session: Pick<Session, 'label'>;
  readonly type: ExampleType;
}

export function createShoot({ stage, session, type }: ShootInput): Shoot {
  const { api } = stage;
  const name = `f${stage.next()}`;
  const namespace = `shoot--faults--${name}`;
  const { network, cluster } = exampleObjects(type);
  const labels = { [session.label.key]: session.label.value };
  const path = (resource: Plural, object: string): string =>
    pathOf(resource, resource === 'clusters' ? '' : namespace, object);
  const patch = async (resource: Plural, object: string, change: object): Promise<void> => {
    const found = await api.patch(path(resource, object), change);
    if (found === undefined) throw new Error(`${resource} ${object} does not exist`);
  };
  const existing = async (resource: Plural, object: string): Promise<StoredObject> => {
    const found = await api.get(path(resource, object));
    if (found === undefined) throw new Error(`${resource} ${object} does not exist`);
    return found;
  };
  const clusterObject = { ...cluster, metadata: { name: namespace } };
  const ownConfig = at(network, 'spec', 'providerConfig');
  return {
    namespace,
    name,
    type,
    own: new Set(['secrets gardener', 'configmaps kube-root-ca.crt']),
    async prepare() {
      const { metadata, ...rest } = shootNamespace(namespace, type);
      const own = { ...metadata, labels: { ...metadata.labels, ...labels } };
      await api.create(pathOf('namespaces'), { ...rest, metadata: own });
      await api.create(pathOf('clusters'), clusterObject);
      await api.create(pathOf('secrets', namespace), kubeconfigSecret(stage.controlPlane, stage.canaries));
    },
    async create(operation = 'reconcile') {
      const annotations = operation === null ? {} : triggerAnnotations(operation);
      const object = { ...network, metadata: { name, namespace, labels, annotations } };
      await api.create(pathOf('networks', namespace), object);
    },
    async trigger(operation = 'reconcile', change = {}) {
      await patch('networks', name, { metadata: { annotations: triggerAnnotations(operation) }, ...change });
    },
    patch,
    async patchStatus(status) {
      await api.patch(`${path('networks', name)}/status`, { status });
    },
    get: (resource, object) => api.get(path(resource, object)),
    remove: (resource, object) => api.remove(path(resource, object)),
    async removeNetwork() {
      // gardenlet also writes a timestamp. It is omitted here because it would start a second run at an unpredictable time.
      const annotations = { 'confirmation.gardener.cloud/deletion': 'true' };
      await patch('networks', name, { metadata: { annotations } });
      await api.remove(path('networks', name));
    },
    async createSecret(object, data) {
      const labels = { 'resources.gardener.cloud/garbage-collectable-reference': 'true' };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: object, labels }, data, immutable: true };
      await api.create(pathOf('secrets', namespace), secret);
    },
    async clearAnnotations(resource, object) {
      const annotations = at(await existing(resource, object), 'metadata', 'annotations');
      const cleared = Object.fromEntries(
        Object.keys(isRecord(annotations) ? annotations : {}).map((key) => [key, null]),
      );
      await patch(resource, object, { metadata: { annotations: cleared } });
    },
    async restoreCluster() {
      const found = await api.patch(path('clusters', namespace), { spec: cluster['spec'] });
      if (found === undefined) await api.create(pathOf('clusters'), clusterObject);
    },
    async restoreConfig() {
      const present = at(await existing('networks', name), 'spec', 'providerConfig');
      const cleared = Object.fromEntries(Object.keys(isRecord(present) ? present : {}).map((key) => [key, null]));
      await patch('networks', name, {
        spec: { providerConfig: { ...cleared, ...(isRecord(ownConfig) ? ownConfig : {}) } },
      });
    },
    async abandon() {
      await api.patch(path('networks', name), { metadata: { labels: { [session.label.key]: null } } });
    },
  };
}

function triggerAnnotations(operation: string): Readonly<Record<string, string>> {
  return { 'gardener.cloud/operation': operation, ...timestamp() };
}

function timestamp(): Readonly<Record<string, string>> {
  return { 'gardener.cloud/timestamp': new Date().toISOString() };
}

/** The API server of the seed also serves as that of the shoot; the token is valid for it. */
function kubeconfigSecret({ server, ca = '' }: ControlPlane, [token = '', key = '']: readonly string[]): object {
  const authority = Buffer.from(ca).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'shoot', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: shootUser, user: { token } }],
    contexts: [{ name: 'shoot', context: { cluster: 'shoot', user: shootUser } }],
    'current-context': 'shoot',
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'gardener' },
    stringData: { kubeconfig: JSON.stringify(config), 'tls.key': key },
  };
}
