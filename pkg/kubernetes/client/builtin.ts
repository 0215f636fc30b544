import type { Resource } from './resource.ts';

type Name =
  | 'namespaces'
  | 'secrets'
  | 'events'
  | 'leases'
  | 'validatingWebhookConfigurations'
  | 'mutatingWebhookConfigurations';

const core = { group: '', version: 'v1' };
const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };

/** Resources that every API server has; those of CRDs stand with the controllers that use them. */
export const builtin: Readonly<Record<Name, Resource>> = {
  namespaces: { ...core, plural: 'namespaces', namespaced: false },
  secrets: { ...core, plural: 'secrets', namespaced: true },
  events: { ...core, plural: 'events', namespaced: true },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true },
  validatingWebhookConfigurations: { ...admission, plural: 'validatingwebhookconfigurations' },
  mutatingWebhookConfigurations: { ...admission, plural: 'mutatingwebhookconfigurations' },
};
