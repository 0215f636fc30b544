import type { WebhookTarget } from '../network/plugin.ts';

/** Stands for the certificates and the namespace that only a running extension knows, so that the webhook is shown offline, too. */
export const offlineWebhook: WebhookTarget = {
  caBundle: btoa('-----BEGIN CERTIFICATE-----\nwritten by the running extension\n-----END CERTIFICATE-----\n'),
  url: 'https://gardener-extension-networking-cilium.extension-networking-cilium:443/shoot',
};
