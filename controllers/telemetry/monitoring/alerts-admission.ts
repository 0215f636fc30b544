import { onlyPodsOf, podSelector } from '../metrics/queries.ts';
import type { Alert, AlertSet } from './alert.ts';

/** Alerts about the admission, for the Prometheus of a garden, with the labels of its other alerts; email notifications need `visibility`. */
export const admissionAlerts: AlertSet = {
  group: 'gardener-extension-admission-networking.rules',
  labels: { service: 'networking-admission', topology: 'garden', visibility: 'operator' },
  alerts: alerts(),
};

/** The webhooks fail closed, so a problem that prevents responses to reviews is critical. */
function alerts(): readonly Alert[] {
  return [
    {
      name: 'NetworkAdmissionAbsent',
      expr: `absent(${podSelector('admission')})`,
      for: '15m',
      severity: 'critical',
      summary: 'Prometheus scrapes no pod of the networking admission',
      impact: 'If no pod runs, Shoots of its types cannot be created or changed, including their finalizers.',
      remedy: 'Check the Deployment in the runtime cluster of the garden and the targets of this Prometheus.',
    },
    {
      name: 'NetworkAdmissionWithoutCertificate',
      expr: `max by (namespace) ${admission('gardener_extension_network_certificate_expiry_timestamp_seconds{certificate="server"}')} == 0`,
      for: '10m',
      severity: 'critical',
      summary: 'No replica in {{ $labels.namespace }} has a serving certificate',
      impact: 'Reviews fail: Shoots of its types cannot be created or changed.',
      remedy:
        'Search the log for "Webhook certificates could not be maintained". Usual causes: a missing permission for Secrets, or the API server does not respond.',
    },
    {
      name: 'NetworkAdmissionFails',
      expr: `sum by (namespace, webhook) ${admission('increase(controller_runtime_webhook_requests_total{code=~"5.."}[10m])')} > 0`,
      for: '10m',
      severity: 'critical',
      summary: 'Webhook {{ $labels.webhook }} of the admission responds with errors',
      impact: 'API servers reject the requests for these Shoots.',
      remedy: 'Search the log for the uid of the review. An error for one kind of Shoot is a defect.',
    },
    {
      name: 'NetworkAdmissionSlow',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, webhook) ' +
        `${admission('rate(controller_runtime_webhook_latency_seconds_bucket[10m])')}) > 2`,
      for: '15m',
      severity: 'warning',
      summary: 'Webhook {{ $labels.webhook }} of the admission takes {{ $value | humanizeDuration }}',
      impact: 'API servers wait ten seconds for a response, then they reject the request.',
      remedy:
        'Usual cause: throttling by a CPU limit. Remove it or increase the request. More replicas share the reviews.',
    },
    {
      name: 'NetworkAdmissionCertificateEnds',
      expr: `min by (namespace, certificate) (${admission('gardener_extension_network_certificate_expiry_timestamp_seconds > 0')} - time()) < 7 * 86400`,
      for: '1h',
      severity: 'critical',
      summary:
        'Certificate {{ $labels.certificate }} of the admission expires in {{ $value | humanizeDuration }} and was not renewed',
      impact: 'After the expiry reviews fail: Shoots of its types cannot be created or changed.',
      remedy: 'The leader renews it ten days before the expiry: search its log for the certificate.',
    },
    {
      name: 'NetworkAdmissionWithoutLeader',
      expr: `max by (namespace, name) ${admission('leader_election_master_status')} == 0`,
      for: '15m',
      severity: 'warning',
      summary: 'No replica of the admission in {{ $labels.namespace }} holds Lease {{ $labels.name }}',
      impact:
        'Reviews succeed, but certificates are not renewed, and changes of webhook configurations by others are not reverted.',
      remedy:
        'Query /readyz of a pod and search its log for Lease. Usual causes: a missing permission, or the API server does not respond.',
    },
    {
      name: 'NetworkAdmissionGardenRefuses',
      expr: `sum by (namespace) ${admission('increase(rest_client_requests_total{host="garden",code!~"2..|404|409"}[15m])')} > 2`,
      for: '30m',
      severity: 'warning',
      summary: 'Requests of the admission in {{ $labels.namespace }} to the garden fail',
      impact: 'The webhook configurations are not updated: a new certificate authority would not be published in time.',
      remedy:
        'The log of the leader contains the error. Usual causes: a missing permission in the garden, an expired token, or no network connection.',
    },
    {
      name: 'NetworkAdmissionBlocked',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, pod) ' +
        `${admission('rate(gardener_extension_network_event_loop_delay_seconds_bucket[10m])')}) > 1`,
      for: '15m',
      severity: 'warning',
      summary: 'The event loop of {{ $labels.pod }} of the admission is blocked for {{ $value | humanizeDuration }}',
      impact: 'Responses to reviews and renewals of the Lease are late.',
      remedy: 'Usual cause: throttling by a CPU limit. Remove it or increase the request. Otherwise report it.',
    },
  ];
}

function admission(expr: string): string {
  return onlyPodsOf(expr, 'admission');
}
