/** The objects of Gardener's clusters that our charts and programs need before the extension is installed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dump, load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { waitEstablished } from '../support/seed.ts';
import { extensionNamespace, gardenAccess, gardenAccount, gardenNamespace } from './charts.ts';
import type { Cluster } from './cluster.ts';

/** Namespace of the example's Shoot. */
const projectNamespace = 'garden-dev';

const example = new URL('../../example/', import.meta.url);
/** Kinds of Gardener and of the components that it installs, as CRDs without a schema. */
const fixtures = new URL('../integration/crds/', import.meta.url);
const installed = ['clusterfilters.yaml', 'clusterparsers.yaml', 'shoots.yaml', 'verticalpodautoscalers.yaml'];

/** Installs the CRDs of example/ and of the kinds in the charts, and waits until they are served. Returns their number. */
export async function installKinds(cluster: Cluster): Promise<number> {
  const own = readdirSync(example).filter((file) => file.startsWith('10-crd-'));
  const files = [...own.map((file) => new URL(file, example)), ...installed.map((file) => new URL(file, fixtures))];
  const crds = files.map((file) => load(readFileSync(file, 'utf8')) as KubeObject);
  await cluster.apply(crds);
  await waitEstablished(cluster.client, crds);
  return crds.length;
}

/** Creates namespaces with the labels of gardenlet and gardener-operator; that of an extension allows only restricted pods. */
export async function prepareNamespaces(
  cluster: Cluster,
  extensions: readonly string[] = [extensionNamespace],
): Promise<void> {
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const spaces = [
    ...extensions.map((name) => namespace(name, { 'gardener.cloud/role': 'extension', ...restricted })),
    namespace(gardenNamespace, restricted),
    namespace(projectNamespace, { 'gardener.cloud/role': 'project' }),
  ];
  await cluster.apply(spaces);
  for (const name of [...extensions, gardenNamespace]) await publishRoots(cluster, name);
}

/** Creates the ConfigMap with the CA of the API server, which pods mount, like kube-controller-manager. */
async function publishRoots(cluster: Cluster, where: string): Promise<void> {
  const name = 'kube-root-ca.crt';
  const resource = { group: '', version: 'v1', plural: 'configmaps', namespaced: true } as const;
  if ((await cluster.client.find({ resource, namespace: where, name })) !== undefined) return;
  const metadata = { name, namespace: where };
  await cluster.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': cluster.ca } }]);
}

/**
 * Creates a ServiceAccount in the virtual garden, and its token and kubeconfig in the runtime cluster, like gardener-operator. Here both
 * are the same cluster, but the process has a different user for each.
 */
export async function grantGardenAccess(cluster: Cluster): Promise<void> {
  const { name, namespace: where } = gardenAccount;
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: where } }]);
  const token = await cluster.requestToken({ namespace: where, account: name, expirationSeconds: 30 * 86_400 });
  const authority = Buffer.from(cluster.ca).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'garden', cluster: { server: cluster.url, 'certificate-authority-data': authority } }],
    users: [{ name: 'extension', user: { tokenFile: 'token' } }],
    contexts: [{ name: 'garden', context: { cluster: 'garden', user: 'extension' } }],
    'current-context': 'garden',
  };
  await cluster.apply([
    secret(gardenAccess.kubeconfig, { kubeconfig: dump(kubeconfig) }),
    secret(gardenAccess.token, { token }),
  ]);
}

/** Returns the Deployment among the objects of a chart. Throws if there is none. */
export function deploymentIn(objects: readonly KubeObject[]): KubeObject {
  const found = objects.find((one) => one.kind === 'Deployment' && isRecord(one['spec']));
  if (found === undefined) throw new Error('the chart has no Deployment');
  return found;
}

function namespace(name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function secret(name: string, texts: Readonly<Record<string, string>>): KubeObject {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: gardenNamespace }, type: 'Opaque', data };
}
