import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import { describeShootChange } from './shoots.ts';

interface ShootInput {
  readonly type?: string;
  readonly options?: object;
  readonly networking?: object;
  readonly kubernetes?: object;
  readonly nodeLocalDNS?: boolean;
  readonly workers?: readonly object[];
  readonly status?: object;
}

function shootWith(input: ShootInput = {}): KubeObject {
  const { type = 'calico', options = {}, networking = {}, kubernetes = {}, workers, status } = input;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      kubernetes: { version: '1.34.3', ...kubernetes },
      provider: { type: 'local', workers: workers ?? [{ name: 'a', minimum: 2, maximum: 8 }] },
      networking: { type, providerConfig: options, nodes: '10.180.0.0/16', ...networking },
      systemComponents: { nodeLocalDNS: { enabled: input.nodeLocalDNS === true } },
    },
    ...(status && { status }),
  };
}

const tools = planTools();

function describe(old: ShootInput, changed: ShootInput) {
  const result = describeShootChange({
    plugins,
    tools,
    old: shootWith(old),
    new: shootWith(changed),
    featureGates: {},
  });
  assert.ok(result.outcome === 'described', JSON.stringify(result));
  return result.effects;
}

const ranges = { pods: '100.96.0.0/11', services: '100.64.0.0/13' };
const overlay = (enabled: boolean) => ({ options: { overlay: { enabled } } });
const withoutKubeProxy = { kubeProxy: { enabled: false } };

suite('effects', () => {
  const table: Readonly<
    Record<string, { old: ShootInput; new: ShootInput; impact: string; code: string; text?: RegExp }>
  > = {
    'equal Shoots': { old: {}, new: {}, impact: 'none', code: 'effect-none' },
    'a Shoot from a cluster and the same without the values of Gardener': {
      old: {
        type: 'cilium',
        networking: ranges,
        kubernetes: withoutKubeProxy,
        status: { technicalID: 'shoot--dev--web' },
      },
      new: { type: 'cilium' },
      impact: 'none',
      code: 'effect-none',
    },
    'Shoots that lack the ranges': {
      old: overlay(true),
      new: overlay(false),
      impact: 'interruption',
      code: 'calico-effect-encapsulation-off',
      text: /^connections between nodes are interrupted while 2 to 8 nodes change, two at a time$/,
    },
    'a pool of a fixed size': {
      old: { ...overlay(true), workers: [{ name: 'a', minimum: 3, maximum: 3 }] },
      new: { ...overlay(false), workers: [{ name: 'a', minimum: 3, maximum: 3 }] },
      impact: 'interruption',
      code: 'calico-effect-encapsulation-off',
      text: /while 3 nodes change/,
    },
    'another CNI': {
      old: {},
      new: { type: 'cilium' },
      impact: 'refused',
      code: 'effect-refused',
    },
    'another pod range': {
      old: { networking: ranges },
      new: { networking: { ...ranges, pods: '100.128.0.0/11' } },
      impact: 'refused',
      code: 'effect-refused',
    },
    'a second family': {
      old: { networking: { ...ranges, ipFamilies: ['IPv4'] } },
      new: { networking: { ...ranges, ipFamilies: ['IPv4', 'IPv6'] } },
      impact: 'addresses',
      code: 'effect-second-family',
    },
    'no second family any more': {
      old: { networking: { ...ranges, ipFamilies: ['IPv4', 'IPv6'] } },
      new: { networking: { ...ranges, ipFamilies: ['IPv4'] } },
      impact: 'addresses',
      code: 'effect-one-family',
    },
    'NodeLocalDNS, for which Gardener replaces nodes': {
      old: {},
      new: { nodeLocalDNS: true },
      impact: 'addresses',
      code: 'effect-node-local-dns',
    },
    'kube-proxy beside Cilium': {
      old: { type: 'cilium', kubernetes: withoutKubeProxy },
      new: { type: 'cilium', kubernetes: { kubeProxy: { enabled: true } } },
      impact: 'interruption',
      code: 'cilium-effect-kube-proxy',
    },
    'another mode of kube-proxy': {
      old: { kubernetes: { kubeProxy: { mode: 'IPTables' } } },
      new: { kubernetes: { kubeProxy: { mode: 'NFTables' } } },
      impact: 'interruption',
      code: 'calico-effect-kube-proxy-mode',
    },
    'a mode of kube-proxy that changes no object of Calico': {
      old: { kubernetes: { kubeProxy: { mode: 'IPTables' } } },
      new: { kubernetes: { kubeProxy: { mode: 'IPVS' } } },
      impact: 'interruption',
      code: 'effect-kube-proxy-mode',
    },
    'another mode of kube-proxy beside Cilium': {
      old: { type: 'cilium', kubernetes: { kubeProxy: { enabled: true, mode: 'IPTables' } } },
      new: { type: 'cilium', kubernetes: { kubeProxy: { enabled: true, mode: 'NFTables' } } },
      impact: 'interruption',
      code: 'effect-kube-proxy-mode',
    },
    'another mode of a kube-proxy that is disabled': {
      old: { type: 'cilium', kubernetes: { kubeProxy: { enabled: false, mode: 'IPTables' } } },
      new: { type: 'cilium', kubernetes: { kubeProxy: { enabled: false, mode: 'NFTables' } } },
      impact: 'none',
      code: 'effect-none',
    },
    'eBPF and kube-proxy in one step': {
      old: {},
      new: { options: { ebpfDataplane: { enabled: true } }, kubernetes: withoutKubeProxy },
      impact: 'interruption',
      code: 'calico-effect-ebpf-order',
    },
    'strict encryption in one step': {
      old: { type: 'cilium', kubernetes: withoutKubeProxy },
      new: {
        type: 'cilium',
        kubernetes: withoutKubeProxy,
        options: { encryption: { enabled: true, mode: 'wireguard', strictMode: true } },
      },
      impact: 'interruption',
      code: 'cilium-effect-strict-order',
    },
    'a shoot without workers': {
      old: { workers: [] },
      new: { workers: [] },
      impact: 'none',
      code: 'effect-none',
    },
  };
  cases('describes', table, ({ old, new: changed, impact, code, text }) => {
    const { summary, ...effects } = describe(old, changed);
    assert.deepEqual([effects.impact, summary.code], [impact, code]);
    if (text !== undefined) assert.match(summary.text, text);
    assert.equal(effects.findings.length > 0, impact === 'refused');
  });
});

test('a change of a hibernated shoot interrupts nothing, and has no steps', () => {
  const asleep = (options: object): KubeObject => {
    const shoot = shootWith({ type: 'cilium', kubernetes: withoutKubeProxy, options, status: { hibernated: true } });
    return { ...shoot, spec: { ...(shoot['spec'] as object), hibernation: { enabled: true } } };
  };
  const change = { old: asleep({}), new: asleep({ overlay: { enabled: false } }) };
  const result = describeShootChange({ plugins, tools, ...change, featureGates: {} });
  assert.ok(result.outcome === 'described');
  const { impact, summary, manual, rolls, dataPath } = result.effects;
  assert.deepEqual([impact, summary.code, manual, rolls], ['no-restart', 'effect-hibernated', [], []]);
  assert.ok(dataPath.length > 0);
});

test('an option behind a feature gate names its effect with the gate', () => {
  const cilium = { type: 'cilium', kubernetes: withoutKubeProxy };
  const { impact, also } = describe(cilium, { ...cilium, options: { gatewayAPI: { enabled: true } } });
  assert.equal(impact, 'none');
  assert.deepEqual(
    also.map(({ code }) => code),
    ['cilium-effect-gateway-api-on'],
  );
  assert.match(also[0]?.text ?? '', /^if the operator of the landscape has enabled the feature gate/);
});

test('a change that must be made in steps names their order', () => {
  const { order } = describe({}, { options: { ebpfDataplane: { enabled: true } }, kubernetes: withoutKubeProxy });
  assert.deepEqual(
    order.map(({ code }) => code),
    ['calico-effect-ebpf-order'],
  );
});

test('the way back is the effect of the reversed change', () => {
  const { back } = describe(overlay(true), overlay(false));
  const reversed = describe(overlay(false), overlay(true)).summary;
  assert.deepEqual(back, [{ ...reversed, text: `reverse the change: ${reversed.text}` }]);
});

test('the way back is missing where the admission refuses it', () => {
  const { impact, back } = describe({ options: { backend: 'vxlan' } }, { options: { backend: 'bird' } });
  assert.equal(impact, 'restart');
  assert.deepEqual(
    back.map(({ code }) => code),
    ['calico-pods-unreachable'],
  );
  assert.match(back[0]?.text ?? '', /^there is none, since reversing the change is refused: /);
});

test('an unknown field of the changed Shoot refuses the change, with its name in the Shoot', () => {
  const { impact, findings } = describe({}, { networking: { providerconfig: {} } });
  assert.equal(impact, 'refused');
  assert.deepEqual(
    findings.map(({ object, path }) => [object, path]),
    [['Shoot garden-dev/web', 'spec.networking.providerconfig']],
  );
});

test('an error that the running Shoot has as well does not refuse a change', () => {
  const faulty = { networking: { unheardOf: true } };
  assert.equal(describe(faulty, { ...faulty, options: { birdExporter: { enabled: true } } }).impact, 'restart');
});

test('a running configuration that is rejected has no known effects', () => {
  const old = shootWith({ options: { backend: 'none', unknown: true } });
  const result = describeShootChange({ plugins, tools, old, new: shootWith(), featureGates: {} });
  assert.ok(result.outcome === 'unknown');
  assert.deepEqual([result.side, result.reason], ['old', 'refused']);
  assert.deepEqual(
    result.diagnostics.map(({ object, code }) => [object, code]),
    [['Shoot garden-dev/web', 'config-unknown-field']],
  );
});

test('values of the data path without a rule count as an interruption', () => {
  const calico = plugins.find(({ type }) => type === 'calico');
  assert.ok(calico?.effects !== undefined);
  const blind = { ...calico, effects: { ...calico.effects, find: () => [] } };
  const change = { tools, old: shootWith(overlay(true)), new: shootWith(overlay(false)), featureGates: {} };
  const result = describeShootChange({ ...change, plugins: [blind] });
  assert.ok(result.outcome === 'described');
  assert.deepEqual(
    [result.effects.summary.code, ...result.effects.also.map(({ code }) => code)],
    ['effect-addresses', 'effect-data-path'],
  );
});

test('the description is plain JSON', () => {
  const effects = describe(overlay(true), overlay(false));
  assert.deepEqual(JSON.parse(JSON.stringify(effects)), effects);
});
