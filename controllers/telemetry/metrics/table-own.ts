import type { MetricDefinition } from './definition.ts';

const type = 'Network type: `calico` or `cilium`';
const resource = 'What is watched: `networks.extensions.gardener.cloud`, …';
const code = 'Code of the diagnostic, explained on [its page](diagnostics.md)';

/** What only this extension can tell. */
export const ownMetrics = {
  gardener_extension_network_build_info: {
    type: 'gauge',
    help: 'Always 1; also marks the pods of this extension for queries of shared names',
    labels: {
      command: 'What the process is: `controller` or `admission`',
      version: 'Version of the extension',
      node_version: 'Version of Node.js',
    },
  },
  gardener_extension_network_networks: {
    type: 'gauge',
    help: 'Networks of this seed; each replica tells the same, so take the maximum',
    labels: {
      type,
      state: '`succeeded`, `processing`, `error`, `refused` (bad configuration), `deleting`, `new`',
    },
  },
  gardener_extension_network_configuration_problems_total: {
    type: 'counter',
    help: 'Errors met in configurations that were refused; counted each time that one is looked at',
    labels: { code },
  },
  gardener_extension_network_configuration_warnings_total: {
    type: 'counter',
    help: 'Warnings met in configurations; counted each time that one is looked at',
    labels: { code },
  },
  gardener_extension_network_render_seconds: {
    type: 'histogram',
    help: 'Time to plan and render one Network',
    labels: { type },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  gardener_extension_network_template_cache_total: {
    type: 'counter',
    help: 'Objects asked of the templates, by whether the memo had them already',
    labels: { result: '`hit` or `miss`' },
  },
  gardener_extension_network_events_total: {
    type: 'counter',
    help: 'Kubernetes Events about Networks, by what became of them',
    labels: {
      result:
        '`written`, `repeated` (said within an hour, not written), `dropped` (too many), `failed` (refused or no answer)',
    },
  },
  gardener_extension_network_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When a certificate in use ends, in Unix time; 0 before there is one',
    labels: { certificate: '`server`: the one that the webhook shows; `authority`: the one that signed it' },
  },
  gardener_extension_network_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'How late a timer came, looked at twice a second: the time for which nothing else could run',
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  gardener_extension_network_watch_age_seconds: {
    type: 'gauge',
    help: 'Time since the last byte of a watch, or since its beginning; bookmarks come each minute',
    labels: { resource },
  },
  gardener_extension_network_watched_objects: {
    type: 'gauge',
    help: 'Objects that are kept in memory, as facts about them',
    labels: { resource },
  },
  gardener_extension_network_watch_outcomes_total: {
    type: 'counter',
    help: 'How lists and watches ended',
    labels: {
      resource,
      outcome:
        '`listed`, `list_failed`, `watch_closed`, `watch_expired`, `watch_future`, `watch_silent`, `watch_failed`, `event_stale`',
    },
  },
  gardener_extension_network_lease_age_seconds: {
    type: 'gauge',
    help: 'Time since the leader’s Lease was renewed; 0 while this process does not lead',
    labels: { name: 'Name of the Lease' },
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
