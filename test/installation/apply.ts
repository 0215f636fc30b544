import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Transport } from '../../pkg/kubernetes/transport/connection.ts';

/** The REST resource of a kind. */
export interface ApiResource {
  readonly name: string;
  readonly namespaced: boolean;
}

export interface Discovery {
  /** Returns undefined for an unknown kind. Throws errors of the client, also for unknown groups. */
  resourceOf(object: TypeMeta): Promise<ApiResource | undefined>;
  /** Discards the cache, after the creation of CRDs. */
  forget(): void;
}

type TypeMeta = Pick<KubeObject, 'apiVersion' | 'kind'>;

/** Reads the kinds of the API server, once per group. */
export function createDiscovery(client: KubeClient): Discovery {
  const known = new Map<string, Promise<ReadonlyMap<string, ApiResource>>>();
  return {
    async resourceOf({ apiVersion, kind }) {
      const kinds = known.get(apiVersion) ?? discoverKinds(client, apiVersion);
      known.set(apiVersion, kinds);
      return (await kinds).get(kind);
    },
    forget: () => known.clear(),
  };
}

/** The stored object, or the error of the API server. */
export type Applied =
  | { readonly stored: KubeObject; readonly problem?: undefined }
  | { readonly stored?: undefined; readonly problem: string };

export interface ApplyInput {
  readonly object: KubeObject;
  readonly resource: ApiResource;
  readonly fieldManager: string;
  readonly dryRun?: boolean;
}

/** Applies like `kubectl apply --server-side --force-conflicts --validate=strict`. */
export async function applyObject(
  transport: Transport,
  { object, resource, fieldManager, dryRun = false }: ApplyInput,
): Promise<Applied> {
  const within = resource.namespaced ? `/namespaces/${object.metadata.namespace ?? ''}` : '';
  const query = `fieldManager=${fieldManager}&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  const response = await transport.send({
    method: 'PATCH',
    path: `${apiRoot(object.apiVersion)}${within}/${resource.name}/${encodeURIComponent(object.metadata.name)}?${query}`,
    headers: { 'content-type': 'application/apply-patch+yaml', accept: 'application/json' },
    body: JSON.stringify(object),
    signal: AbortSignal.timeout(10_000),
    timeoutMs: 10_000,
    maxBytes: 4 * 1024 * 1024,
  });
  const text = Buffer.from(response.body).toString('utf8');
  const body: unknown = JSON.parse(text);
  if (response.status < 300) return { stored: body as KubeObject };
  return { problem: `${response.status} ${(body as { readonly message?: string }).message ?? text}` };
}

async function discoverKinds(client: KubeClient, apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
  const { resources } = (await client.getPath(apiRoot(apiVersion))) as {
    readonly resources: readonly (ApiResource & { readonly kind: string })[];
  };
  return new Map(resources.filter((one) => !one.name.includes('/')).map((one) => [one.kind, one]));
}

function apiRoot(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
