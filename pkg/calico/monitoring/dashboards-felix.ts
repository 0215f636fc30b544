/** Dashboard of Felix, the agent on each node. Panels with a series per node are limited to the worst ones: shoots have hundreds of nodes. */
import type { Dashboard, DashboardRow, PanelQuery } from '../../network/dashboards.ts';

const node = 'node=~"$node"';

const sync: DashboardRow = {
  title: 'Is every node in step with the datastore?',
  panels: [
    {
      kind: 'stat',
      title: 'Agents reporting',
      description: 'Felix agents of the chosen nodes that Prometheus reaches now.',
      unit: 'short',
      queries: [{ expr: `count(felix_resync_state{${node}})`, legend: 'agents' }],
    },
    {
      kind: 'stat',
      title: 'Nodes known to Calico',
      description: 'Nodes in the datastore. More than agents reporting: some agents are down or cannot be scraped.',
      unit: 'short',
      queries: [{ expr: 'max(felix_cluster_num_hosts)', legend: 'nodes' }],
    },
    {
      kind: 'stat',
      title: 'Agents out of sync',
      description:
        'Agents that still wait for the datastore or read it. New pods on their nodes get no network until then.',
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `sum(felix_resync_state{${node}} != bool 3)`, legend: 'agents' }],
    },
    {
      kind: 'stat',
      title: 'Failed updates',
      description: 'Dataplane updates in the shown time that failed and were tried again.',
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `sum(increase(felix_int_dataplane_failures{${node}}[$__range]))`, legend: 'failures' }],
    },
    {
      kind: 'graph',
      title: 'Agents by state',
      description:
        'A rolling update shows as a short dip. Agents that stay out of sync cannot reach Typha or the API server.',
      unit: 'short',
      stacked: true,
      queries: [
        { expr: `sum(felix_resync_state{${node}} == bool 3)`, legend: 'in sync' },
        { expr: `sum(felix_resync_state{${node}} == bool 2)`, legend: 'reading the datastore' },
        { expr: `sum(felix_resync_state{${node}} == bool 1)`, legend: 'waiting for the datastore' },
      ],
    },
    {
      kind: 'graph',
      title: 'Resyncs started',
      description: 'How often agents began to read the datastore anew. With Typha, only at their start.',
      unit: 'short',
      queries: [{ expr: `sum(increase(felix_resyncs_started{${node}}[$__rate_interval]))`, legend: 'resyncs' }],
    },
  ],
};

const speed: DashboardRow = {
  title: 'How long does a change take?',
  panels: [
    {
      kind: 'graph',
      title: 'Programming the node',
      description: 'Time to apply one batch of changes to the dataplane; of each quantile the slowest node.',
      unit: 's',
      queries: worst('felix_int_dataplane_apply_time_seconds'),
    },
    {
      kind: 'graph',
      title: 'Slowest nodes',
      description: 'The five nodes whose slowest percent of batches takes longest.',
      unit: 's',
      queries: [
        {
          expr: `topk(5, max by (node) (felix_int_dataplane_apply_time_seconds{${node},quantile="0.99"}))`,
          legend: '{{node}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Calculating policy',
      description:
        'Time to work out what one datastore update means for the node; grows with policies and their selectors.',
      unit: 's',
      queries: worst('felix_calc_graph_update_time_seconds'),
    },
    {
      kind: 'graph',
      title: 'Listing interfaces',
      description: 'Time to list the interfaces of the node when routes are checked; grows with pods per node.',
      unit: 's',
      queries: worst('felix_route_table_list_seconds'),
    },
    {
      kind: 'graph',
      title: 'Updates per batch',
      description: 'Large batches: changes arrive faster than the node can be programmed.',
      unit: 'short',
      queries: worst('felix_int_dataplane_msg_batch_size'),
    },
    {
      kind: 'graph',
      title: 'Flow of updates',
      description: 'Datastore updates that agents received, and events that came out for their dataplanes.',
      unit: 'cps',
      queries: [
        { expr: `sum(rate(felix_calc_graph_updates_processed{${node}}[$__rate_interval]))`, legend: 'received' },
        { expr: `sum(rate(felix_calc_graph_output_events{${node}}[$__rate_interval]))`, legend: 'to the dataplane' },
      ],
    },
  ],
};

const failures: DashboardRow = {
  title: 'What fails on the nodes?',
  panels: [
    {
      kind: 'graph',
      title: 'Failed commands',
      description: 'By command. Felix tries again; errors that go on mean rules or sets that are not in place.',
      unit: 'short',
      queries: [
        increase('felix_iptables_restore_errors', 'iptables-restore'),
        increase('felix_iptables_save_errors', 'iptables-save'),
        increase('felix_nft_errors', 'nft'),
        increase('felix_ipset_errors', 'ipset'),
      ],
    },
    {
      kind: 'graph',
      title: 'Nodes with failed updates',
      description: 'The five nodes with most failed dataplane updates; look at the log of calico-node there.',
      unit: 'short',
      queries: [
        {
          expr: `topk(5, sum by (node) (increase(felix_int_dataplane_failures{${node}}[$__rate_interval])) > 0)`,
          legend: '{{node}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Endpoints in eBPF mode',
      description: 'Endpoints left unprogrammed after a failure, beside those in order. Zero without eBPF.',
      unit: 'short',
      queries: [
        { expr: `sum(felix_bpf_dirty_dataplane_endpoints{${node}})`, legend: 'unprogrammed' },
        { expr: `sum(felix_bpf_happy_dataplane_endpoints{${node}})`, legend: 'programmed' },
      ],
    },
    {
      kind: 'graph',
      title: 'Lost log lines',
      description: 'Lines that Felix could not write. This is not the number of errors that it logs.',
      unit: 'short',
      queries: [
        increase('felix_log_errors', 'failed to write'),
        increase('felix_logs_dropped', 'dropped, output blocked'),
      ],
    },
  ],
};

const load: DashboardRow = {
  title: 'How much is there to do?',
  panels: [
    {
      kind: 'graph',
      title: 'Local endpoints',
      description: 'Endpoints that agents look after on their own node.',
      unit: 'short',
      queries: [
        { expr: `sum(felix_active_local_endpoints{${node}})`, legend: 'all chosen nodes' },
        { expr: `max(felix_active_local_endpoints{${node}})`, legend: 'fullest node' },
      ],
    },
    {
      kind: 'graph',
      title: 'Objects in the cluster',
      description: 'What Calico knows of the whole cluster, whatever nodes are chosen.',
      unit: 'short',
      queries: [
        { expr: 'max(felix_cluster_num_workload_endpoints)', legend: 'workload endpoints' },
        { expr: 'max(felix_cluster_num_host_endpoints)', legend: 'host endpoints' },
        { expr: 'max(felix_cluster_num_policies)', legend: 'policies' },
      ],
    },
    {
      kind: 'graph',
      title: 'Active policy',
      description: 'Policies and selectors that touch an endpoint of the node; the busiest node of each.',
      unit: 'short',
      queries: [
        { expr: `max(felix_active_local_policies{${node}})`, legend: 'policies' },
        { expr: `max(felix_active_local_selectors{${node}})`, legend: 'selectors' },
      ],
    },
    {
      kind: 'graph',
      title: 'Rules and IP sets',
      description: 'What is programmed on the fullest node, by IP version.',
      unit: 'short',
      queries: [
        { expr: fullest('felix_iptables_rules'), legend: 'iptables rules v{{ip_version}}' },
        { expr: fullest('felix_nft_rules'), legend: 'nft rules v{{ip_version}}' },
        { expr: fullest('felix_ipsets_calico'), legend: 'IP sets v{{ip_version}}' },
      ],
    },
  ],
};

export const felixDashboard: Dashboard = {
  uid: 'calico-felix-dashboard',
  title: 'Felix Dashboard (Calico)',
  description: 'Felix programs interfaces, routes and policy on each node.',
  tags: ['calico', 'network'],
  variables: [{ name: 'node', label: 'Node', metric: 'felix_resync_state' }],
  rows: [sync, speed, failures, load],
};

function worst(metric: string): readonly PanelQuery[] {
  return [{ expr: `max by (quantile) (${metric}{${node},quantile=~"0.5|0.9|0.99"})`, legend: 'quantile {{quantile}}' }];
}

function increase(metric: string, legend: string): PanelQuery {
  return { expr: `sum(increase(${metric}{${node}}[$__rate_interval]))`, legend };
}

function fullest(metric: string): string {
  return `max by (ip_version) (sum by (node, ip_version) (${metric}{${node}}))`;
}
