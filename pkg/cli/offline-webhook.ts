import type { WebhookTarget } from '../network/plugin.ts';

/** Placeholder for the CA bundle and namespace, known to a running extension only, so that offline output includes the webhook. */
export const offlineWebhook: WebhookTarget = {
  caBundle: btoa('-----BEGIN CERTIFICATE-----\nwritten by the running extension\n-----END CERTIFICATE-----\n'),
  url: 'https://gardener-extension-networking-cilium.extension-networking-cilium:443/shoot',
};
