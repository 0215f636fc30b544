import type { MetricDefinition } from './definition.ts';

const controller = 'Name of the controller: `network`';
const queue = { name: 'Name of the queue, that of its controller', controller } as const;
const webhook = { webhook: 'Path that the webhook is served at' } as const;

/** Buckets of client-go's work queues: 10 ns to 1000 s, a decade each. */
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000] as const;

/** Buckets of controller-runtime for reconciles. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
] as const;

/** Names, labels and buckets of controller-runtime and client-go: dashboards of the Go extensions go on working (docs/design/gardener.md#flags-and-environment). */
export const sharedMetrics = {
  controller_runtime_reconcile_total: {
    type: 'counter',
    help: 'Runs of a controller that ended, by how',
    labels: { controller, result: '`success`, `error`, `requeue_after`; `requeue` never happens here and is always 0' },
  },
  controller_runtime_reconcile_errors_total: {
    type: 'counter',
    help: 'Runs of a controller that failed',
    labels: { controller },
  },
  controller_runtime_terminal_reconcile_errors_total: {
    type: 'counter',
    help: 'Runs of a controller that failed and are not repeated',
    labels: { controller },
  },
  controller_runtime_reconcile_time_seconds: {
    type: 'histogram',
    help: 'Duration of the runs of a controller',
    labels: { controller },
    buckets: reconcileBuckets,
  },
  controller_runtime_max_concurrent_reconciles: {
    type: 'gauge',
    help: 'Runs that a controller does side by side at most',
    labels: { controller },
  },
  controller_runtime_active_workers: {
    type: 'gauge',
    help: 'Runs of a controller that go on now',
    labels: { controller },
  },
  controller_runtime_webhook_requests_total: {
    type: 'counter',
    help: 'Requests that a webhook has answered, by HTTP status',
    labels: { ...webhook, code: 'HTTP status of the answer' },
  },
  controller_runtime_webhook_latency_seconds: {
    type: 'histogram',
    help: 'Time that a webhook took for an answer',
    labels: webhook,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  controller_runtime_webhook_requests_in_flight: {
    type: 'gauge',
    help: 'Requests that a webhook is working on',
    labels: webhook,
  },
  workqueue_depth: {
    type: 'gauge',
    help: 'Keys that are ready and wait for a worker',
    labels: { ...queue, priority: '100 asked for by gardenlet, 0 other news, -100 found at start' },
  },
  workqueue_adds_total: { type: 'counter', help: 'Keys that became ready', labels: queue },
  workqueue_retries_total: { type: 'counter', help: 'Keys that were put back for later', labels: queue },
  workqueue_queue_duration_seconds: {
    type: 'histogram',
    help: 'Time that a key waited for a worker',
    labels: queue,
    buckets: queueBuckets,
  },
  workqueue_work_duration_seconds: {
    type: 'histogram',
    help: 'Time that the work for a key took',
    labels: queue,
    buckets: queueBuckets,
  },
  workqueue_unfinished_work_seconds: {
    type: 'gauge',
    help: 'Sum of how long all running work has been going on',
    labels: queue,
  },
  workqueue_longest_running_processor_seconds: {
    type: 'gauge',
    help: 'How long the oldest running work has been going on',
    labels: queue,
  },
  rest_client_requests_total: {
    type: 'counter',
    help: 'Requests to API servers, retries included',
    labels: {
      code: 'HTTP status, `<error>` when there was no answer',
      method: 'HTTP method',
      host: 'Host and port of the seed; `shoot` for all API servers of shoots together; in the admission `garden`, `source` (certificates) and `lease`',
    },
  },
  leader_election_master_status: {
    type: 'gauge',
    help: '1 while this process leads',
    labels: { name: 'Name of the Lease' },
  },
  certwatcher_read_certificate_total: {
    type: 'counter',
    help: 'Times that a certificate was read',
    labels: {},
  },
  certwatcher_read_certificate_errors_total: {
    type: 'counter',
    help: 'Times that a certificate could not be read',
    labels: {},
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time of the process, user and system',
    labels: {},
  },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the process that is in RAM', labels: {} },
  process_virtual_memory_bytes: {
    type: 'gauge',
    help: 'Address space of the process; 0 where there is no /proc',
    labels: {},
  },
  process_open_fds: { type: 'gauge', help: 'Open file descriptors; 0 where there is no /proc', labels: {} },
  process_max_fds: { type: 'gauge', help: 'Limit of open file descriptors; 0 where there is no /proc', labels: {} },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, in Unix time', labels: {} },
  nodejs_heap_size_total_bytes: { type: 'gauge', help: 'Size of the JavaScript heap', labels: {} },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'Part of the JavaScript heap that is in use', labels: {} },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    help: 'Memory outside of the heap that JavaScript objects hold',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
