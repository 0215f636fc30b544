import { ours, podsOf } from '../metrics/queries.ts';
import type { Alert, AlertSet } from './alert.ts';

/** About the controller, for the Prometheus of a seed. */
export const controllerAlerts: AlertSet = {
  group: 'gardener-extension-networking.rules',
  // What Gardener routes alerts by (docs/design/gardener.md#monitoring).
  labels: { service: 'networking-extension', type: 'seed', visibility: 'operator' },
  alerts: all(),
};

/** Each with a time that lets rolling updates, retries and maintenance of the API server pass. */
function all(): readonly Alert[] {
  return [
    {
      name: 'NetworkExtensionAbsent',
      expr: `absent(${podsOf('controller')})`,
      for: '15m',
      severity: 'critical',
      summary: 'No pod of the networking extension is scraped',
      impact: 'Shoots cannot be created, changed or deleted while it does not run; running shoots keep their network.',
      remedy: 'Look at the Deployment in the namespace of the extension, and at the targets of this Prometheus.',
    },
    {
      name: 'NetworkExtensionWithoutLeader',
      expr: `max by (namespace, name) ${ours('leader_election_master_status')} == 0`,
      for: '5m',
      severity: 'critical',
      summary: 'No replica in {{ $labels.namespace }} holds Lease {{ $labels.name }}',
      impact: 'Nobody reconciles Networks: operations of shoots wait and then fail.',
      remedy:
        'Ask a pod for /readyz and look for Lease in its log: mostly it is a permission, or the API server does not answer.',
    },
    {
      name: 'NetworkExtensionReconcilesFail',
      expr:
        `sum by (namespace) ${ours('increase(controller_runtime_reconcile_errors_total[15m])')} > 10 and ` +
        `sum by (namespace) ${ours('increase(controller_runtime_reconcile_errors_total[15m])')} > ` +
        `0.5 * sum by (namespace) ${ours('increase(controller_runtime_reconcile_total[15m])')}`,
      for: '15m',
      severity: 'critical',
      summary: 'More than half of the runs in {{ $labels.namespace }} fail',
      impact: 'Most operations of shoots with this network type fail.',
      remedy:
        'Look for "Reconcile failed" in the log; the same err for many objects is a cause in the seed, as a missing permission or CRD.',
    },
    {
      name: 'NetworkExtensionNetworksFailing',
      expr: 'max by (namespace, type) (gardener_extension_network_networks{state="error"}) > 0',
      for: '30m',
      severity: 'warning',
      summary: '{{ $value }} {{ $labels.type }} Networks have been failing for half an hour',
      impact: 'The operations of these shoots fail; their running network is left as it is.',
      remedy:
        'kubectl get networks -A shows them; lastError in the status and the log with the name of the object say why.',
    },
    {
      name: 'NetworkExtensionConfigurationRefused',
      expr: 'max by (namespace, type) (gardener_extension_network_networks{state="refused"}) > 0',
      for: '1h',
      severity: 'info',
      summary: '{{ $value }} {{ $labels.type }} Networks have a configuration that is refused',
      impact: 'Their shoots are not reconciled until the owner changes providerConfig; what runs is left as it is.',
      remedy:
        'Tell the owners. If many shoots have the same code, a change of ours or of a cloud profile is the cause.',
    },
    {
      name: 'NetworkExtensionQueueLong',
      expr: `sum by (namespace, pod, name) ${ours('workqueue_depth')} > 50`,
      for: '15m',
      severity: 'warning',
      summary: '{{ $value }} keys wait in queue {{ $labels.name }} of {{ $labels.pod }}',
      impact: 'Operations of shoots take longer.',
      remedy: 'Compare CPU and the latency of the API server; raise --max-concurrent-reconciles if both have room.',
    },
    {
      name: 'NetworkExtensionRunStuck',
      expr: `max by (namespace, pod, name) ${ours('workqueue_longest_running_processor_seconds')} > 300`,
      for: '5m',
      severity: 'warning',
      summary: 'A run of {{ $labels.name }} in {{ $labels.pod }} has been going on for {{ $value | humanizeDuration }}',
      impact: 'One worker is missing, and one shoot waits.',
      remedy:
        'Every request has a deadline, so this is a defect: keep the log at level debug, restart the pod, report it.',
    },
    {
      name: 'NetworkExtensionWatchStale',
      expr: 'max by (namespace, pod, resource) (gardener_extension_network_watch_age_seconds) > 300',
      for: '5m',
      severity: 'critical',
      summary: '{{ $labels.pod }} has not heard of {{ $labels.resource }} for {{ $value | humanizeDuration }}',
      impact: 'Changes of Networks are not noticed.',
      remedy:
        'Look at the API server of the seed, at network policies and at the permissions to list and watch; the log has the error.',
    },
    {
      name: 'NetworkExtensionWebhookFails',
      expr: `sum by (namespace, webhook) ${ours('increase(controller_runtime_webhook_requests_total{code=~"5.."}[10m])')} > 0`,
      for: '10m',
      severity: 'critical',
      summary: 'Webhook {{ $labels.webhook }} answers with errors',
      impact: 'API servers that ask it refuse the change, as its failure policy says.',
      remedy: 'The log has the review that failed, by its uid; an error for one kind of object is a defect.',
    },
    {
      name: 'NetworkExtensionCertificateEnds',
      expr: `min by (namespace, certificate) (${ours('gardener_extension_network_certificate_expiry_timestamp_seconds > 0')} - time()) < 7 * 86400`,
      for: '1h',
      severity: 'critical',
      summary: 'Certificate {{ $labels.certificate }} ends in {{ $value | humanizeDuration }} and was not renewed',
      impact: 'After its end API servers can no longer call the webhook.',
      remedy:
        'It should have been renewed ten days before its end, by the leader: look for the certificate in its log.',
    },
    {
      name: 'NetworkExtensionBlocked',
      expr:
        'histogram_quantile(0.99, sum by (le, namespace, pod) ' +
        `${ours('rate(gardener_extension_network_event_loop_delay_seconds_bucket[10m])')}) > 1`,
      for: '15m',
      severity: 'warning',
      summary: '{{ $labels.pod }} blocks for {{ $value | humanizeDuration }}',
      impact: 'Probes and the renewal of the Lease come late; above 10 s the leader changes.',
      remedy:
        'Mostly a CPU limit that throttles: remove it or raise the request. Otherwise report it with the number of Networks.',
    },
  ];
}
