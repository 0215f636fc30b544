/** Dashboard of Typha, which reads the datastore once for the agents on all nodes. */
import type { Dashboard, DashboardRow, PanelQuery } from '../../network/dashboards.ts';

const pod = 'pod=~"$pod"';

const connections: DashboardRow = {
  title: 'Are all agents connected?',
  panels: [
    {
      kind: 'stat',
      title: 'Typha instances',
      description: 'Instances that Prometheus reaches now. None when Typha is switched off.',
      unit: 'short',
      queries: [{ expr: `count(typha_connections_active{${pod}})`, legend: 'instances' }],
    },
    {
      kind: 'stat',
      title: 'Open connections',
      description: 'Connections of clients. Each node opens several, one per kind of data that it follows.',
      unit: 'short',
      queries: [{ expr: `sum(typha_connections_active{${pod}})`, legend: 'connections' }],
    },
    {
      kind: 'stat',
      title: 'Not yet streaming',
      description: 'Open connections that are still in the handshake. For long: check certificates and versions.',
      unit: 'short',
      queries: [
        {
          expr: `sum(typha_connections_active{${pod}}) - sum(typha_connections_streaming{${pod}})`,
          legend: 'connections',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Moved connections',
      description:
        'Connections that Typha closed in the shown time to spread clients evenly; they come back elsewhere.',
      unit: 'short',
      queries: [{ expr: `sum(increase(typha_connections_dropped{${pod}}[$__range]))`, legend: 'connections' }],
    },
    {
      kind: 'graph',
      title: 'Connections by instance',
      description: 'Should be near each other. An instance without any gets no clients.',
      unit: 'short',
      queries: [{ expr: `sum by (pod) (typha_connections_active{${pod}})`, legend: '{{pod}}' }],
    },
    {
      kind: 'graph',
      title: 'Streaming by kind of client',
      description: 'Connections past the handshake, by the kind of data that they follow.',
      unit: 'short',
      queries: [{ expr: `sum by (syncer) (typha_connections_streaming{${pod}})`, legend: '{{syncer}}' }],
    },
    {
      kind: 'graph',
      title: 'Connections coming and going',
      description:
        'Many new ones without a rolling update: clients lose their connection. Late: needed extra time after their first snapshot.',
      unit: 'short',
      queries: [
        increase('typha_connections_accepted', 'new'),
        increase('typha_connections_dropped', 'closed for balance'),
        increase('typha_connections_grace_used', 'late'),
      ],
    },
  ],
};

const lag: DashboardRow = {
  title: 'Do clients keep up?',
  panels: [
    {
      kind: 'graph',
      title: 'Age of what clients see',
      description: 'How far clients are behind the newest state. A client that is minutes late is disconnected.',
      unit: 's',
      queries: worst('typha_client_latency_secs'),
    },
    {
      kind: 'graph',
      title: 'Latest instances',
      description:
        'The five instances whose slowest percent of clients is furthest behind. One alone: its node is overloaded.',
      unit: 's',
      queries: [
        {
          expr: `topk(5, max by (pod) (typha_client_latency_secs{${pod},quantile="0.99"}))`,
          legend: '{{pod}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Breadcrumbs read late',
      description:
        'Share of changes that were already waiting when a client asked. Near 100 %: clients always run behind.',
      unit: 'percentunit',
      queries: [
        {
          expr: `${rate('typha_breadcrumb_non_block')} / (${rate('typha_breadcrumb_non_block')} + ${rate('typha_breadcrumb_block')})`,
          legend: 'late',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Catching up',
      description: 'Time to get the next change for a client that is behind. Long: Typha itself lacks CPU.',
      unit: 's',
      queries: worst('typha_next_breadcrumb_latency_secs'),
    },
    {
      kind: 'graph',
      title: 'Writing to clients',
      description: 'Time of one write to a connection. Long: slow network, or a client that does not read.',
      unit: 's',
      queries: worst('typha_client_write_latency_secs'),
    },
    {
      kind: 'graph',
      title: 'Ping',
      description: 'Round trip to a client and back through its queue. A client that does not answer is disconnected.',
      unit: 's',
      queries: worst('typha_ping_latency'),
    },
  ],
};

const volume: DashboardRow = {
  title: 'How much is there to pass on?',
  panels: [
    {
      kind: 'graph',
      title: 'Cached objects',
      description: 'Keys in memory, by kind of client; decides the memory that Typha needs.',
      unit: 'short',
      queries: [{ expr: `max by (syncer) (typha_cache_size{${pod}})`, legend: '{{syncer}}' }],
    },
    {
      kind: 'graph',
      title: 'Updates from the datastore',
      description: 'Skipped ones change nothing that Calico reads and go no further.',
      unit: 'cps',
      queries: [
        { expr: rate('typha_updates_total'), legend: 'received' },
        { expr: rate('typha_updates_skipped'), legend: 'skipped' },
      ],
    },
    {
      kind: 'graph',
      title: 'Batching',
      description: 'Keys that go together, 99 % of the time at most. Grows when clients or Typha are slow.',
      unit: 'short',
      queries: [
        { expr: `max(typha_breadcrumb_size{${pod},quantile="0.99"})`, legend: 'per breadcrumb' },
        { expr: `max(typha_kvs_per_msg{${pod},quantile="0.99"})`, legend: 'per message' },
      ],
    },
    {
      kind: 'graph',
      title: 'Size of a snapshot',
      description: 'What each new client has to load first, by kind of client.',
      unit: 'bytes',
      queries: [
        { expr: `max by (syncer) (typha_snapshot_raw_bytes{${pod}})`, legend: '{{syncer}} raw' },
        { expr: `max by (syncer) (typha_snapshot_compressed_bytes{${pod}})`, legend: '{{syncer}} compressed' },
      ],
    },
    {
      kind: 'graph',
      title: 'Snapshots',
      description: 'Built anew, or served from one built a moment ago. Peaks when many clients connect.',
      unit: 'short',
      queries: [increase('typha_snapshots_generated', 'built'), increase('typha_snapshots_reused', 'reused')],
    },
    {
      kind: 'graph',
      title: 'Sending a snapshot',
      description: 'Time until a new client has its first snapshot.',
      unit: 's',
      queries: worst('typha_client_snapshot_send_secs'),
    },
    {
      kind: 'graph',
      title: 'Lost log lines',
      description: 'Lines that Typha could not write. This is not the number of errors that it logs.',
      unit: 'short',
      queries: [
        increase('typha_log_errors', 'failed to write'),
        increase('typha_logs_dropped', 'dropped, output blocked'),
      ],
    },
  ],
};

export const typhaDashboard: Dashboard = {
  uid: 'calico-typha-dashboard',
  title: 'Typha Dashboard (Calico)',
  description:
    'Typha spares the API server: it reads the datastore once and passes changes on to the agents on the nodes.',
  tags: ['calico', 'network'],
  variables: [{ name: 'pod', label: 'Instance', metric: 'typha_connections_active' }],
  rows: [connections, lag, volume],
};

function worst(metric: string): readonly PanelQuery[] {
  return [{ expr: `max by (quantile) (${metric}{${pod},quantile=~"0.5|0.9|0.99"})`, legend: 'quantile {{quantile}}' }];
}

function rate(metric: string): string {
  return `sum(rate(${metric}{${pod}}[$__rate_interval]))`;
}

function increase(metric: string, legend: string): PanelQuery {
  return { expr: `sum(increase(${metric}{${pod}}[$__rate_interval]))`, legend };
}
