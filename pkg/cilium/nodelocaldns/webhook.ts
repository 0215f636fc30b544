import type { ManagedResourcePlan, PlanTools, WebhookTarget } from '../../network/plugin.ts';
import { webhookTemplate } from '../render/inventory.ts';

/** Name of the ManagedResource, which a take-over must find (docs/design/gardener.md#managedresource). */
export const webhookResource = 'extension-cilium-shoot-webhooks';

/**
 * The MutatingWebhookConfiguration that sends changes of NodeLocalDNS to the extension (docs/design/cilium.md#nodelocaldns-webhook, docs/design/gardener.md#shoot-webhooks). It is there whether
 * NodeLocalDNS is on or not, because the Shoot may switch it on before the Network is reconciled again.
 */
export function webhookPlan(target: WebhookTarget, { charts }: Pick<PlanTools, 'charts'>): ManagedResourcePlan {
  const object = charts.render(`cilium/${webhookTemplate}`, {
    webhookCaBundle: target.caBundle,
    webhookUrl: target.url,
  });
  return { name: webhookResource, parts: [{ key: 'data.yaml', objects: [object] }] };
}
