/**
 * The metrics used by the dashboards: of Felix and Typha in the version of compatibility.ts (names from Calico's reference pages
 * "Monitoring Felix / Typha with Prometheus", types and labels from the source code) and of bird_exporter with `-format.new=true`. To be
 * verified when one of the versions changes.
 *
 * Intentionally unused:
 * - `bird_protocol_uptime`: Calico's bird.cfg sets no `timeformat protocol`, and with bird's default format the exporter parses a time of day
 *   as a duration, and every older date as 0.
 * - `felix_iptables_lock_*`: covers only Felix' own lock on iptables-legacy; `wireguard_*`: the ScrapeConfig keeps `felix_.+` only.
 */

import type { ScrapedMetric } from '../../network/scrapeconfig.ts';

export type CalicoComponent = 'felix' | 'typha' | 'bird';

/** Regular expression for the metrics that the ScrapeConfig of a component keeps; Prometheus anchors it at both ends (docs/design/calico.md#monitoring). */
export const calicoKeepRegex: Readonly<Record<CalicoComponent, string>> = {
  felix: 'felix_.+',
  typha: 'typha_.+',
  bird: 'bird_protocol_up.*|bird_protocol_prefix_export_count|bird_protocol_prefix_import_count',
};

/** Type and labels of the metrics by name, per component. */
export const calicoMetrics: Readonly<Record<CalicoComponent, Readonly<Record<string, ScrapedMetric>>>> = {
  felix: {
    felix_active_local_endpoints: gauge(),
    felix_active_local_policies: gauge(),
    felix_active_local_selectors: gauge(),
    felix_bpf_dirty_dataplane_endpoints: gauge(),
    felix_bpf_happy_dataplane_endpoints: gauge(),
    felix_calc_graph_output_events: counter(),
    felix_calc_graph_update_time_seconds: summary(),
    felix_calc_graph_updates_processed: counter('type'),
    felix_cluster_num_host_endpoints: gauge(),
    felix_cluster_num_hosts: gauge(),
    felix_cluster_num_policies: gauge(),
    felix_cluster_num_workload_endpoints: gauge(),
    felix_int_dataplane_apply_time_seconds: summary(),
    felix_int_dataplane_failures: counter(),
    felix_int_dataplane_msg_batch_size: summary(),
    felix_ipset_errors: counter(),
    felix_ipsets_calico: gauge('ip_version'),
    felix_iptables_restore_errors: counter(),
    felix_iptables_rules: gauge('ip_version', 'table'),
    felix_iptables_save_errors: counter(),
    felix_log_errors: counter(),
    felix_logs_dropped: counter(),
    // Calico registers the nft metrics since nftables mode exists, but does not document them.
    felix_nft_errors: counter(),
    felix_nft_rules: gauge('ip_version', 'table'),
    /** 1: waiting for the datastore, 2: resyncing, 3: in sync. */
    felix_resync_state: gauge(),
    felix_resyncs_started: counter(),
    felix_route_table_list_seconds: summary(),
  },
  typha: {
    typha_breadcrumb_block: counter('syncer'),
    typha_breadcrumb_non_block: counter('syncer'),
    typha_breadcrumb_size: summary('syncer'),
    typha_cache_size: gauge('syncer'),
    typha_client_latency_secs: summary('syncer'),
    typha_client_snapshot_send_secs: summary('syncer'),
    typha_client_write_latency_secs: summary('syncer'),
    typha_connections_accepted: counter(),
    typha_connections_active: gauge(),
    typha_connections_dropped: counter(),
    typha_connections_grace_used: counter('syncer'),
    typha_connections_streaming: gauge('syncer'),
    typha_kvs_per_msg: summary('syncer'),
    typha_log_errors: counter(),
    typha_logs_dropped: counter(),
    typha_next_breadcrumb_latency_secs: summary('syncer'),
    typha_ping_latency: summary('syncer'),
    typha_snapshot_compressed_bytes: gauge('syncer'),
    typha_snapshot_raw_bytes: gauge('syncer'),
    typha_snapshots_generated: counter('syncer'),
    typha_snapshots_reused: counter('syncer'),
    typha_updates_skipped: counter('syncer'),
    typha_updates_total: counter('syncer'),
  },
  bird: {
    // `state` changes with the session, so a flapping session has several series: queries must not identify sessions by all labels.
    bird_protocol_up: gauge('name', 'proto', 'ip_version', 'import_filter', 'export_filter', 'state'),
    bird_protocol_prefix_export_count: gauge('name', 'proto', 'ip_version', 'import_filter', 'export_filter'),
    bird_protocol_prefix_import_count: gauge('name', 'proto', 'ip_version', 'import_filter', 'export_filter'),
  },
};

function gauge(...labels: readonly string[]): ScrapedMetric {
  return { type: 'gauge', labels };
}

function counter(...labels: readonly string[]): ScrapedMetric {
  return { type: 'counter', labels };
}

function summary(...labels: readonly string[]): ScrapedMetric {
  return { type: 'summary', labels };
}
