import type { KubeObject } from '../../gardener/objects.ts';
import type { ShootWebhook } from '../../network/plugin.ts';
import { mutateNodeLocalDNS } from './node-local-dns.ts';

const template = 'cilium/webhook/mutatingwebhookconfiguration-gardener-extension-networking-cilium-shoot.yaml';

/** Name of the ManagedResource, which a take-over must find (docs/design/gardener.md#managedresource). */
const managedResource = 'extension-cilium-shoot-webhooks';

/**
 * The webhook to which API servers of shoots send changes of NodeLocalDNS (docs/design/cilium.md#nodelocaldns-webhook,
 * docs/design/gardener.md#shoot-webhooks). Its configuration is there whether NodeLocalDNS is on or not, because the Shoot may switch it on
 * before the Network is reconciled again.
 */
export const nodeLocalDNSWebhook: ShootWebhook = {
  // The Secrets and the Service of the Go extension are called so, and a take-over must find them.
  extension: 'networking-cilium',
  path: '/shoot',
  managedResource,

  plan(target, { charts }) {
    const object = charts.render(template, {
      webhookCaBundle: target.caBundle,
      webhookUrl: target.url,
    });
    return { name: managedResource, parts: [{ key: 'data.yaml', objects: [object] }] };
  },

  /** The configuration selects the objects, but any shoot may send anything: other objects come back as they are. */
  mutate({ namespace, object }) {
    return namespace === 'kube-system' && isNodeLocalDNS(object) ? mutateNodeLocalDNS(object) : undefined;
  },
};

function isNodeLocalDNS({ apiVersion, kind, metadata }: KubeObject): boolean {
  const known = `${apiVersion} ${kind}` === 'v1 ConfigMap' || `${apiVersion} ${kind}` === 'apps/v1 DaemonSet';
  return known && metadata.labels?.['k8s-app'] === 'node-local-dns';
}
