import path from 'node:path';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';

/** The supported fields of a pod. */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    readonly env?: readonly {
      readonly name: string;
      readonly value?: string;
      readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
    }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly Volume[];
}

interface Item {
  readonly key: string;
  readonly path: string;
}

interface Source {
  readonly configMap?: { readonly name: string; readonly items?: readonly Item[] };
  readonly secret?: { readonly name?: string; readonly secretName?: string; readonly items?: readonly Item[] };
  readonly serviceAccountToken?: {
    readonly path: string;
    readonly expirationSeconds?: number;
    readonly audience?: string;
  };
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[];
  };
}

interface Volume extends Source {
  readonly name: string;
  readonly projected?: { readonly sources: readonly Source[] };
}

export interface PodVolumes {
  /** Reads the mounted objects, as an administrator. */
  readonly client: KubeClient;
  readonly requestToken: (request: TokenRequest) => Promise<string>;
}

export interface TokenRequest {
  readonly namespace: string;
  /** Name of the ServiceAccount. */
  readonly account: string;
  readonly expirationSeconds?: number;
  readonly audience?: string;
}

/** Contents by absolute path in the container. */
export type ProjectedFiles = Readonly<Record<string, string | Buffer>>;

/** Returns the files of all mounted volumes, with new tokens. Throws errors of the client for missing objects. */
export async function projectFiles(
  volumes: PodVolumes,
  { spec, namespace }: { readonly spec: PodSpec; readonly namespace: string },
): Promise<ProjectedFiles> {
  const mounts = spec.containers.flatMap(({ volumeMounts }) => volumeMounts);
  const account = spec.serviceAccountName ?? 'default';
  const all = mounts.map(async ({ name, mountPath }) => {
    const volume = spec.volumes.find((one) => one.name === name);
    if (volume === undefined) throw new Error(`the pod has no volume ${name}`);
    const sources = volume.projected?.sources ?? [volume];
    const files = await Promise.all(sources.map((source) => readSource(source, { ...volumes, namespace, account })));
    return files.flat().map(([file, content]) => [path.posix.join(mountPath, file), content] as const);
  });
  return Object.fromEntries((await Promise.all(all)).flat());
}

interface Place extends PodVolumes {
  readonly namespace: string;
  readonly account: string;
}

type File = readonly [string, string | Buffer];

async function readSource(source: Source, place: Place): Promise<readonly File[]> {
  const { configMap, secret, serviceAccountToken, downwardAPI } = source;
  const { client, namespace } = place;
  if (configMap !== undefined) {
    const object = await client.get({ resource: core('configmaps'), namespace, name: configMap.name });
    return selectItems(object, configMap.items).map(([file, text]) => [file, text]);
  }
  if (secret !== undefined) {
    const object = await client.get({
      resource: core('secrets'),
      namespace,
      name: secret.name ?? secret.secretName ?? '',
    });
    return selectItems(object, secret.items).map(([file, text]) => [file, Buffer.from(text, 'base64')]);
  }
  if (serviceAccountToken !== undefined)
    return [
      [
        serviceAccountToken.path,
        await place.requestToken({ namespace, account: place.account, ...serviceAccountToken }),
      ],
    ];
  if (downwardAPI === undefined) throw new Error(`a volume is not supported: ${JSON.stringify(source)}`);
  return downwardAPI.items.map(({ path: file, fieldRef }) => {
    if (fieldRef.fieldPath !== 'metadata.namespace') throw new Error(`${fieldRef.fieldPath} is not supported`);
    return [file, namespace];
  });
}

function selectItems(object: KubeObject, items: readonly Item[] | undefined): readonly (readonly [string, string])[] {
  const data = recordOf(object['data']);
  if (items === undefined) return Object.entries(data).map(([key, value]) => [key, String(value)]);
  return items.map(({ key, path: file }) => {
    if (typeof data[key] !== 'string') throw new Error(`${object.metadata.name} has no key ${key}`);
    return [file, data[key]];
  });
}

function core(plural: 'configmaps' | 'secrets'): { group: ''; version: 'v1'; plural: string; namespaced: true } {
  return { group: '', version: 'v1', plural, namespaced: true };
}
