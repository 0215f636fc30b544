import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import type { NetworkConfig } from '../api/config.ts';
import { withDefaults } from '../api/defaults.ts';
import { demoShoot } from '../testdata/demo.ts';
import { type SizingValues, sizingValues, typhaReplicas } from './sizing.ts';

const node = { cpu: '250m', memory: '100Mi' };
const typha = { cpu: '200m', memory: '100Mi' };
const none = { nodeMinAllowed: undefined, typhaMinAllowed: undefined };
const defaults = { nodeRequests: node, typhaRequests: typha, ...none };
const resources = { node: { cpu: '0.5' }, typha: { memory: 1073741824 } };

type Row = readonly [
  autoScaling: NetworkConfig['autoScaling'],
  shootVPA: boolean,
  expected: Omit<SizingValues, 'shootVPA'>,
];

const table: Readonly<Record<string, Row>> = {
  'cluster-proportional by default': [undefined, true, { mode: 'cluster-proportional', ...defaults }],
  'cluster-proportional ignores resources (O10)': [
    { mode: 'cluster-proportional', resources },
    true,
    { mode: 'cluster-proportional', ...defaults },
  ],
  'vpa without a VPA in the shoot means cluster-proportional (O10)': [
    { mode: 'vpa', resources },
    false,
    { mode: 'cluster-proportional', ...defaults },
  ],
  'vpa without resources': [{ mode: 'vpa' }, true, { mode: 'vpa', ...defaults }],
  'vpa with empty resources has no bounds': [
    { mode: 'vpa', resources: { node: {}, typha: null } },
    true,
    { mode: 'vpa', ...defaults },
  ],
  'vpa: node sets requests and bound, typha only the bound (B13)': [
    { mode: 'vpa', resources },
    true,
    {
      mode: 'vpa',
      nodeRequests: { cpu: '500m', memory: '100Mi' },
      typhaRequests: typha,
      nodeMinAllowed: { cpu: '500m' },
      typhaMinAllowed: { memory: '1073741824' },
    },
  ],
  'static without resources': [{ mode: 'static' }, true, { mode: 'static', ...defaults }],
  'static: each key overrides its default': [
    { mode: 'static', resources },
    false,
    {
      mode: 'static',
      nodeRequests: { cpu: '500m', memory: '100Mi' },
      typhaRequests: { cpu: '200m', memory: '1073741824' },
      ...none,
    },
  ],
  'quantities are canonical': [
    { mode: 'static', resources: { node: { cpu: '1000m', memory: '1024Mi' }, typha: { cpu: 1, memory: '1e9' } } },
    false,
    {
      mode: 'static',
      nodeRequests: { cpu: '1', memory: '1Gi' },
      typhaRequests: { cpu: '1', memory: '1e9' },
      ...none,
    },
  ],
};

cases(table, ([autoScaling, shootVPA, expected]) => {
  const config = withDefaults(autoScaling === undefined ? {} : { autoScaling });
  const kubernetes = { version: '1.34.2', verticalPodAutoscaler: { enabled: shootVPA } };
  const shoot = shootFacts(demoShoot({ spec: { kubernetes } }));
  assert.deepEqual(sizingValues(config, shoot), { ...expected, shootVPA });
});

test('replicas of Typha are those of the ConfigMap of its horizontal autoscaler', () => {
  const file =
    '../../../charts/calico/typha-horizontal-autoscaler/configmap-calico-typha-horizontal-autoscaler.yaml.hbs';
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const ladder = JSON.parse(/"nodesToReplicas": (\[\[.*\]\])/.exec(text)?.[1] ?? '') as readonly (readonly [
    number,
    number,
  ])[];
  const replicas = (minimum: number, maximum = minimum): unknown =>
    typhaReplicas(shootFacts({ spec: { provider: { workers: [{ minimum, maximum }] } } }));
  for (const [nodes, expected] of ladder) {
    assert.equal(replicas(nodes), expected, `${nodes} nodes`);
    if (nodes > 1) assert.equal(replicas(nodes - 1), expected - 1, `${nodes - 1} nodes`);
  }
  assert.equal(replicas(2, 300), '2 to 4');
  assert.equal(replicas(0), 1);
  assert.equal(typhaReplicas(shootFacts({})), undefined);
});
