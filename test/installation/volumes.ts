import path from 'node:path';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';

/** What is played of a pod. */
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
  /** Reads what is mounted, as an administrator. */
  readonly client: KubeClient;
  readonly tokenOf: (request: TokenRequest) => Promise<string>;
}

export interface TokenRequest {
  readonly namespace: string;
  /** Of the ServiceAccount. */
  readonly account: string;
  readonly expirationSeconds?: number;
  readonly audience?: string;
}

/** Contents by absolute path in the container. */
export type ProjectedFiles = Readonly<Record<string, string | Buffer>>;

/** The files of all mounted volumes, with fresh tokens. Throws what the client throws for objects that are not there. */
export async function projectFiles(
  volumes: PodVolumes,
  { spec, namespace }: { readonly spec: PodSpec; readonly namespace: string },
): Promise<ProjectedFiles> {
  const mounts = spec.containers.flatMap(({ volumeMounts }) => volumeMounts);
  const account = spec.serviceAccountName ?? 'default';
  const all = mounts.map(async ({ name, mountPath }) => {
    const volume = spec.volumes.find((one) => one.name === name);
    if (volume === undefined) throw new Error(`there is no volume ${name}`);
    const sources = volume.projected?.sources ?? [volume];
    const files = await Promise.all(sources.map((source) => filesOf(source, { ...volumes, namespace, account })));
    return files.flat().map(([file, content]) => [path.posix.join(mountPath, file), content] as const);
  });
  return Object.fromEntries((await Promise.all(all)).flat());
}

interface Place extends PodVolumes {
  readonly namespace: string;
  readonly account: string;
}

type File = readonly [string, string | Buffer];

async function filesOf(source: Source, place: Place): Promise<readonly File[]> {
  const { configMap, secret, serviceAccountToken, downwardAPI } = source;
  const { client, namespace } = place;
  if (configMap !== undefined) {
    const object = await client.get({ resource: core('configmaps'), namespace, name: configMap.name });
    return itemsOf(object, configMap.items).map(([file, text]) => [file, text]);
  }
  if (secret !== undefined) {
    const object = await client.get({
      resource: core('secrets'),
      namespace,
      name: secret.name ?? secret.secretName ?? '',
    });
    return itemsOf(object, secret.items).map(([file, text]) => [file, Buffer.from(text, 'base64')]);
  }
  if (serviceAccountToken !== undefined)
    return [
      [serviceAccountToken.path, await place.tokenOf({ namespace, account: place.account, ...serviceAccountToken })],
    ];
  if (downwardAPI === undefined) throw new Error(`a volume is not played: ${JSON.stringify(source)}`);
  return downwardAPI.items.map(({ path: file, fieldRef }) => {
    if (fieldRef.fieldPath !== 'metadata.namespace') throw new Error(`${fieldRef.fieldPath} is not played`);
    return [file, namespace];
  });
}

function itemsOf(object: KubeObject, items: readonly Item[] | undefined): readonly (readonly [string, string])[] {
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
