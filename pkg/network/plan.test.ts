import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { Network } from '../gardener/network.ts';
import { describe } from './diagnostics.ts';
import { featureGatesOf, parseFeatureGates, plan, pluginFor } from './plan.ts';
import type { NetworkPlugin, PlanInput, PlanResult, PlanTools } from './plugin.ts';

const gates = ['NonPrivilegedCalicoNode', 'SeamlessOverlaySwitch'];

cases<{
  readonly text: string;
  readonly gates?: Readonly<Record<string, boolean>>;
  readonly problems?: readonly string[];
}>(
  {
    nothing: { text: '' },
    'only commas and blanks': { text: ' , ,' },
    'one on': { text: 'SeamlessOverlaySwitch=true', gates: { SeamlessOverlaySwitch: true } },
    'several, with blanks as component-base allows': {
      text: ' SeamlessOverlaySwitch = true , NonPrivilegedCalicoNode=F ',
      gates: { SeamlessOverlaySwitch: true, NonPrivilegedCalicoNode: false },
    },
    'of two the last counts': {
      text: 'SeamlessOverlaySwitch=1,SeamlessOverlaySwitch=0',
      gates: { SeamlessOverlaySwitch: false },
    },
    'a misspelled name': {
      text: 'SeamlesOverlaySwitch=true',
      problems: ['unknown feature gate "SeamlesOverlaySwitch", did you mean SeamlessOverlaySwitch?'],
    },
    'an unknown name': {
      text: 'AllAlpha=true',
      problems: ['unknown feature gate "AllAlpha", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'no value': {
      text: 'SeamlessOverlaySwitch',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch"'],
    },
    'an empty value': {
      text: 'SeamlessOverlaySwitch=',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch="'],
    },
    'a value that Go does not take': {
      text: 'SeamlessOverlaySwitch=yes',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=yes"'],
    },
    'a second equals sign belongs to the value': {
      text: 'SeamlessOverlaySwitch=true=true',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=true=true"'],
    },
    'no name': {
      text: '=true',
      problems: ['unknown feature gate "", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'keys of the prototype': {
      text: '__proto__=true,constructor=true',
      problems: [
        'unknown feature gate "__proto__", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'unknown feature gate "constructor", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
      ],
    },
    'a hostile name is shown in printable ASCII': {
      text: '\u009bx\u2028y=true',
      problems: ['unknown feature gate "\\u009bx\\u2028y", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'all problems at once, and the good ones are read': {
      text: 'x,SeamlessOverlaySwitch=2,NonPrivilegedCalicoNode=true',
      gates: { NonPrivilegedCalicoNode: true },
      problems: [
        'unknown feature gate "x", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=2"',
      ],
    },
  },
  ({ text, gates: expected = {}, problems = [] }) => {
    assert.deepEqual(parseFeatureGates(text, gates), { gates: expected, problems });
  },
);

test('the values of a gate are those of strconv.ParseBool', () => {
  const read = (value: string) =>
    parseFeatureGates(`SeamlessOverlaySwitch=${value}`, gates).gates['SeamlessOverlaySwitch'];
  assert.deepEqual(
    ['1', 't', 'T', 'true', 'TRUE', 'True'].map(read),
    Array.from({ length: 6 }, () => true),
  );
  assert.deepEqual(
    ['0', 'f', 'F', 'false', 'FALSE', 'False'].map(read),
    Array.from({ length: 6 }, () => false),
  );
  assert.deepEqual(
    ['on', 'tRUE', '2', '"true"'].map(read),
    Array.from({ length: 4 }, () => undefined),
  );
});

test('property: no text makes the reader throw, and only known gates come out', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^(SeamlessOverlaySwitch|x)(=(true|0|x))?(,.*)?$/));
  fc.assert(
    fc.property(text, (any) => {
      for (const name of Object.keys(parseFeatureGates(any, gates).gates)) assert.ok(gates.includes(name));
    }),
  );
});

const planned: PlanResult = { outcome: 'waiting', diagnostics: [] };
const tools: PlanTools = { charts: { render: unused, crds: unused }, image: unused, sha256: unused };

function unused(): never {
  throw new Error('not for this test');
}

function pluginOf(type: string, seen: unknown[] = []): NetworkPlugin {
  return {
    type,
    featureGates: { [`${type}Gate`]: type === 'calico' },
    rules: {},
    managedResource: type,
    seedObjectNames: [],
    legacySeedObjectNames: [],
    shootQueries: () => [],
    plan: (...args) => {
      seen.push(args);
      return planned;
    },
  };
}

function inputFor(type: unknown): PlanInput {
  const network = { apiVersion: 'v', kind: 'Network', metadata: { name: 'foo', namespace: 'ns' }, spec: { type } };
  return {
    network: network as unknown as Network,
    cluster: undefined,
    featureGates: {},
    present: { known: true, value: [] },
    shoot: { known: true, value: [] },
  };
}

test('the plugin of the type plans, with everything that was given', () => {
  const seen: unknown[] = [];
  const input = { ...inputFor('cilium'), plugins: [pluginOf('calico'), pluginOf('cilium', seen)] };
  assert.equal(plan(input, tools), planned);
  assert.deepEqual(seen, [[input, tools]]);
});

cases<{ readonly type: unknown; readonly finding: string }>(
  {
    'a type of somebody else': {
      type: 'weave',
      finding: 'spec.type: Unsupported value: "weave": supported values: "calico", "cilium"',
    },
    'another case': {
      type: 'Calico',
      finding: 'spec.type: Unsupported value: "Calico": supported values: "calico", "cilium"',
    },
    'a key of the prototype': {
      type: 'constructor',
      finding: 'spec.type: Unsupported value: "constructor": supported values: "calico", "cilium"',
    },
    'a type that is no text': {
      type: ['calico'],
      finding: 'spec.type: Unsupported value: [...]: supported values: "calico", "cilium"',
    },
    'no type': {
      type: undefined,
      finding: 'spec.type: Required value: the type of the network, one of calico, cilium',
    },
    'an empty type': { type: '', finding: 'spec.type: Required value: the type of the network, one of calico, cilium' },
  },
  ({ type, finding }) => {
    const result = plan({ ...inputFor(type), plugins: [pluginOf('calico'), pluginOf('cilium')] }, tools);
    assert.equal(result.outcome, 'refused');
    assert.deepEqual(result.diagnostics.map(describe), [finding]);
    assert.equal(result.diagnostics[0]?.object, 'Network ns/foo');
  },
);

test('plugins are found by their type', () => {
  const calico = pluginOf('calico');
  assert.equal(pluginFor([pluginOf('cilium'), calico], 'calico'), calico);
  assert.equal(pluginFor([calico], undefined), undefined);
});

test('the gates of all plugins together', () => {
  assert.deepEqual(featureGatesOf([pluginOf('calico'), pluginOf('cilium')]), { calicoGate: true, ciliumGate: false });
  assert.deepEqual(featureGatesOf([]), {});
});
