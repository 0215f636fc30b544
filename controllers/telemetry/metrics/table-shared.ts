import type { MetricDefinition } from './definition.ts';

const controller = 'Name of the controller: `network`';
const queue = { name: 'Name of the queue, equal to that of its controller', controller } as const;
const webhook = { webhook: 'Path of the webhook' } as const;

/** Buckets of client-go's work queues: one per decade from 10 ns to 1000 s. */
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000] as const;

/** Buckets of controller-runtime for reconciliations. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
] as const;

/** Metrics with the names, labels and buckets of controller-runtime and client-go, so that dashboards of the Go extensions work (docs/design/gardener.md#flags-and-environment). */
export const sharedMetrics = {
  controller_runtime_reconcile_total: {
    type: 'counter',
    help: 'Total number of reconciliations per controller and result',
    labels: { controller, result: '`success`, `error` or `requeue_after`; `requeue` is always 0' },
  },
  controller_runtime_reconcile_errors_total: {
    type: 'counter',
    help: 'Total number of reconciliation errors per controller',
    labels: { controller },
  },
  controller_runtime_terminal_reconcile_errors_total: {
    type: 'counter',
    help: 'Total number of reconciliation errors per controller that are not retried',
    labels: { controller },
  },
  controller_runtime_reconcile_time_seconds: {
    type: 'histogram',
    help: 'Duration of reconciliations per controller',
    labels: { controller },
    buckets: reconcileBuckets,
  },
  controller_runtime_max_concurrent_reconciles: {
    type: 'gauge',
    help: 'Maximum number of concurrent reconciliations per controller',
    labels: { controller },
  },
  controller_runtime_active_workers: {
    type: 'gauge',
    help: 'Current number of running reconciliations per controller',
    labels: { controller },
  },
  controller_runtime_webhook_requests_total: {
    type: 'counter',
    help: 'Total number of webhook requests by HTTP status code',
    labels: { ...webhook, code: 'HTTP status code of the response' },
  },
  controller_runtime_webhook_latency_seconds: {
    type: 'histogram',
    help: 'Duration of webhook requests',
    labels: webhook,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  controller_runtime_webhook_requests_in_flight: {
    type: 'gauge',
    help: 'Current number of webhook requests in progress',
    labels: webhook,
  },
  workqueue_depth: {
    type: 'gauge',
    help: 'Current number of keys that wait for a worker',
    labels: { ...queue, priority: '`100`: requested by gardenlet, `0`: other changes, `-100`: found at start' },
  },
  workqueue_adds_total: { type: 'counter', help: 'Total number of keys added to the queue', labels: queue },
  workqueue_retries_total: { type: 'counter', help: 'Total number of keys added again for a retry', labels: queue },
  workqueue_queue_duration_seconds: {
    type: 'histogram',
    help: 'Time that a key waits in the queue for a worker',
    labels: queue,
    buckets: queueBuckets,
  },
  workqueue_work_duration_seconds: {
    type: 'histogram',
    help: 'Time that processing a key takes',
    labels: queue,
    buckets: queueBuckets,
  },
  workqueue_unfinished_work_seconds: {
    type: 'gauge',
    help: 'Sum of the current durations of all keys in progress',
    labels: queue,
  },
  workqueue_longest_running_processor_seconds: {
    type: 'gauge',
    help: 'Current duration of the key that is longest in progress',
    labels: queue,
  },
  rest_client_requests_total: {
    type: 'counter',
    help: 'Number of HTTP requests to API servers by status code, method and host, retries included',
    labels: {
      code: 'HTTP status code; `<error>` without a response',
      method: 'HTTP method',
      host: 'Host and port of the seed; `shoot` for the API servers of all shoots; in the admission `garden`, `source` (certificates) and `lease`',
    },
  },
  leader_election_master_status: {
    type: 'gauge',
    help: 'Whether this process holds the Lease: 1 for the leader, otherwise 0',
    labels: { name: 'Name of the Lease' },
  },
  certwatcher_read_certificate_total: {
    type: 'counter',
    help: 'Total number of certificate reads',
    labels: {},
  },
  certwatcher_read_certificate_errors_total: {
    type: 'counter',
    help: 'Total number of certificate read errors',
    labels: {},
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'Total user and system CPU time of the process',
    labels: {},
  },
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory size', labels: {} },
  process_virtual_memory_bytes: {
    type: 'gauge',
    help: 'Virtual memory size; 0 without /proc',
    labels: {},
  },
  process_open_fds: { type: 'gauge', help: 'Number of open file descriptors; 0 without /proc', labels: {} },
  process_max_fds: { type: 'gauge', help: 'Maximum number of open file descriptors; 0 without /proc', labels: {} },
  process_start_time_seconds: { type: 'gauge', help: 'Start time of the process in Unix time', labels: {} },
  nodejs_heap_size_total_bytes: { type: 'gauge', help: 'Size of the JavaScript heap', labels: {} },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'Used size of the JavaScript heap', labels: {} },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    help: 'Memory outside of the heap that belongs to JavaScript objects',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
