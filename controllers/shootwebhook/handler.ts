import { mutateNodeLocalDNS } from '../../pkg/cilium/nodelocaldns/node-local-dns.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createPatch } from '../../pkg/webhook/patch.ts';
import type { ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';

/** Path of the handler in the URL that shoots are given (docs/design/gardener.md#shoot-webhooks). */
export const shootWebhookPath = '/shoot';

/**
 * Answers what shoots ask about NodeLocalDNS (docs/design/cilium.md#nodelocaldns-webhook). The webhook configuration selects the objects, but anybody's shoot may ask
 * anything: what is not meant is allowed as it is, and nothing is ever refused.
 */
export function handleShootWebhook({ operation, namespace, object }: ReviewRequest): ReviewResponse {
  if (object === null || (operation !== 'CREATE' && operation !== 'UPDATE')) return { allowed: true };
  if (namespace !== 'kube-system' || !isNodeLocalDNS(object)) return { allowed: true };
  return { allowed: true, patch: createPatch(object, mutateNodeLocalDNS(object)) };
}

function isNodeLocalDNS({ apiVersion, kind, metadata }: KubeObject): boolean {
  const known = `${apiVersion} ${kind}` === 'v1 ConfigMap' || `${apiVersion} ${kind}` === 'apps/v1 DaemonSet';
  return known && metadata.labels?.['k8s-app'] === 'node-local-dns';
}
