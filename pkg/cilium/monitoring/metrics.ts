/**
 * The metrics used by the dashboards: of agent, operator and Hubble in the version of compatibility.ts (names, types and labels from the source
 * code; all enabled by default or by `cilium-config`). To be verified when the version changes.
 */

import type { ScrapedMetric } from '../../network/scrapeconfig.ts';

export type CiliumComponent = 'agent' | 'operator' | 'hubble';

/**
 * The metrics that the ScrapeConfigs keep (docs/design/cilium.md#monitoring): the list of the Go extension without a duplicate and a misspelled name
 * (verdict 32). Names of older versions remain, since dashboards of users may use them for shoots that are not updated yet.
 */
const kept: Readonly<Record<CiliumComponent, readonly string[]>> = {
  agent: [
    'cilium_process_virtual_memory_bytes',
    'cilium_process_resident_memory_bytes',
    'cilium_process_open_fds',
    'cilium_process_cpu_seconds_total',
    'cilium_bpf_maps_virtual_memory_max_bytes',
    'cilium_bpf_progs_virtual_memory_max_bytes',
    'cilium_bpf_syscall_duration_seconds_count',
    'cilium_bpf_syscall_duration_seconds_sum',
    'cilium_bpf_map_ops_total',
    'cilium_agent_api_process_time_seconds_count',
    'cilium_agent_api_process_time_seconds_sum',
    'cilium_agent_api_process_time_seconds_bucket',
    'kvstore_operations_total',
    'cilium_kvstore_operations_duration_seconds_sum',
    'cilium_kvstore_events_queue_seconds_count',
    'cilium_forward_count_total',
    'cilium_forward_bytes_total',
    'cilium_drop_count_total',
    'cilium_drop_bytes_total',
    'cilium_datapath_conntrack_gc_entries',
    'cilium_datapath_errors_total',
    'cilium_ip_addresses',
    'cilium_services_events_total',
    'cilium_unreachable_nodes',
    'cilium_unreachable_health_endpoints',
    'cilium_nodes_all_num',
    'cilium_nodes_all_events_received_total',
    'cilium_policy_l7_denied_total',
    'cilium_policy_l7_forwarded_total',
    'cilium_policy_l7_received_total',
    'cilium_policy_l7_parse_errors_total',
    'cilium_policy_endpoint_enforcement_status',
    'cilium_policy_count',
    'cilium_policy_import_errors',
    'cilium_policy_max_revision',
    'cilium_proxy_redirects',
    'cilium_proxy_upstream_reply_seconds_sum',
    'cilium_proxy_upstream_reply_seconds_count',
    'cilium_triggers_policy_update_total',
    'cilium_triggers_policy_update_call_duration_seconds_sum',
    'cilium_endpoint_state',
    'cilium_endpoint_regenerations',
    'cilium_endpoint_regeneration_time_stats_seconds_bucket',
    'cilium_controllers_failing',
    'cilium_controllers_runs_total',
    'cilium_controllers_runs_duration_seconds_sum',
    'cilium_controllers_runs_duration_seconds_count',
    'cilium_k8s_client_api_calls_counter',
    'cilium_k8s_client_api_latency_time_seconds_sum',
    'cilium_k8s_client_api_latency_time_seconds_count',
    'cilium_kubernetes_events_total',
    'cilium_kubernetes_events_received_total',
    'cilium_errors_warnings_total',
  ],
  operator: ['cilium_operator_process_cpu_seconds_total', 'cilium_operator_process_resident_memory_bytes'],
  hubble: [
    'hubble_flows_processed_total',
    'hubble_drop_total',
    'hubble_port_distribution_total',
    'hubble_tcp_flags_total',
    'hubble_icmp_total',
  ],
};

/** Regular expression for the metrics that the ScrapeConfig of a component keeps (docs/design/cilium.md#monitoring). */
export const ciliumKeepRegex: Readonly<Record<CiliumComponent, string>> = {
  agent: alternatives(kept.agent),
  operator: alternatives(kept.operator),
  hubble: alternatives(kept.hubble),
};

/** Type and labels of the metrics by name, per component; only those that a dashboard uses. */
export const ciliumMetrics: Readonly<Record<CiliumComponent, Readonly<Record<string, ScrapedMetric>>>> = {
  agent: {
    cilium_agent_api_process_time_seconds_bucket: counter('path', 'method', 'return_code', 'le'),
    cilium_bpf_map_ops_total: counter('map_name', 'operation', 'outcome'),
    cilium_bpf_maps_virtual_memory_max_bytes: gauge(),
    cilium_bpf_progs_virtual_memory_max_bytes: gauge(),
    cilium_controllers_failing: gauge(),
    cilium_controllers_runs_total: counter('status'),
    cilium_datapath_conntrack_gc_entries: gauge('family', 'protocol', 'status'),
    cilium_drop_bytes_total: counter('reason', 'direction'),
    cilium_drop_count_total: counter('reason', 'direction'),
    cilium_endpoint_regeneration_time_stats_seconds_bucket: counter('scope', 'status', 'le'),
    cilium_endpoint_state: gauge('endpoint_state'),
    cilium_errors_warnings_total: counter('level', 'subsystem'),
    cilium_forward_bytes_total: counter('direction'),
    cilium_forward_count_total: counter('direction'),
    cilium_ip_addresses: gauge('family'),
    cilium_k8s_client_api_latency_time_seconds_count: counter('path', 'method'),
    cilium_k8s_client_api_latency_time_seconds_sum: counter('path', 'method'),
    cilium_kubernetes_events_total: counter('scope', 'action', 'status'),
    cilium_policy_endpoint_enforcement_status: gauge('enforcement'),
    cilium_policy_max_revision: gauge(),
    cilium_process_cpu_seconds_total: counter(),
    cilium_process_open_fds: gauge(),
    cilium_process_resident_memory_bytes: gauge(),
    cilium_proxy_redirects: gauge('protocol_l7'),
    cilium_proxy_upstream_reply_seconds_count: counter('error', 'protocol_l7', 'scope'),
    cilium_proxy_upstream_reply_seconds_sum: counter('error', 'protocol_l7', 'scope'),
    cilium_unreachable_health_endpoints: gauge(),
    cilium_unreachable_nodes: gauge(),
  },
  operator: {
    cilium_operator_process_cpu_seconds_total: counter(),
    cilium_operator_process_resident_memory_bytes: gauge(),
  },
  hubble: {
    hubble_drop_total: counter('reason', 'protocol'),
    hubble_flows_processed_total: counter('protocol', 'type', 'subtype', 'verdict'),
    hubble_icmp_total: counter('family', 'type'),
    hubble_port_distribution_total: counter('protocol', 'port'),
    hubble_tcp_flags_total: counter('flag', 'family'),
  },
};

function gauge(...labels: readonly string[]): ScrapedMetric {
  return { type: 'gauge', labels };
}

function counter(...labels: readonly string[]): ScrapedMetric {
  return { type: 'counter', labels };
}

function alternatives(names: readonly string[]): string {
  return `^(${names.join('|')})$`;
}
