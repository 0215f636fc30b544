import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { PlainObject } from '../../pkg/templates/render.ts';
import type { ControlPlane } from '../controlplane/index.ts';
import { type Applied, applyObject, createDiscovery } from '../installation/apply.ts';
import { connect } from '../support/connect.ts';
import { createMissing, installCRDs, seedResources, waitEstablished } from '../support/seed.ts';

export interface Applier {
  /** Installs the CRDs in the folders. */
  prepare(folders: readonly URL[]): Promise<void>;
  install(crds: readonly PlainObject[]): Promise<void>;
  /** Applies an object server-side in a strict dry run; returns the error of the API server, or undefined. */
  dryRun(object: PlainObject): Promise<string | undefined>;
  /** Applies an object server-side with strict validation; returns its resourceVersion. Throws the error of the API server. */
  apply(object: PlainObject): Promise<string>;
  readonly client: KubeClient;
  close(): Promise<void>;
}

export function applier(controlPlane: ControlPlane): Applier {
  const config = {
    server: controlPlane.server,
    origin: 'test',
    token: { data: controlPlane.token },
    ...(controlPlane.ca === undefined ? {} : { ca: { data: controlPlane.ca } }),
  };
  const { client, transport, close } = connect(config, 'test');
  const discovery = createDiscovery(client);

  async function install(crds: readonly PlainObject[]): Promise<void> {
    const objects = crds as unknown as readonly KubeObject[];
    await Promise.all(
      objects.map((object) => createMissing({ client, resource: seedResources.customResourceDefinitions, object })),
    );
    await waitEstablished(client, objects);
    discovery.forget();
  }

  async function send(object: PlainObject, dryRun: boolean): Promise<Applied> {
    const resource = await discovery.resourceOf(object);
    if (resource === undefined) return { problem: `unknown resource ${object.apiVersion} ${object.kind}` };
    const placed = inTestNamespace(object, resource.namespaced) as unknown as KubeObject;
    return applyObject(transport, { object: placed, resource, fieldManager: 'test', dryRun });
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
      const { problem, stored } = await send(object, false);
      if (stored === undefined) throw new Error(`${object.kind} ${object.metadata.name}: ${problem}`);
      return stored.metadata.resourceVersion ?? '';
    },
    close,
  };
}

/** Moves an object to an existing namespace, without which the API server would not validate it. */
function inTestNamespace(object: PlainObject, namespaced: boolean): PlainObject {
  const { namespace } = object.metadata;
  return !namespaced || namespace === 'kube-system'
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: 'shoot--foo--bar' } };
}
