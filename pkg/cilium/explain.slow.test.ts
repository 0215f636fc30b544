/** Properties of the values in effect: every one has an origin, whose fields decide it, and no value of the data path is missing. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  differentOptions,
  explain,
  findUnexplainedChanges,
  findUnnamedOverrules,
  findWrongOrigins,
} from '../../test/support/explained-origins.ts';
import { planTools } from '../../test/support/planning.ts';
import { goldenCases } from '../../test/support/silent-options.ts';
import { planNetwork } from '../network/plan.ts';
import type { PlanInput } from '../network/plugin.ts';
import { cilium } from './plan.ts';
import { demo } from './testdata/arbitraries.ts';
import { demoInput, runningConfig } from './testdata/demo.ts';
import { samples } from './testdata/samples.ts';

const fields = {
  'spec.kubernetes.kubeProxy.enabled': [true, false],
  'spec.networking.ipFamilies': [['IPv4'], ['IPv6'], ['IPv4', 'IPv6']],
  'spec.networking.nodes': [undefined, '10.99.0.0/16'],
  'spec.networking.pods': ['100.99.0.0/16', '2001:db8:99::/48'],
  'spec.provider.workers': [[{ minimum: 1, maximum: 1 }], [{ minimum: 2, maximum: 2, controlPlane: {} }]],
  'spec.systemComponents.nodeLocalDNS.enabled': [true, false],
  'status.advertisedAddresses': [[], [{ name: 'external', url: 'https://api.other.example.com' }]],
  'status.constraints': [[], [{ type: 'DualStackNodesMigrationReady', status: 'False' }]],
  'status.networking.nodes': [[], ['10.99.0.0/16', '2001:db8:99::/64']],
  'status.networking.pods': [[], ['100.99.0.0/16', '2001:db8:99::/48']],
};

const shoots = (['kubernetes', 'cluster-pool'] as const).map((ipam) => ({
  available: true as const,
  value: [runningConfig({ ipam })],
}));

const cases = goldenCases(path.join(import.meta.dirname, 'testdata/plan'), cilium);

test('every option of the schema has a row, and no other', () => {
  assert.deepEqual(differentOptions(cilium, explain(cilium, demoInput())), []);
});

test('a change of the fields of an origin changes the value', () => {
  const { wrong, kinds } = findWrongOrigins({ plugin: cilium, cases, samples, fields, shoots });
  assert.deepEqual(wrong, []);
  for (const kind of ['user', 'default', 'Shoot', 'feature gate', 'running shoot', 'computed'])
    assert.ok((kinds[kind] ?? 0) > 0, kind);
});

test('every value of a random valid configuration has an origin', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const { options, values } = explain(cilium, demoInput(given));
      for (const { field, origin } of [...options, ...values]) assert.notEqual(origin.fields.length, 0, field);
    }),
    { numRuns: 300 },
  );
});

const tools = planTools();

function dataPath(input: PlanInput): string | undefined {
  const result = planNetwork(cilium, input, tools);
  if (result.outcome !== 'planned') return undefined;
  const objects = result.plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  return JSON.stringify(cilium.dataPath(objects));
}

test('a change of the Shoot or of a feature gate that changes the data path changes a value', () => {
  const { unexplained, compared } = findUnexplainedChanges({
    plugin: cilium,
    cases,
    samples,
    fields,
    shoots,
    dataPath,
  });
  assert.deepEqual(unexplained, []);
  assert.ok(compared > 60, `${compared} changes`);
});

test('an option that changes nothing names what overrules it, or has the value that was in effect', () => {
  const { unnamed, compared } = findUnnamedOverrules({ plugin: cilium, cases, samples, fields, shoots, tools });
  assert.deepEqual(unnamed, []);
  assert.ok(compared > 200, `${compared} values`);
});
