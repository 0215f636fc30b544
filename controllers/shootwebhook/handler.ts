import type { ShootWebhook } from '../../pkg/network/plugin.ts';
import { createPatch } from '../../pkg/webhook/patch.ts';
import type { ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';

/**
 * Answers what API servers of shoots ask the webhook of a CNI. Its configuration selects the objects, but any shoot may send anything: what
 * the CNI has no say about is allowed as it is, and nothing is ever refused.
 */
export function shootWebhookHandler(webhook: Pick<ShootWebhook, 'mutate'>): (request: ReviewRequest) => ReviewResponse {
  return ({ operation, namespace, object }) => {
    if (object === null || (operation !== 'CREATE' && operation !== 'UPDATE')) return { allowed: true };
    const mutated = webhook.mutate({ namespace, object });
    return { allowed: true, ...(mutated === undefined ? {} : { patch: createPatch(object, mutated) }) };
  };
}
