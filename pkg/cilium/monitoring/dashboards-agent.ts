/** Dashboard of the agents, which run on each node. */
import type { Dashboard, DashboardRow, PanelQuery } from '../../network/dashboards.ts';

const pod = 'pod=~"$pod"';

const health: DashboardRow = {
  title: 'Are all agents well?',
  panels: [
    {
      kind: 'stat',
      title: 'Agents',
      description: 'Agents that Prometheus reaches now. Fewer than nodes: look at the pods of DaemonSet cilium.',
      unit: 'short',
      queries: [{ expr: `count(cilium_process_resident_memory_bytes{${pod}})`, legend: 'agents' }],
    },
    {
      kind: 'stat',
      title: 'Failing controllers',
      description: 'Background tasks of agents that failed the last time. `cilium-dbg status` on the node names them.',
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `sum(cilium_controllers_failing{${pod}})`, legend: 'controllers' }],
    },
    {
      kind: 'stat',
      title: 'Unreachable nodes',
      description: 'The most nodes that any agent cannot reach. One agent alone: its own node is cut off.',
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `max(cilium_unreachable_nodes{${pod}})`, legend: 'nodes' }],
    },
    {
      kind: 'stat',
      title: 'Unreachable endpoints',
      description: 'The most health endpoints that any agent cannot reach: pod traffic between nodes does not pass.',
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `max(cilium_unreachable_health_endpoints{${pod}})`, legend: 'endpoints' }],
    },
    {
      kind: 'graph',
      title: 'Errors and warnings',
      description: 'Lines of these levels in the logs of agents, by the part of Cilium that wrote them.',
      unit: 'cps',
      queries: [
        {
          expr: `topk(5, sum by (level, subsystem) (rate(cilium_errors_warnings_total{${pod}}[$__rate_interval])))`,
          legend: '{{level}} {{subsystem}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Controller runs',
      description: 'Runs of background tasks by result. Failures that go on are a fault, single ones are retried.',
      unit: 'cps',
      queries: [
        {
          expr: `sum by (status) (rate(cilium_controllers_runs_total{${pod}}[$__rate_interval]))`,
          legend: '{{status}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Memory and CPU',
      description: 'The agent that uses most. Memory grows with identities, policies and Services.',
      unit: 'bytes',
      queries: [{ expr: `topk(5, max by (pod) (cilium_process_resident_memory_bytes{${pod}}))`, legend: '{{pod}}' }],
    },
    {
      kind: 'graph',
      title: 'CPU',
      description: 'Cores in use by the five busiest agents. Peaks while many pods come and go.',
      unit: 'short',
      queries: [
        {
          expr: `topk(5, sum by (pod) (rate(cilium_process_cpu_seconds_total{${pod}}[$__rate_interval])))`,
          legend: '{{pod}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Open files',
      description: 'File descriptors of the five agents with most. A line that only rises is a leak.',
      unit: 'short',
      queries: [{ expr: `topk(5, max by (pod) (cilium_process_open_fds{${pod}}))`, legend: '{{pod}}' }],
    },
  ],
};

const traffic: DashboardRow = {
  title: 'Does traffic pass?',
  panels: [
    {
      kind: 'graph',
      title: 'Forwarded packets',
      description: 'Packets that the datapath let pass, seen from the pods.',
      unit: 'cps',
      queries: [rate('cilium_forward_count_total', 'direction')],
    },
    {
      kind: 'graph',
      title: 'Forwarded bytes',
      description: 'Bytes per second that the datapath let pass, seen from the pods.',
      unit: 'bytes',
      queries: [rate('cilium_forward_bytes_total', 'direction')],
    },
    {
      kind: 'graph',
      title: 'Dropped packets',
      description: 'By reason. "Policy denied" is what policies are for; other reasons hint at faults.',
      unit: 'cps',
      queries: [
        {
          expr: `topk(6, sum by (reason, direction) (rate(cilium_drop_count_total{${pod}}[$__rate_interval])))`,
          legend: '{{reason}} {{direction}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Dropped bytes',
      description: 'Bytes per second that were dropped, by direction as seen from the pods.',
      unit: 'bytes',
      queries: [rate('cilium_drop_bytes_total', 'direction')],
    },
    {
      kind: 'graph',
      title: 'Tracked connections',
      description: 'Entries of the fullest connection table after its last clean-up. Full tables drop connections.',
      unit: 'short',
      queries: [
        {
          expr: `max by (family, protocol) (cilium_datapath_conntrack_gc_entries{${pod},status="alive"})`,
          legend: '{{family}} {{protocol}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Pod addresses',
      description: 'Addresses in use on the fullest node. Near the size of the node range no pod can start there.',
      unit: 'short',
      queries: [{ expr: `max by (family) (cilium_ip_addresses{${pod}})`, legend: '{{family}}' }],
    },
    {
      kind: 'graph',
      title: 'Answers through the proxy',
      description: 'Mean time until servers answer requests that Envoy or the DNS proxy passes on.',
      unit: 's',
      queries: [mean('cilium_proxy_upstream_reply_seconds', 'protocol_l7')],
    },
    {
      kind: 'graph',
      title: 'Proxy redirects',
      description: 'Redirects to the proxy that policies with rules for HTTP, Kafka or DNS cause.',
      unit: 'short',
      queries: [{ expr: `sum by (protocol_l7) (cilium_proxy_redirects{${pod}})`, legend: '{{protocol_l7}}' }],
    },
  ],
};

const changes: DashboardRow = {
  title: 'Do changes arrive?',
  panels: [
    {
      kind: 'graph',
      title: 'Endpoints by state',
      description: 'Pods as agents see them. "not-ready" or "waiting" for long: their regeneration fails or lags.',
      unit: 'short',
      stacked: true,
      queries: [{ expr: `sum by (endpoint_state) (cilium_endpoint_state{${pod}})`, legend: '{{endpoint_state}}' }],
    },
    {
      kind: 'graph',
      title: 'Regeneration of endpoints',
      description: '99 of 100 take at most this long, from the change of a policy or pod to the loaded program.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (le) (rate(cilium_endpoint_regeneration_time_stats_seconds_bucket{${pod},scope="total"}[$__rate_interval])))`,
          legend: '99 %',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Endpoints with policies',
      description: 'Endpoints by the direction in which policies are enforced. "none": every connection is allowed.',
      unit: 'short',
      stacked: true,
      queries: [
        {
          expr: `sum by (enforcement) (cilium_policy_endpoint_enforcement_status{${pod}})`,
          legend: '{{enforcement}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Policy revision',
      description:
        'The newest and the oldest revision that an agent has. Agents count for themselves, so only steps matter.',
      unit: 'short',
      queries: [
        { expr: `max(cilium_policy_max_revision{${pod}})`, legend: 'newest' },
        { expr: `min(cilium_policy_max_revision{${pod}})`, legend: 'oldest' },
      ],
    },
    {
      kind: 'graph',
      title: 'Events of the API server',
      description: 'Changes that agents took in, by kind of object. Many without a reason: someone writes in a loop.',
      unit: 'cps',
      queries: [
        {
          expr: `topk(6, sum by (scope, action) (rate(cilium_kubernetes_events_total{${pod}}[$__rate_interval])))`,
          legend: '{{scope}} {{action}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Calls to the API server',
      description: 'Mean time of a request to the API server of the shoot, by method.',
      unit: 's',
      queries: [mean('cilium_k8s_client_api_latency_time_seconds', 'method')],
    },
    {
      kind: 'graph',
      title: 'API of the agent',
      description:
        '99 of 100 calls of the CNI plugin and others take at most this long. Pods wait for it when they start.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (method, le) (rate(cilium_agent_api_process_time_seconds_bucket{${pod}}[$__rate_interval])))`,
          legend: '{{method}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Failed map operations',
      description: 'Changes of eBPF maps that the kernel refused, mostly because a map is full.',
      unit: 'cps',
      queries: [
        {
          expr: `topk(5, sum by (map_name, operation) (rate(cilium_bpf_map_ops_total{${pod},outcome="fail"}[$__rate_interval])))`,
          legend: '{{map_name}} {{operation}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Kernel memory',
      description: 'Memory of eBPF maps and programs on the node with most; it does not count for the pod.',
      unit: 'bytes',
      queries: [
        { expr: `max(cilium_bpf_maps_virtual_memory_max_bytes{${pod}})`, legend: 'maps' },
        { expr: `max(cilium_bpf_progs_virtual_memory_max_bytes{${pod}})`, legend: 'programs' },
      ],
    },
  ],
};

export const agentDashboard: Dashboard = {
  uid: 'cilium-agent-metrics-dashboard',
  title: 'Cilium Agent',
  description:
    'The agents on the nodes: their own health, the traffic that they pass or drop, and how fast changes arrive.',
  tags: ['cilium', 'network'],
  variables: [{ name: 'pod', label: 'Agent', metric: 'cilium_process_resident_memory_bytes' }],
  rows: [health, traffic, changes],
};

function rate(metric: string, label: string): PanelQuery {
  return { expr: `sum by (${label}) (rate(${metric}{${pod}}[$__rate_interval]))`, legend: `{{${label}}}` };
}

function mean(metric: string, label: string): PanelQuery {
  const sum = (part: string): string => `sum by (${label}) (rate(${metric}_${part}{${pod}}[$__rate_interval]))`;
  return { expr: `${sum('sum')} / ${sum('count')}`, legend: `{{${label}}}` };
}
