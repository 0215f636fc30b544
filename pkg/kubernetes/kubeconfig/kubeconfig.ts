/** Which API server to talk to, from what a process finds around it: a flag, KUBECONFIG, its pod, the home folder. */
import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { connectionFromFiles, type LoadedConnection } from './kubeconfigfile.ts';

export type { LoadedConnection } from './kubeconfigfile.ts';
export { shootKubeconfig } from './shootkubeconfig.ts';

export interface LoadInput {
  /** The flag --kubeconfig: nothing else is looked at. */
  readonly file?: string | undefined;
  /** Instead of the current-context of the files; not for in-cluster. */
  readonly context?: string | undefined;
  /** KUBECONFIG, KUBERNETES_SERVICE_HOST and _PORT, HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds token, ca.crt and namespace. */
  readonly serviceAccountFolder?: string;
}

/**
 * The flag, else KUBECONFIG, else the service account of the pod, else ~/.kube/config. Throws an Error that says what
 * was looked at when there is none of them, and for files that are wrong.
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
    `no API server to talk to: --kubeconfig and KUBECONFIG are not set, this is no pod (KUBERNETES_SERVICE_HOST), and there is no ${home ?? '~/.kube/config'}`,
  );
}

/** The API server of the cluster that this pod runs in; token and CA stay files, because the kubelet rotates them. */
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
      `in-cluster: ${token} is missing, is automountServiceAccountToken off and no projected volume there?`,
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
