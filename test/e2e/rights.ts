import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { controllerObjects } from '../installation/charts.ts';
import type { Cluster } from '../installation/cluster.ts';
import { findTool, renderChart } from '../support/helm.ts';
import { extensionNamespace } from './pod.ts';

/** Which chart an installation is of. */
export type Installation = 'controller' | 'admission';

export interface Account {
  /** As the API server knows it. */
  readonly user: string;
  /** A bound token as the kubelet asks for one. */
  readonly token: string;
}

const kinds = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

/** Makes the ServiceAccount that the chart makes, with all the rights that the chart gives and no others. Throws without helm. */
export async function grantShipped(input: {
  readonly cluster: Cluster;
  readonly installation: Installation;
  /** Of the cluster. */
  readonly version: string;
}): Promise<Account> {
  const { cluster, installation, version } = input;
  const { file: helm } = findTool('helm', { env: process.env, first: 'pinned' });
  if (helm === undefined) throw new Error('there is no helm to render the rights by');
  const rendered = { controller: controllerObjects, admission: admissionObjects }[installation];
  const objects = rendered({ helm, kubeVersion: version, values: {} }).filter(({ kind }) => kinds.includes(kind));
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  const [account] = accounts;
  if (account === undefined || accounts.length > 1) throw new Error(`${accounts.length} ServiceAccounts are rendered`);
  const { name } = account.metadata;
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: extensionNamespace } }, ...objects]);
  const token = await cluster.tokenOf({ namespace: extensionNamespace, account: name });
  return { user: `system:serviceaccount:${extensionNamespace}:${name}`, token };
}

/** Both parts, where the garden is the cluster of the pod. */
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
