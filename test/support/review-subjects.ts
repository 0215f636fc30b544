import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { webhookPaths } from '../../controllers/admission/configurations.ts';
import { createValidator } from '../../controllers/admission/handlers.ts';
import { shootWebhookHandler } from '../../controllers/shootwebhook/handler.ts';
import { calico } from '../../pkg/calico/plan.ts';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { ReviewHandler } from '../../pkg/webhook/review.ts';

/** Requests to a webhook, and the check of its responses. */
export interface ReviewSubject {
  readonly path: string;
  readonly handler: ReviewHandler;
  /** Returns an AdmissionReview whose object has about this number of bytes. */
  readonly review: (uid: string, size: number) => string;
  readonly check: (response: Readonly<Record<string, unknown>>) => void;
}

/** The ConfigMap of NodeLocalDNS with a Corefile of the given size. */
export const shootWebhookReviews: ReviewSubject = {
  path: nodeLocalDNSWebhook.path,
  handler: shootWebhookHandler(nodeLocalDNSWebhook),
  review: (uid, size) => {
    const labels = { 'k8s-app': 'node-local-dns' };
    const metadata = { name: 'node-local-dns-1', namespace: 'kube-system', labels };
    const line = '  bind 169.254.20.10 100.64.0.10\n';
    const data = { Corefile: line.repeat(Math.ceil(size / line.length)) };
    return createReview({ uid, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } });
  },
  check: (response) => assert.equal(response['patchType'], 'JSONPatch'),
};

const shoot = load(readFileSync(new URL('../../example/30-shoot.yaml', import.meta.url), 'utf8')) as KubeObject;

/** The example's Shoot with annotations of the given size, like those of other extensions. */
export const shootReviews: ReviewSubject = {
  path: webhookPaths.validator,
  handler: createValidator([calico, cilium]),
  review: (uid, size) => {
    const annotations = { 'example.com/notes': 'x'.repeat(size) };
    return createReview({ uid, object: { ...shoot, metadata: { ...shoot.metadata, annotations } } });
  },
  check: (response) => assert.equal(response['allowed'], true),
};

function createReview({ uid, object }: { readonly uid: string; readonly object: KubeObject }): string {
  const { namespace, name } = object.metadata;
  const request = { uid, operation: 'CREATE', namespace, name, object, oldObject: null };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}
