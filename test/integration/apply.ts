import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { ControlPlane } from '../../hack/controlplane/index.ts';
import { createMissing, installCRDs, seedResources, waitEstablished } from '../../hack/seed.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client.ts';
import { systemClock } from '../../pkg/kubernetes/clock.ts';
import { createTransport, type Transport } from '../../pkg/kubernetes/connection.ts';
import type { PlainObject } from '../../pkg/templates/render.ts';

export interface Applier {
  /** Installs the CRDs of some folders. */
  prepare(folders: readonly URL[]): Promise<void>;
  install(crds: readonly PlainObject[]): Promise<void>;
  /** Server-side apply, dry run, strict: what the API server says against the object, or undefined. */
  dryRun(object: PlainObject): Promise<string | undefined>;
  /** Server-side apply, strict; gives the resourceVersion. Throws what the API server says against the object. */
  apply(object: PlainObject): Promise<string>;
  readonly client: KubeClient;
  close(): Promise<void>;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export function applier(controlPlane: ControlPlane): Applier {
  const clock = systemClock();
  const config = {
    server: controlPlane.server,
    origin: 'test',
    token: { data: controlPlane.token },
    ...(controlPlane.ca === undefined ? {} : { ca: { data: controlPlane.ca } }),
  };
  const transport = createTransport({ config, clock, logger: quiet, userAgent: 'test' });
  const client = createClient({ transport, clock, random: Math.random });
  const plurals = new Map<
    string,
    Promise<ReadonlyMap<string, { readonly name: string; readonly namespaced: boolean }>>
  >();

  async function install(crds: readonly PlainObject[]): Promise<void> {
    const objects = crds as unknown as readonly KubeObject[];
    await Promise.all(
      objects.map((object) => createMissing({ client, resource: seedResources.customResourceDefinitions, object })),
    );
    await waitEstablished(client, objects);
    plurals.clear();
  }

  function discovered(
    apiVersion: string,
  ): Promise<ReadonlyMap<string, { readonly name: string; readonly namespaced: boolean }>> {
    const known = plurals.get(apiVersion) ?? discover(client, apiVersion);
    plurals.set(apiVersion, known);
    return known;
  }

  async function send(object: PlainObject, dryRun: boolean): Promise<Applied> {
    const resource = (await discovered(object.apiVersion)).get(object.kind);
    if (resource === undefined) return { problem: `there is no resource for ${object.apiVersion} ${object.kind}` };
    return applyOne(transport, { object: inTestNamespace(object, resource.namespaced), resource, dryRun });
  }

  return {
    client,
    install,
    async prepare(folders) {
      await installCRDs(client);
      const own = folders.flatMap((folder) =>
        readdirSync(folder)
          .filter((file) => file.endsWith('.yaml'))
          .flatMap((file) => loadAll(readFileSync(new URL(file, folder), 'utf8')) as PlainObject[]),
      );
      await install(own.filter((object) => object.kind === 'CustomResourceDefinition'));
      for (const name of ['kube-system', 'shoot--foo--bar']) {
        await createMissing({
          client,
          resource: seedResources.namespaces,
          object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
        });
      }
    },
    dryRun: async (object) => (await send(object, true)).problem,
    async apply(object) {
      const { problem, resourceVersion } = await send(object, false);
      if (resourceVersion === undefined) throw new Error(`${object.kind} ${object.metadata.name}: ${problem}`);
      return resourceVersion;
    },
    close: () => transport.close(),
  };
}

async function discover(
  client: KubeClient,
  apiVersion: string,
): Promise<ReadonlyMap<string, { readonly name: string; readonly namespaced: boolean }>> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = (await client.getPath(root)) as {
    readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
  };
  return new Map(resources.filter((one) => !one.name.includes('/')).map((one) => [one.kind, one]));
}

/** Namespaces of the cases do not exist here; the API server would say so before it looks at the object. */
function inTestNamespace(object: PlainObject, namespaced: boolean): PlainObject {
  const { namespace } = object.metadata;
  return !namespaced || namespace === 'kube-system'
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: 'shoot--foo--bar' } };
}

interface Applied {
  readonly problem?: string;
  readonly resourceVersion?: string;
}

interface ApplyOne {
  readonly object: PlainObject;
  readonly resource: { readonly name: string; readonly namespaced: boolean };
  readonly dryRun: boolean;
}

async function applyOne(transport: Transport, { object, resource, dryRun }: ApplyOne): Promise<Applied> {
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const within = resource.namespaced ? `/namespaces/${object.metadata.namespace ?? ''}` : '';
  const query = `fieldManager=test&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  const answer = await transport.send({
    method: 'PATCH',
    path: `${root}${within}/${resource.name}/${encodeURIComponent(object.metadata.name)}?${query}`,
    headers: { 'content-type': 'application/apply-patch+yaml', accept: 'application/json' },
    body: JSON.stringify(object),
    signal: AbortSignal.timeout(10_000),
    timeoutMs: 10_000,
    maxBytes: 4 * 1024 * 1024,
  });
  const text = Buffer.from(answer.body).toString('utf8');
  const body = JSON.parse(text) as {
    readonly message?: string;
    readonly metadata?: { readonly resourceVersion?: string };
  };
  if (answer.status >= 300) return { problem: `${answer.status} ${body.message ?? text}` };
  return { resourceVersion: body.metadata?.resourceVersion ?? '' };
}
