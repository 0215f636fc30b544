/**
 * Dashboard of bird, which exchanges routes between nodes by BGP. A full mesh has as many sessions as pairs of nodes, and label `state` creates a
 * new series whenever a session changes, so every query aggregates sessions.
 */
import type { Dashboard, DashboardPanel, DashboardRow, PanelQuery } from '../../network/dashboards.ts';

type IPVersion = '4' | '6';

const node = 'node=~"$node"';

const sessions: DashboardRow = {
  title: 'Are the sessions up?',
  panels: [
    {
      kind: 'stat',
      title: 'Nodes reporting',
      description:
        'Nodes whose bird exporter Prometheus reaches now. None unless birdExporter is enabled for the shoot.',
      unit: 'short',
      queries: [{ expr: `count(count by (node) (bird_protocol_up{${node}}))`, legend: 'nodes' }],
    },
    ...sessionStats('4'),
    ...sessionStats('6'),
    {
      kind: 'graph',
      title: 'Sessions up',
      description: 'BGP sessions that are established. A full mesh of n nodes has n * (n - 1), each end counted.',
      unit: 'short',
      queries: [{ expr: `sum by (ip_version) (bird_protocol_up{${node},proto="BGP"})`, legend: 'IPv{{ip_version}}' }],
    },
    {
      kind: 'graph',
      title: 'Nodes with sessions down',
      description: 'The five nodes with most sessions down. One node on top: the fault is there, not at its peers.',
      unit: 'short',
      queries: [
        {
          expr: `topk(5, sum by (node, ip_version) (bird_protocol_up{${node},proto="BGP"} == bool 0) > 0)`,
          legend: '{{node}} IPv{{ip_version}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Other protocols down',
      description: 'Protocols inside bird that connect it with the node, such as Kernel and Direct. Normally all zero.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (proto, ip_version) (bird_protocol_up{${node},proto!="BGP"} == bool 0)`,
          legend: '{{proto}} IPv{{ip_version}}',
        },
      ],
    },
  ],
};

export const birdDashboard: Dashboard = {
  uid: 'ZFX1vGuHk',
  title: 'Bird Dashboard (Calico)',
  description: 'Bird tells the other nodes which pod ranges are reached through its node. Needs birdExporter.',
  tags: ['calico', 'network'],
  variables: [{ name: 'node', label: 'Node', metric: 'bird_protocol_up' }],
  rows: [sessions, routes('4'), routes('6')],
};

function sessionStats(version: IPVersion): readonly DashboardPanel[] {
  const series = `bird_protocol_up{${node},proto="BGP",ip_version="${version}"}`;
  return [
    {
      kind: 'stat',
      title: `IPv${version} sessions up`,
      description: `BGP sessions for IPv${version} routes that are established now.`,
      unit: 'short',
      queries: [{ expr: `sum(${series})`, legend: 'sessions' }],
    },
    {
      kind: 'stat',
      title: `IPv${version} sessions down`,
      description: `BGP sessions for IPv${version} routes that are not established. Pods behind them may be out of reach.`,
      unit: 'short',
      alarmFrom: 1,
      queries: [{ expr: `sum(${series} == bool 0)`, legend: 'sessions' }],
    },
  ];
}

function routes(version: IPVersion): DashboardRow {
  return {
    title: `Are IPv${version} routes exchanged?`,
    panels: [
      {
        kind: 'graph',
        title: `IPv${version} prefixes imported`,
        description:
          'From all BGP sessions of a node. Nodes should agree; a low minimum means a node that misses routes to pods.',
        unit: 'short',
        queries: spread(`bird_protocol_prefix_import_count{${node},proto="BGP",ip_version="${version}"}`),
      },
      {
        kind: 'graph',
        title: `IPv${version} prefixes exported`,
        description: 'To all BGP sessions of a node together. Zero: nobody learns how to reach the pods of that node.',
        unit: 'short',
        queries: spread(`bird_protocol_prefix_export_count{${node},proto="BGP",ip_version="${version}"}`),
      },
      {
        kind: 'graph',
        title: `IPv${version} routes given to the kernel`,
        description:
          'What bird writes into the routing table of a node. Less than imported prefixes: some are filtered or not usable.',
        unit: 'short',
        queries: spread(`bird_protocol_prefix_export_count{${node},proto="Kernel",ip_version="${version}"}`),
      },
    ],
  };
}

/** Returns three series, independent of the number of nodes. */
function spread(series: string): readonly PanelQuery[] {
  const perNode = `sum by (node) (${series})`;
  return [
    { expr: `max(${perNode})`, legend: 'highest node' },
    { expr: `quantile(0.5, ${perNode})`, legend: 'median node' },
    { expr: `min(${perNode})`, legend: 'lowest node' },
  ];
}
