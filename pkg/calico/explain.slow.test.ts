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
import { calico } from './plan.ts';
import { demo } from './testdata/arbitraries.ts';
import { demoInput } from './testdata/demo.ts';
import { samples } from './testdata/samples.ts';

const fields = {
  'spec.kubernetes.kubeProxy.enabled': [true, false],
  'spec.kubernetes.kubeProxy.mode': ['IPTables', 'NFTables'],
  'spec.kubernetes.verticalPodAutoscaler.enabled': [true, false],
  'spec.networking.ipFamilies': [['IPv4'], ['IPv6'], ['IPv4', 'IPv6']],
  'spec.networking.nodes': [undefined, '10.99.0.0/16'],
  'spec.networking.pods': ['100.99.0.0/16', '2001:db8:99::/48'],
  'spec.provider.workers': [[{ minimum: 1, maximum: 1 }], [{ minimum: 300, maximum: 600, controlPlane: {} }]],
  'status.constraints': [[], [{ type: 'DualStackNodesMigrationReady', status: 'False' }]],
  'status.networking.nodes': [[], ['10.99.0.0/16', '2001:db8:99::/64']],
  'status.networking.pods': [[], ['100.99.0.0/16', '2001:db8:99::/48']],
};

const cases = goldenCases(path.join(import.meta.dirname, 'testdata/plan'), calico);

test('every option of the schema has a row, and no other', () => {
  assert.deepEqual(differentOptions(calico, explain(calico, demoInput())), []);
});

test('a change of the fields of an origin changes the value', () => {
  const { wrong, kinds } = findWrongOrigins({ plugin: calico, cases, samples, fields, shoots: [] });
  assert.deepEqual(wrong, []);
  for (const kind of ['user', 'default', 'Shoot', 'node range', 'feature gate', 'rule', 'computed'])
    assert.ok((kinds[kind] ?? 0) > 0, kind);
});

test('every value of a random valid configuration has an origin', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const { options, values } = explain(calico, demoInput(given));
      for (const { field, origin } of [...options, ...values]) assert.notEqual(origin.fields.length, 0, field);
    }),
    { numRuns: 300 },
  );
});

const tools = planTools();

function dataPath(input: PlanInput): string | undefined {
  const result = planNetwork(calico, input, tools);
  if (result.outcome !== 'planned') return undefined;
  const objects = result.plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  return JSON.stringify(calico.dataPath(objects));
}

test('a change of the Shoot or of a feature gate that changes the data path changes a value', () => {
  const { unexplained, compared } = findUnexplainedChanges({
    plugin: calico,
    cases,
    samples,
    fields,
    shoots: [],
    dataPath,
  });
  assert.deepEqual(unexplained, []);
  assert.ok(compared > 60, `${compared} changes`);
});

test('an option that changes nothing names what overrules it, or has the value that was in effect', () => {
  const { unnamed, compared } = findUnnamedOverrules({ plugin: calico, cases, samples, fields, shoots: [], tools });
  assert.deepEqual(unnamed, []);
  assert.ok(compared > 200, `${compared} values`);
});
