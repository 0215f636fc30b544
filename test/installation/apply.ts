import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Transport } from '../../pkg/kubernetes/transport/connection.ts';

/** Where the API server keeps a kind. */
export interface ApiResource {
  readonly name: string;
  readonly namespaced: boolean;
}

export interface Discovery {
  /** Undefined: the API server has no such kind. Throws what the client throws, also for groups that are not there. */
  resourceOf(object: KindOf): Promise<ApiResource | undefined>;
  /** Asks again next time: CRDs have come. */
  forget(): void;
}

type KindOf = Pick<KubeObject, 'apiVersion' | 'kind'>;

/** Asks the API server for its kinds, once for each group. */
export function createDiscovery(client: KubeClient): Discovery {
  const known = new Map<string, Promise<ReadonlyMap<string, ApiResource>>>();
  return {
    async resourceOf({ apiVersion, kind }) {
      const kinds = known.get(apiVersion) ?? kindsOf(client, apiVersion);
      known.set(apiVersion, kinds);
      return (await kinds).get(kind);
    },
    forget: () => known.clear(),
  };
}

/** Either the object as it is stored, or what the API server says against it. */
export type Applied =
  | { readonly stored: KubeObject; readonly problem?: undefined }
  | { readonly stored?: undefined; readonly problem: string };

export interface ApplyInput {
  readonly object: KubeObject;
  readonly resource: ApiResource;
  readonly fieldManager: string;
  readonly dryRun?: boolean;
}

/** Server-side apply as `kubectl apply --server-side --force-conflicts --validate=strict` does it. */
export async function applyObject(
  transport: Transport,
  { object, resource, fieldManager, dryRun = false }: ApplyInput,
): Promise<Applied> {
  const within = resource.namespaced ? `/namespaces/${object.metadata.namespace ?? ''}` : '';
  const query = `fieldManager=${fieldManager}&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  const answer = await transport.send({
    method: 'PATCH',
    path: `${rootOf(object.apiVersion)}${within}/${resource.name}/${encodeURIComponent(object.metadata.name)}?${query}`,
    headers: { 'content-type': 'application/apply-patch+yaml', accept: 'application/json' },
    body: JSON.stringify(object),
    signal: AbortSignal.timeout(10_000),
    timeoutMs: 10_000,
    maxBytes: 4 * 1024 * 1024,
  });
  const text = Buffer.from(answer.body).toString('utf8');
  const body: unknown = JSON.parse(text);
  if (answer.status < 300) return { stored: body as KubeObject };
  return { problem: `${answer.status} ${(body as { readonly message?: string }).message ?? text}` };
}

async function kindsOf(client: KubeClient, apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
  const { resources } = (await client.getPath(rootOf(apiVersion))) as {
    readonly resources: readonly (ApiResource & { readonly kind: string })[];
  };
  return new Map(resources.filter((one) => !one.name.includes('/')).map((one) => [one.kind, one]));
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
