/** Dashboard of Hubble's flow metrics; empty if Hubble is disabled. */
import type { Dashboard, PanelQuery } from '../../network/dashboards.ts';

const pod = 'pod=~"$pod"';

export const hubbleDashboard: Dashboard = {
  uid: 'hubble-dashboard-metrics-dashboard',
  title: 'Hubble',
  description: 'What pods send and receive, as Hubble sees it on the nodes. Empty while hubble.enabled is not set.',
  tags: ['cilium', 'hubble', 'network'],
  variables: [{ name: 'pod', label: 'Agent', metric: 'hubble_flows_processed_total' }],
  rows: [
    {
      title: 'What flows?',
      panels: [
        {
          kind: 'graph',
          title: 'Flows by verdict',
          description: 'Flows that Hubble saw. DROPPED and ERROR should be rare, AUDIT is what audit mode let pass.',
          unit: 'cps',
          queries: [top('hubble_flows_processed_total', ['verdict'])],
        },
        {
          kind: 'graph',
          title: 'Flows by protocol',
          description: 'The protocols with most flows. Those of layer 7 appear where policies look at them.',
          unit: 'cps',
          queries: [top('hubble_flows_processed_total', ['protocol'])],
        },
        {
          kind: 'graph',
          title: 'Flows by type',
          description: 'Where in the datapath flows were seen: traces, drops, verdicts of policies, layer 7.',
          unit: 'cps',
          queries: [top('hubble_flows_processed_total', ['type', 'subtype'])],
        },
        {
          kind: 'graph',
          title: 'Busiest ports',
          description:
            'Destination ports with most flows. An unexpected one hints at a scan or a misconfigured client.',
          unit: 'cps',
          queries: [top('hubble_port_distribution_total', ['protocol', 'port'])],
        },
      ],
    },
    {
      title: 'What goes wrong?',
      panels: [
        {
          kind: 'graph',
          title: 'Drops by reason',
          description: 'Why the datapath dropped packets. "POLICY_DENIED" is what policies are for.',
          unit: 'cps',
          queries: [top('hubble_drop_total', ['reason', 'protocol'])],
        },
        {
          kind: 'graph',
          title: 'TCP flags',
          description: 'SYN without as many SYN-ACK: servers do not answer. Many RST: connections are refused or cut.',
          unit: 'cps',
          queries: [top('hubble_tcp_flags_total', ['flag', 'family'])],
        },
        {
          kind: 'graph',
          title: 'ICMP',
          description: 'By type. DestinationUnreachable hints at missing routes, and at an MTU that is too large.',
          unit: 'cps',
          queries: [top('hubble_icmp_total', ['family', 'type'])],
        },
      ],
    },
  ],
};

function top(metric: string, labels: readonly string[]): PanelQuery {
  const expr = `topk(8, sum by (${labels.join(', ')}) (rate(${metric}{${pod}}[$__rate_interval])))`;
  return { expr, legend: labels.map((label) => `{{${label}}}`).join(' ') };
}
