import { onlyPodsOf, podSelector } from '../metrics/queries.ts';
import type { Alert, AlertSet } from './alert.ts';

/** Alerts about the controller, for the Prometheus of a seed. */
export const controllerAlerts: AlertSet = {
  group: 'gardener-extension-networking.rules',
  // Gardener routes alerts by these labels (docs/design/gardener.md#monitoring).
  labels: { service: 'networking-extension', type: 'seed', visibility: 'operator' },
  alerts: alerts(),
};

/** The duration of each alert exceeds that of rolling updates, retries and maintenance of the API server. */
function alerts(): readonly Alert[] {
  return [
    {
      name: 'NetworkExtensionAbsent',
      expr: `absent(${podSelector('controller')})`,
      for: '15m',
      severity: 'critical',
      summary: 'Prometheus scrapes no pod of the networking extension',
      impact:
        'If no pod runs, shoots cannot be created, changed or deleted. The network of running shoots is not affected.',
      remedy: 'Check the Deployment in the namespace of the extension and the targets of this Prometheus.',
    },
    {
      name: 'NetworkExtensionWithoutLeader',
      expr: `max by (namespace, name) ${onlyPodsOf('leader_election_master_status')} == 0`,
      for: '5m',
      severity: 'critical',
      summary: 'No replica in {{ $labels.namespace }} holds Lease {{ $labels.name }}',
      impact: 'Networks are not reconciled: shoot operations wait and then fail.',
      remedy:
        'Query /readyz of a pod and search its log for Lease. Usual causes: a missing permission, or the API server does not respond.',
    },
    {
      name: 'NetworkExtensionReconcilesFail',
      expr:
        `sum by (namespace) ${onlyPodsOf('increase(controller_runtime_reconcile_errors_total[15m])')} > 10 and ` +
        `sum by (namespace) ${onlyPodsOf('increase(controller_runtime_reconcile_errors_total[15m])')} > ` +
        `0.5 * sum by (namespace) ${onlyPodsOf('increase(controller_runtime_reconcile_total[15m])')}`,
      for: '15m',
      severity: 'critical',
      summary: 'More than half of the reconciliations in {{ $labels.namespace }} fail',
      impact: 'Most operations of shoots with this network type fail.',
      remedy:
        'Search the log for "Reconcile failed". The same err for many objects has a cause in the seed, such as a missing permission or CRD.',
    },
    {
      name: 'NetworkExtensionNetworksFailing',
      expr: 'max by (namespace, type) (gardener_extension_network_networks{state="error"}) > 0',
      for: '30m',
      severity: 'warning',
      summary: '{{ $value }} {{ $labels.type }} Networks have failed for half an hour',
      impact: 'Operations of these shoots fail. Their network is not changed.',
      remedy:
        'List them by kubectl get networks -A. The cause is in status.lastError and in the log, by the name of the object.',
    },
    {
      name: 'NetworkExtensionConfigurationRefused',
      expr: 'max by (namespace, type) (gardener_extension_network_networks{state="refused"}) > 0',
      for: '1h',
      severity: 'info',
      summary: '{{ $value }} {{ $labels.type }} Networks have a refused configuration',
      impact: 'These shoots are not reconciled until their owners change providerConfig. Their network is not changed.',
      remedy:
        'Notify the owners. If many shoots have the same code, a new version of the extension or a changed CloudProfile is the cause.',
    },
    {
      name: 'NetworkExtensionQueueLong',
      expr: `sum by (namespace, pod, name) ${onlyPodsOf('workqueue_depth')} > 50`,
      for: '15m',
      severity: 'warning',
      summary: '{{ $value }} keys wait in queue {{ $labels.name }} of {{ $labels.pod }}',
      impact: 'Shoot operations take longer.',
      remedy:
        'Check the CPU usage and the latency of the API server. Increase --max-concurrent-reconciles if both have headroom.',
    },
    {
      name: 'NetworkExtensionRunStuck',
      expr: `max by (namespace, pod, name) ${onlyPodsOf('workqueue_longest_running_processor_seconds')} > 300`,
      for: '5m',
      severity: 'warning',
      summary:
        'A reconciliation of {{ $labels.name }} in {{ $labels.pod }} has been running for {{ $value | humanizeDuration }}',
      impact: 'One worker is blocked, and one shoot waits.',
      remedy:
        'Every request has a deadline, so this is a defect: save the log at level debug, restart the pod and report it.',
    },
    {
      name: 'NetworkExtensionWatchStale',
      expr: 'max by (namespace, pod, resource) (gardener_extension_network_watch_age_seconds) > 300',
      for: '5m',
      severity: 'critical',
      summary:
        '{{ $labels.pod }} has received no data about {{ $labels.resource }} for {{ $value | humanizeDuration }}',
      impact: 'Changes of Networks are not detected.',
      remedy:
        'Check the API server of the seed, NetworkPolicies, and the permissions to list and watch. The log contains the error.',
    },
    {
      name: 'NetworkExtensionWebhookFails',
      expr: `sum by (namespace, webhook) ${onlyPodsOf('increase(controller_runtime_webhook_requests_total{code=~"5.."}[10m])')} > 0`,
      for: '10m',
      severity: 'critical',
      summary: 'Webhook {{ $labels.webhook }} responds with errors',
      impact: 'API servers reject the requests, according to its failure policy.',
      remedy: 'Search the log for the uid of the review. An error for one kind of object is a defect.',
    },
    {
      name: 'NetworkExtensionCertificateEnds',
      expr: `min by (namespace, certificate) (${onlyPodsOf('gardener_extension_network_certificate_expiry_timestamp_seconds > 0')} - time()) < 7 * 86400`,
      for: '1h',
      severity: 'critical',
      summary: 'Certificate {{ $labels.certificate }} expires in {{ $value | humanizeDuration }} and was not renewed',
      impact: 'After the expiry API servers cannot call the webhook.',
      remedy: 'The leader renews it ten days before the expiry: search its log for the certificate.',
    },
    {
      name: 'NetworkExtensionBlocked',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, pod) ' +
        `${onlyPodsOf('rate(gardener_extension_network_event_loop_delay_seconds_bucket[10m])')}) > 1`,
      for: '15m',
      severity: 'warning',
      summary: 'The event loop of {{ $labels.pod }} is blocked for {{ $value | humanizeDuration }}',
      impact: 'Responses to probes and renewals of the Lease are late. Above 10 s the leader changes.',
      remedy:
        'Usual cause: throttling by a CPU limit. Remove it or increase the request. Otherwise report it with the number of Networks.',
    },
  ];
}
