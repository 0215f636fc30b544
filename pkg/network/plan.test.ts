import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { cases } from '../../test/support/cases.ts';
import type { Network } from '../gardener/network.ts';
import { describe } from './diagnostics.ts';
import { plan, pluginFor } from './plan.ts';
import type { NetworkPlugin, PlanInput, PlanResult, PlanTools } from './plugin.ts';

const planned: PlanResult = { outcome: 'waiting', diagnostics: [] };
const tools: PlanTools = { charts: { render: unused, crds: unused }, image: unused, sha256: unused };

function unused(): never {
  throw new Error('not for this test');
}

function createPlugin(type: string, seen: unknown[] = []): NetworkPlugin {
  return {
    type,
    featureGates: {},
    rules: {},
    verdicts: {},
    compatibility: { version: '1.0.0', sources: '1.0.0', minor: '1.0', images: [], companions: {}, goExtension: '' },
    title: type,
    configuration: {
      schema: z.object({}),
      apiVersion: '',
      kind: '',
      operatorDefaults: z.object({}),
      examples: {},
      effectiveDefaults: unused,
    },
    managedResource: type,
    seedObjectNames: [],
    legacySeedObjectNames: [],
    decode: (input) => ({ ...input, config: {}, effective: {}, families: [], shoot: undefined, diagnostics: [] }),
    check: () => [],
    queries: () => ({ shoot: [], apiServerAddresses: false }),
    plan: (...args) => {
      seen.push(args);
      return planned;
    },
    explain: unused,
    dataPath: () => [],
    traffic: unused,
  };
}

function inputFor(type: unknown): PlanInput {
  const network = { apiVersion: 'v', kind: 'Network', metadata: { name: 'foo', namespace: 'ns' }, spec: { type } };
  return {
    network: network as unknown as Network,
    cluster: undefined,
    featureGates: {},
    currentObjects: { available: true, value: [] },
    shoot: { available: true, value: [] },
  };
}

test('plans with the plugin of the type, with all inputs', () => {
  const seen: unknown[] = [];
  const input = { ...inputFor('cilium'), plugins: [createPlugin('calico'), createPlugin('cilium', seen)] };
  assert.equal(plan(input, tools), planned);
  const [[decoded, context, lent] = []] = seen as readonly (readonly unknown[])[];
  assert.equal((decoded as { readonly network: unknown }).network, input.network);
  assert.deepEqual([context, lent], [input, tools]);
});

cases<{ readonly type: unknown; readonly finding: string }>(
  {
    'refuses a type of another extension': {
      type: 'weave',
      finding: 'spec.type: Unsupported value: "weave": supported values: "calico", "cilium"',
    },
    'refuses a type in another case': {
      type: 'Calico',
      finding: 'spec.type: Unsupported value: "Calico": supported values: "calico", "cilium", did you mean "calico"?',
    },
    'refuses a key of the prototype': {
      type: 'constructor',
      finding: 'spec.type: Unsupported value: "constructor": supported values: "calico", "cilium"',
    },
    'refuses a type that is not a string': {
      type: ['calico'],
      finding: 'spec.type: Unsupported value: [...]: supported values: "calico", "cilium"',
    },
    'refuses a missing type': {
      type: undefined,
      finding: 'spec.type: Required value: the type of the network, one of calico, cilium',
    },
    'refuses an empty type': {
      type: '',
      finding: 'spec.type: Required value: the type of the network, one of calico, cilium',
    },
  },
  ({ type, finding }) => {
    const result = plan({ ...inputFor(type), plugins: [createPlugin('calico'), createPlugin('cilium')] }, tools);
    assert.equal(result.outcome, 'refused');
    assert.deepEqual(result.diagnostics.map(describe), [finding]);
    assert.equal(result.diagnostics[0]?.object, 'Network ns/foo');
  },
);

test('pluginFor returns the plugin of the type', () => {
  const calico = createPlugin('calico');
  assert.equal(pluginFor([createPlugin('cilium'), calico], 'calico'), calico);
  assert.equal(pluginFor([calico], undefined), undefined);
});
