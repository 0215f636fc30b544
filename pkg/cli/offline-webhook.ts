import type { NetworkPlugin, WebhookTarget } from '../network/plugin.ts';

/** Placeholder for the CA bundle and namespace, known to a running extension only, so that offline output includes the webhook. */
export function offlineWebhook(plugin: Pick<NetworkPlugin, 'shootWebhook'> | undefined): WebhookTarget | undefined {
  if (plugin?.shootWebhook === undefined) return undefined;
  const { extension, path } = plugin.shootWebhook;
  return { caBundle, url: `https://gardener-extension-${extension}.extension-${extension}:443${path}` };
}

const caBundle = btoa('-----BEGIN CERTIFICATE-----\nwritten by the running extension\n-----END CERTIFICATE-----\n');
