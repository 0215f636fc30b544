import { webhookPlan } from '../../../pkg/cilium/nodelocaldns/webhook.ts';
import { cilium } from '../../../pkg/cilium/plan.ts';
import { shootWebhookPath } from '../../shootwebhook/handler.ts';
import type { OwnCluster } from '../../shootwebhook/own.ts';
import { hostName } from '../option-values.ts';
import type { ShootWebhookOf } from './run.ts';
import type { WebhookSettings } from './settings.ts';

/** Of the extension whose webhook shoots know: its Secrets and its Service are called so, and a take-over must find them. */
const extension = 'networking-cilium';

/**
 * Where the shoot webhook is reached (docs/design/gardener.md#webhook-certificates and docs/design/gardener.md#shoot-webhooks). API servers of shoots are no members of the seed, so they are given a URL in
 * any mode: that of the Service, unless the mode is `url`.
 */
export function shootWebhook(settings: WebhookSettings, selfHosted: boolean): ShootWebhookOf {
  const { mode, url, namespace, servicePort, server } = settings;
  const service = `gardener-extension-${extension}`;
  const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`];
  const reached =
    mode === 'url' && url !== undefined
      ? { reachedAt: url, hosts: [hostName(url)] }
      : { reachedAt: `${service}.${namespace}:${servicePort}`, hosts: names };
  return {
    address: { name: extension, namespace, ...reached, listen: server },
    ownCluster: selfHosted ? ownCluster(settings, service) : undefined,
    type: cilium.type,
    plan: webhookPlan,
  };
}

function ownCluster(
  { mode, url, namespace, ownerNamespace, servicePort }: WebhookSettings,
  service: string,
): OwnCluster {
  const address =
    mode === 'url' && url !== undefined
      ? { url: `https://${url}${shootWebhookPath}` }
      : { service: { namespace, name: service, path: shootWebhookPath, port: servicePort } };
  return { name: service, address, ownerNamespace };
}
