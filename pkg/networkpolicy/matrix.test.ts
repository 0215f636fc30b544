import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPolicies } from '../../test/policies/compare.ts';
import { createRandom, randomScenarios } from '../../test/policies/scenarios.ts';
import { createEvaluator } from './evaluate.ts';
import { createMatrix, unnamedPort } from './matrix.ts';
import type { NetworkPolicy, Pod } from './types.ts';

test('the matrix decides as the evaluator does about each flow', () => {
  const count = new Map<boolean, number>();
  for (const { policies, namespaces, flows } of randomScenarios(4_000, 7)) {
    const ends = flows.flatMap(({ source, target }) => [source, target]);
    const pods = [...new Set(ends.flatMap((one) => (one.kind === 'pod' ? [one.pod] : [])))];
    const evaluator = createEvaluator({ policies: readPolicies(policies), namespaces });
    const matrix = createMatrix(evaluator, pods);
    const pairs = pods.flatMap((from, source) => pods.map((to, target) => ({ from, source, to, target })));
    const cells = pairs.flatMap((pair) =>
      (matrix.ports[pair.target] ?? []).map((port, index) => ({ ...pair, port, index })),
    );
    for (const { from, source, to, target, port, index } of cells) {
      const ends = { source: { kind: 'pod', pod: from }, target: { kind: 'pod', pod: to } } as const;
      const { allowed } = evaluator.judge({ ...ends, protocol: port.protocol, port: port.port ?? unnamedPort });
      assert.equal(matrix.isAllowed(source, target, index), allowed);
      count.set(allowed, (count.get(allowed) ?? 0) + 1);
    }
  }
  const [allowed = 0, denied = 0] = [count.get(true), count.get(false)];
  assert.ok(allowed > 1_000 && denied > 1_000, `${allowed} allowed, ${denied} denied`);
});

test('a matrix of 1,000 pods and 300 policies takes less than 2 s', () => {
  const random = createRandom(3);
  const name = (index: number) => `team-${index % 40}`;
  const pods = Array.from(
    { length: 1_000 },
    (_, index): Pod => ({
      namespace: name(index),
      name: `pod-${index}`,
      labels: { app: `app-${random.number(60)}`, tier: random.pick(['web', 'db']) },
      ports: [{ name: 'http', port: random.pick([80, 443, 8080]), protocol: 'TCP' }],
      hostNetwork: index % 25 === 0,
      node: `node-${index % 40}`,
      addresses: [`100.96.${index >> 8}.${index & 255}`],
    }),
  );
  const policies = Array.from(
    { length: 300 },
    (_, index): NetworkPolicy => ({
      kind: 'NetworkPolicy',
      namespace: name(index),
      name: `policy-${index}`,
      podSelector: index % 3 === 0 ? {} : { matchLabels: { tier: random.pick(['web', 'db']) } },
      ingress: [
        { peers: [{ namespaceSelector: { matchLabels: { team: String(random.number(5)) } } }], ports: [] },
        { peers: [{ podSelector: {} }], ports: [{ protocol: 'TCP', port: 'http' }] },
      ],
      egress: [{ peers: [{ ipBlock: { cidr: `100.96.${random.number(4)}.0/24` } }], ports: [] }],
    }),
  );
  const namespaces = new Map(pods.map(({ namespace }, index) => [namespace, { team: String(index % 5) }]));
  const cpu = process.cpuUsage();
  const matrix = createMatrix(createEvaluator({ policies, namespaces }), pods);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (user + system) / 1e6;
  assert.ok(matrix.isAllowed(0, 0, 0));
  assert.ok(seconds < 2, `${seconds} s`);
});
