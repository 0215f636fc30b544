import { type Client, createClient } from '../../controlplane/client.ts';
import type { ControlPlane } from '../../controlplane/index.ts';
import type { StoredObject } from '../record/revision.ts';

/** Access of gardenlet, the resource manager and people to the API server, without a proxy. */
export interface Api {
  /** Returns undefined if the object does not exist. */
  get(path: string): Promise<StoredObject | undefined>;
  create(path: string, object: object): Promise<StoredObject>;
  /** Applies a JSON merge patch; returns undefined if the object does not exist. */
  patch(path: string, patch: object): Promise<StoredObject | undefined>;
  replace(path: string, object: object): Promise<StoredObject | undefined>;
  /** Returns false if the object does not exist. */
  remove(path: string): Promise<boolean>;
  close(): Promise<void>;
}

const groups = {
  networks: '/apis/extensions.gardener.cloud/v1alpha1',
  clusters: '/apis/extensions.gardener.cloud/v1alpha1',
  managedresources: '/apis/resources.gardener.cloud/v1alpha1',
  scrapeconfigs: '/apis/monitoring.coreos.com/v1alpha1',
  prometheusrules: '/apis/monitoring.coreos.com/v1',
  leases: '/apis/coordination.k8s.io/v1',
  secrets: '/api/v1',
  configmaps: '/api/v1',
  namespaces: '/api/v1',
} as const;

export type Plural = keyof typeof groups;

/** Returns the path of a collection or object. */
export function pathOf(resource: Plural, namespace?: string, name?: string): string {
  const scope = namespace === undefined || namespace === '' ? '' : `/namespaces/${namespace}`;
  return `${groups[resource]}${scope}/${resource}${name === undefined ? '' : `/${name}`}`;
}

export function createApi(controlPlane: ControlPlane): Api {
  const { server, ca, token } = controlPlane;
  const client = createClient({ server, token, ...(ca === undefined ? {} : { ca }) });
  const send = async (call: Parameters<Client['call']>[0]): Promise<StoredObject | undefined> => {
    for (let attempt = 1; ; attempt += 1) {
      const { status, text } = await client.call(call);
      if (status >= 200 && status < 300) return JSON.parse(text) as StoredObject;
      if (status === 404) return undefined;
      // A starting or busy API server responds with these codes.
      if (attempt > 20 || ![429, 500, 503].includes(status))
        throw new Error(`${call.method ?? 'GET'} ${call.path}: ${status} ${text.slice(0, 300)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  return {
    get: (path) => send({ path }),
    create: async (path, body) => {
      const created = await send({ method: 'POST', path, body });
      if (created === undefined) throw new Error(`POST ${path}: not found`);
      return created;
    },
    patch: (path, body) => send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }),
    replace: (path, body) => send({ method: 'PUT', path, body }),
    remove: async (path) => (await send({ method: 'DELETE', path })) !== undefined,
    close: () => client.close(),
  };
}
