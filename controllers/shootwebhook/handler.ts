import type { ShootWebhook } from '../../pkg/network/plugin.ts';
import { createPatch } from '../../pkg/webhook/patch.ts';
import type { ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';

/**
 * Returns the handler for the webhook of a CNI, which API servers of shoots call. The webhook configuration selects the objects, but a shoot
 * may send any request: objects that the CNI does not mutate are allowed unchanged, and nothing is rejected.
 */
export function shootWebhookHandler(webhook: Pick<ShootWebhook, 'mutate'>): (request: ReviewRequest) => ReviewResponse {
  return ({ operation, namespace, object }) => {
    if (object === null || (operation !== 'CREATE' && operation !== 'UPDATE')) return { allowed: true };
    const mutated = webhook.mutate({ namespace, object });
    return { allowed: true, ...(mutated === undefined ? {} : { patch: createPatch(object, mutated) }) };
  };
}
