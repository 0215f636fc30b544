/** Dashboard of the operator, which handles the tasks that are common to all nodes. */
import type { Dashboard } from '../../network/dashboards.ts';

const pod = 'pod=~"$pod"';

export const operatorDashboard: Dashboard = {
  uid: 'cilium-operator-metrics-dashboard',
  title: 'Cilium Operator',
  description: 'The operator assigns node ranges, cleans up identities and endpoints, and brings the CRDs.',
  tags: ['cilium', 'network'],
  variables: [{ name: 'pod', label: 'Operator', metric: 'cilium_operator_process_resident_memory_bytes' }],
  rows: [
    {
      title: 'Is the operator well?',
      panels: [
        {
          kind: 'stat',
          title: 'Operators',
          description: 'Operators that Prometheus reaches now. One of them leads, others wait to take over.',
          unit: 'short',
          queries: [{ expr: `count(cilium_operator_process_resident_memory_bytes{${pod}})`, legend: 'operators' }],
        },
        {
          kind: 'graph',
          title: 'Memory',
          description: 'Resident memory by operator. It grows with the endpoints and identities of the cluster.',
          unit: 'bytes',
          queries: [
            {
              expr: `max by (pod) (cilium_operator_process_resident_memory_bytes{${pod}})`,
              legend: '{{pod}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'CPU',
          description: 'Cores in use by operator. The one that leads does the work.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (pod) (rate(cilium_operator_process_cpu_seconds_total{${pod}}[$__rate_interval]))`,
              legend: '{{pod}}',
            },
          ],
        },
      ],
    },
  ],
};
