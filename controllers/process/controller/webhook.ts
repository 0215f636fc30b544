import { findShootWebhook } from '../../../pkg/network/plan.ts';
import type { NetworkPlugin, ShootWebhook } from '../../../pkg/network/plugin.ts';
import type { OwnCluster } from '../../shootwebhook/own.ts';
import { hostName } from '../option-values.ts';
import type { ServedShootWebhook } from './run.ts';
import type { WebhookSettings } from './settings.ts';

/**
 * Returns the webhook of the served CNI that has one, with its address (docs/design/gardener.md#webhook-certificates and
 * docs/design/gardener.md#shoot-webhooks); undefined if none has one. In a shoot, a reference to a Service would mean a Service of that
 * shoot, so shoots get a URL in every mode: that of the Service of the extension, unless the mode is `url`.
 */
export function servedShootWebhook({
  plugins,
  settings,
  selfHosted,
}: ShootWebhookInput): ServedShootWebhook | undefined {
  const served = findShootWebhook(plugins);
  if (served === undefined) return undefined;
  const { mode, url, namespace, servicePort, server } = settings;
  const { extension, path } = served.webhook;
  const service = `gardener-extension-${extension}`;
  const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`];
  const reached =
    mode === 'url' && url !== undefined
      ? { reachedAt: url, hosts: [hostName(url)] }
      : { reachedAt: `${service}.${namespace}:${servicePort}`, hosts: names };
  return {
    address: { name: extension, namespace, ...reached, listen: server },
    ownCluster: selfHosted ? ownCluster({ settings, service, path }) : undefined,
    ...served,
  };
}

export interface ShootWebhookInput {
  /** The served CNIs. */
  readonly plugins: readonly NetworkPlugin[];
  readonly settings: WebhookSettings;
  readonly selfHosted: boolean;
}

interface OwnClusterInput extends Pick<ShootWebhook, 'path'> {
  readonly settings: WebhookSettings;
  /** Name of the Service. */
  readonly service: string;
}

function ownCluster({ settings, service, path }: OwnClusterInput): OwnCluster {
  const { mode, url, namespace, ownerNamespace, servicePort } = settings;
  const address =
    mode === 'url' && url !== undefined
      ? { url: `https://${url}${path}` }
      : { service: { namespace, name: service, path, port: servicePort } };
  return { name: service, address, ownerNamespace };
}
