import type { MetricDefinition } from './definition.ts';

const type = 'Network type: `calico` or `cilium`';
const resource = 'Watched resource, such as `networks.extensions.gardener.cloud`';
const code = 'Code of the [diagnostic](diagnostics.md)';

/** Metrics of this extension only. */
export const ownMetrics = {
  gardener_extension_network_build_info: {
    type: 'gauge',
    help: 'Build information, always 1. Queries of metrics with shared names use it to select the pods of this extension',
    labels: {
      command: '`controller` or `admission`',
      version: 'Version of the extension',
      node_version: 'Version of Node.js',
    },
  },
  gardener_extension_network_networks: {
    type: 'gauge',
    help: 'Number of Networks in this seed. Every replica reports the same value: aggregate with max()',
    labels: {
      type,
      state: '`succeeded`, `processing`, `error`, `refused` (bad configuration), `deleting`, `new`',
    },
  },
  gardener_extension_network_configuration_problems_total: {
    type: 'counter',
    help: 'Total number of errors in refused configurations. Each evaluation of a configuration counts',
    labels: { code },
  },
  gardener_extension_network_configuration_warnings_total: {
    type: 'counter',
    help: 'Total number of warnings in configurations. Each evaluation of a configuration counts',
    labels: { code },
  },
  gardener_extension_network_render_seconds: {
    type: 'histogram',
    help: 'Time to plan and render a Network',
    labels: { type },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  gardener_extension_network_template_cache_total: {
    type: 'counter',
    help: 'Total number of objects requested from the templates, by result of the cache lookup',
    labels: { result: '`hit` or `miss`' },
  },
  gardener_extension_network_events_total: {
    type: 'counter',
    help: 'Total number of Kubernetes Events about Networks by result',
    labels: {
      result:
        '`written`, `repeated` (written within the last hour, not again), `dropped` (too many), `failed` (rejected, or no response)',
    },
  },
  gardener_extension_network_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'Expiry of the current certificate in Unix time; 0 without a certificate',
    labels: { certificate: '`server`: the serving certificate of the webhook; `authority`: the CA that signed it' },
  },
  gardener_extension_network_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'Delay of a timer that fires twice a second: the time for which the event loop was blocked',
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  gardener_extension_network_watch_age_seconds: {
    type: 'gauge',
    help: 'Time since the last data of a watch, or since its start. Bookmarks arrive every minute',
    labels: { resource },
  },
  gardener_extension_network_watched_objects: {
    type: 'gauge',
    help: 'Number of watched objects, of which the facts are in memory',
    labels: { resource },
  },
  gardener_extension_network_watch_outcomes_total: {
    type: 'counter',
    help: 'Total number of lists and watches by outcome',
    labels: {
      resource,
      outcome:
        '`listed`, `list_failed`, `watch_closed`, `watch_expired`, `watch_future`, `watch_silent`, `watch_failed`, `event_stale`, `event_missed`',
    },
  },
  gardener_extension_network_lease_age_seconds: {
    type: 'gauge',
    help: 'Time since the leader renewed its Lease; 0 while this process does not lead',
    labels: { name: 'Name of the Lease' },
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
