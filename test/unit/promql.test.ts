import assert from 'node:assert/strict';
import { cases } from '../support/cases.ts';
import { scan, type Use } from '../support/promql.ts';

cases<{ readonly expr: string; readonly uses: readonly Use[]; readonly grouping: readonly string[] }>(
  {
    'a plain metric': {
      expr: 'max(up)',
      uses: [{ metric: 'up', inside: 'max', matchers: {}, range: false }],
      grouping: [],
    },
    'ranges, matchers and groupings': {
      expr: 'topk(5, sum by (node, a) (rate(x_total{node=~"$node",b!="c d"}[$__rate_interval])) > 0)',
      uses: [{ metric: 'x_total', inside: 'rate', matchers: { node: '$node', b: 'c d' }, range: true }],
      grouping: ['node', 'a'],
    },
    'both sides of an operator': {
      expr: 'sum(a{x="1"} == bool 3) / quantile(0.5, b)',
      uses: [
        { metric: 'a', inside: 'sum', matchers: { x: '1' }, range: false },
        { metric: 'b', inside: '', matchers: {}, range: false },
      ],
      grouping: [],
    },
  },
  ({ expr, uses, grouping }) => assert.deepEqual(scan(expr), { uses, grouping }),
);
