import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { controllerObjects } from '../installation/charts.ts';
import type { Cluster } from '../installation/cluster.ts';
import { findTool, renderChart } from '../support/helm.ts';
import { extensionNamespace } from './pod.ts';

/** The installed chart. */
export type Installation = 'controller' | 'admission';

export interface Account {
  /** User name at the API server. */
  readonly user: string;
  /** A bound token, as kubelet requests it. */
  readonly token: string;
}

const kinds = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

/** Creates the ServiceAccount of the chart with exactly its permissions. Throws without helm. */
export async function grantShipped(input: {
  readonly cluster: Cluster;
  readonly installation: Installation;
  /** Version of the cluster. */
  readonly version: string;
}): Promise<Account> {
  const { cluster, installation, version } = input;
  const { file: helm } = findTool('helm', { env: process.env, first: 'pinned' });
  if (helm === undefined) throw new Error('helm is needed to render the roles');
  const rendered = { controller: controllerObjects, admission: admissionObjects }[installation];
  const objects = rendered({ helm, kubeVersion: version, values: {} }).filter(({ kind }) => kinds.includes(kind));
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  const [account] = accounts;
  if (account === undefined || accounts.length > 1) throw new Error(`${accounts.length} ServiceAccounts are rendered`);
  const { name } = account.metadata;
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: extensionNamespace } }, ...objects]);
  const token = await cluster.requestToken({ namespace: extensionNamespace, account: name });
  return { user: `system:serviceaccount:${extensionNamespace}:${name}`, token };
}

/** Renders both parts, for a garden in the cluster of the pod. */
function admissionObjects(input: { readonly helm: string; readonly kubeVersion: string }): readonly KubeObject[] {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { objects, error } = renderChart({
    ...input,
    chart: path.join(root, 'charts/gardener-extension-networking-admission'),
    release: 'networking',
    namespace: extensionNamespace,
    values: { global: { virtualGarden: { enabled: false } } },
  });
  if (objects === undefined) throw new Error(error);
  return objects;
}
