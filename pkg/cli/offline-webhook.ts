import type { NetworkPlugin, WebhookTarget } from '../network/plugin.ts';

/** Stands for the certificates and the namespace that only a running extension knows, so that the webhook is shown offline, too. */
export function offlineWebhook(plugin: Pick<NetworkPlugin, 'shootWebhook'> | undefined): WebhookTarget | undefined {
  if (plugin?.shootWebhook === undefined) return undefined;
  const { extension, path } = plugin.shootWebhook;
  return { caBundle, url: `https://gardener-extension-${extension}.extension-${extension}:443${path}` };
}

const caBundle = btoa('-----BEGIN CERTIFICATE-----\nwritten by the running extension\n-----END CERTIFICATE-----\n');
