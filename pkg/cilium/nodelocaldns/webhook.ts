import type { KubeObject } from '../../gardener/objects.ts';
import type { ShootWebhook } from '../../network/plugin.ts';
import { mutateNodeLocalDNS } from './node-local-dns.ts';

const template = 'cilium/webhook/mutatingwebhookconfiguration-gardener-extension-networking-cilium-shoot.yaml';

/** Name of the ManagedResource, the same as in the Go extension (docs/design/gardener.md#managedresource). */
const managedResource = 'extension-cilium-shoot-webhooks';

/**
 * The webhook to which API servers of shoots send changes of NodeLocalDNS (docs/design/cilium.md#nodelocaldns-webhook,
 * docs/design/gardener.md#shoot-webhooks). Its configuration exists even if NodeLocalDNS is disabled, because the Shoot may enable it before the
 * Network is reconciled again.
 */
export const nodeLocalDNSWebhook: ShootWebhook = {
  // The same as in the Go extension, whose Secrets and Service are reused.
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

  /** The webhook configuration selects the objects, but a shoot may send any object. */
  mutate({ namespace, object }) {
    return namespace === 'kube-system' && isNodeLocalDNS(object) ? mutateNodeLocalDNS(object) : undefined;
  },
};

function isNodeLocalDNS({ apiVersion, kind, metadata }: KubeObject): boolean {
  const known = `${apiVersion} ${kind}` === 'v1 ConfigMap' || `${apiVersion} ${kind}` === 'apps/v1 DaemonSet';
  return known && metadata.labels?.['k8s-app'] === 'node-local-dns';
}
