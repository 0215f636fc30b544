import { dump } from 'js-yaml';

/** Returns a kubeconfig (YAML) with one context for a bearer token. */
export function kubeconfigOf(cluster: {
  readonly server: string;
  readonly ca?: string;
  readonly token: string;
  readonly user: string;
}): string {
  const name = 'controlplane';
  const trust =
    cluster.ca === undefined
      ? // @kubernetes/client-node uses plain HTTP only for clusters with this setting.
        { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(cluster.ca).toString('base64') };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: cluster.server, ...trust } }],
    users: [{ name: cluster.user, user: { token: cluster.token } }],
    contexts: [{ name, context: { cluster: name, user: cluster.user } }],
    'current-context': name,
  });
}
