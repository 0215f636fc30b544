/** Determines the API server of a process from a flag, KUBECONFIG, its pod, or the home folder. */
import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { connectionFromFiles, type LoadedConnection } from './kubeconfigfile.ts';

export type { LoadedConnection } from './kubeconfigfile.ts';
export { shootKubeconfig } from './shootkubeconfig.ts';

export interface LoadInput {
  /** The flag --kubeconfig; takes precedence over all other sources. */
  readonly file?: string | undefined;
  /** Replaces the current-context of the files; not applicable in-cluster. */
  readonly context?: string | undefined;
  /** KUBECONFIG, KUBERNETES_SERVICE_HOST and _PORT, HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder with token, ca.crt and namespace of a pod. Default: the path of the kubelet. */
  readonly serviceAccountFolder?: string;
}

/**
 * Returns the connection of the flag, else of KUBECONFIG, else of the service account of the pod, else of
 * ~/.kube/config. Throws an Error that lists these sources if there is none of them, and for invalid files.
 */
export async function loadConnection(input: LoadInput): Promise<LoadedConnection> {
  const { file, context, env } = input;
  if (file !== undefined && file !== '')
    return await connectionFromFiles({ files: [file], context, skipMissing: false });
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((name) => name !== '');
  if (listed.length > 0) return await connectionFromFiles({ files: listed, context, skipMissing: listed.length > 1 });
  if (context === undefined && env['KUBERNETES_SERVICE_HOST'] !== undefined) return await inClusterConnection(input);
  const home = env['HOME'] === undefined ? undefined : path.join(env['HOME'], '.kube', 'config');
  if (home !== undefined && (await exists(home))) {
    return await connectionFromFiles({ files: [home], context, skipMissing: false });
  }
  throw new Error(
    `no API server configured: --kubeconfig and KUBECONFIG are not set, KUBERNETES_SERVICE_HOST is not set (not in a pod), and ${home ?? '~/.kube/config'} does not exist`,
  );
}

/** Returns the connection to the cluster of this pod. Token and CA remain files, because the kubelet rotates them. */
export async function inClusterConnection(
  input: Pick<LoadInput, 'env' | 'serviceAccountFolder'>,
): Promise<LoadedConnection> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = input.env;
  if (host === undefined || host === '' || port === undefined || port === '') {
    throw new Error('in-cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set, as in every pod');
  }
  const folder = input.serviceAccountFolder ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const token = path.join(folder, 'token');
  if (!(await exists(token))) {
    throw new Error(
      `in-cluster: ${token} is missing; automountServiceAccountToken may be off without a projected volume`,
    );
  }
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    origin: 'in-cluster',
    ca: { file: path.join(folder, 'ca.crt') },
    token: { file: token },
    namespace: await readNamespace(path.join(folder, 'namespace')),
  };
}

async function readNamespace(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
