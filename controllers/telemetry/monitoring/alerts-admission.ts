import { ours, podsOf } from '../metrics/queries.ts';
import type { Alert, AlertSet } from './alert.ts';

/** About the admission, for the Prometheus of a garden: what it scrapes has these labels, and alerts by mail need `visibility`. */
export const admissionAlerts: AlertSet = {
  group: 'gardener-extension-admission-networking.rules',
  labels: { service: 'networking-admission', topology: 'garden', visibility: 'operator' },
  alerts: all(),
};

/** Webhooks fail closed, so whatever keeps reviews from being answered is critical. */
function all(): readonly Alert[] {
  return [
    {
      name: 'NetworkAdmissionAbsent',
      expr: `absent(${podsOf('admission')})`,
      for: '15m',
      severity: 'critical',
      summary: 'No pod of the networking admission is scraped',
      impact: 'While none runs, Shoots of its types cannot be created or changed, finalizers included.',
      remedy: 'Look at the Deployment in the runtime cluster of the garden, and at the targets of this Prometheus.',
    },
    {
      name: 'NetworkAdmissionWithoutCertificate',
      expr: `max by (namespace) ${admission('gardener_extension_network_certificate_expiry_timestamp_seconds{certificate="server"}')} == 0`,
      for: '10m',
      severity: 'critical',
      summary: 'No replica in {{ $labels.namespace }} has a certificate to serve with',
      impact: 'No review is answered: Shoots of its types cannot be created or changed.',
      remedy:
        'Look for "Webhook certificates could not be maintained" in the log: mostly it is a right to Secrets, or the API server.',
    },
    {
      name: 'NetworkAdmissionFails',
      expr: `sum by (namespace, webhook) ${admission('increase(controller_runtime_webhook_requests_total{code=~"5.."}[10m])')} > 0`,
      for: '10m',
      severity: 'critical',
      summary: 'Webhook {{ $labels.webhook }} of the admission answers with errors',
      impact: 'The Shoots that it is asked about are refused.',
      remedy: 'The log has the review that failed, by its uid; an error for one kind of Shoot is a defect.',
    },
    {
      name: 'NetworkAdmissionSlow',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, webhook) ' +
        `${admission('rate(controller_runtime_webhook_latency_seconds_bucket[10m])')}) > 2`,
      for: '15m',
      severity: 'warning',
      summary: 'Webhook {{ $labels.webhook }} of the admission takes {{ $value | humanizeDuration }}',
      impact: 'API servers wait ten seconds for an answer, then they refuse the Shoot.',
      remedy: 'Mostly a CPU limit that throttles: remove it or raise the request; more replicas share the reviews.',
    },
    {
      name: 'NetworkAdmissionCertificateEnds',
      expr: `min by (namespace, certificate) (${admission('gardener_extension_network_certificate_expiry_timestamp_seconds > 0')} - time()) < 7 * 86400`,
      for: '1h',
      severity: 'critical',
      summary:
        'Certificate {{ $labels.certificate }} of the admission ends in {{ $value | humanizeDuration }} and was not renewed',
      impact: 'After its end no review is answered: Shoots of its types cannot be created or changed.',
      remedy:
        'It should have been renewed ten days before its end, by the leader: look for the certificate in its log.',
    },
    {
      name: 'NetworkAdmissionWithoutLeader',
      expr: `max by (namespace, name) ${admission('leader_election_master_status')} == 0`,
      for: '15m',
      severity: 'warning',
      summary: 'No replica of the admission in {{ $labels.namespace }} holds Lease {{ $labels.name }}',
      impact:
        'Reviews are answered, but nobody renews certificates or takes back what others change in the webhook configurations.',
      remedy:
        'Ask a pod for /readyz and look for Lease in its log: mostly it is a permission, or the API server does not answer.',
    },
    {
      name: 'NetworkAdmissionGardenRefuses',
      expr: `sum by (namespace) ${admission('increase(rest_client_requests_total{host="garden",code!~"2..|404|409"}[15m])')} > 2`,
      for: '30m',
      severity: 'warning',
      summary: 'Requests of the admission in {{ $labels.namespace }} to the garden fail',
      impact:
        'The webhook configurations are not kept current: a new certificate authority would not be published in time.',
      remedy:
        'The log of the leader has the error: mostly a missing right in the garden, a token that ended, or no way there.',
    },
    {
      name: 'NetworkAdmissionBlocked',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, pod) ' +
        `${admission('rate(gardener_extension_network_event_loop_delay_seconds_bucket[10m])')}) > 1`,
      for: '15m',
      severity: 'warning',
      summary: '{{ $labels.pod }} of the admission blocks for {{ $value | humanizeDuration }}',
      impact: 'Reviews and the renewal of the Lease come late.',
      remedy: 'Mostly a CPU limit that throttles: remove it or raise the request. Otherwise report it.',
    },
  ];
}

function admission(expr: string): string {
  return ours(expr, 'admission');
}
