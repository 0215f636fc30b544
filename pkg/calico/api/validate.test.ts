import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import { calico } from '../plan.ts';
import { demo } from '../testdata/arbitraries.ts';
import { type Demo, demoInput, demoShoot } from '../testdata/demo.ts';
import { validateConfig, validateShoot } from './validate.ts';

const tools = planTools();

/** Returns the messages of the errors of a plan, without the common part of their paths. */
function findMessages(given: Demo): readonly string[] {
  const { outcome, diagnostics } = planNetwork(calico, demoInput(given), tools);
  assert.equal(outcome, 'refused');
  return diagnostics.map((one) => describe(one).replace(/^spec\.providerConfig\b\.?/, ''));
}

const modes = 'supported values: "Always", "Never", "CrossSubnet", "Off"';
const cidr = 'must be usePodCidr or a CIDR, such as 10.9.8.0/24 or 2001:db8::/64';
const mtu = 'must be a whole decimal number in quotes, such as "1450"';
const options = 'supported options are can-reach, cidr, first-found, interface, kubernetes-internal-ip, skip-interface';
const vxlan = 'with pool vxlan only "Always" and "Never" are supported';
const quantity = 'must be a quantity, such as "250m" for cpu or "100Mi" for memory';

type Row = readonly [config: unknown, families: '4' | '6' | '46', ...errors: readonly string[]];

const rules: Readonly<Record<string, Row>> = {
  'backend: unknown value': [
    { backend: 'birds' },
    '4',
    'backend: Unsupported value: "birds": supported values: "bird", "none", "vxlan", did you mean "bird"?',
  ],
  'backend: empty string': [
    { backend: '' },
    '4',
    'backend: Unsupported value: "": supported values: "bird", "none", "vxlan"',
  ],
  'backend: upper case': [
    { backend: 'BIRD' },
    '4',
    'backend: Unsupported value: "BIRD": supported values: "bird", "none", "vxlan", did you mean "bird"?',
  ],
  'ipam.type: unknown value': [
    { ipam: { type: 'dhcp' } },
    '4',
    'ipam.type: Unsupported value: "dhcp": supported values: "calico-ipam", "host-local"',
  ],
  'ipam.type: calico-ipam with both families': [
    { ipam: { type: 'calico-ipam' } },
    '46',
    'ipam.type: Invalid value: "calico-ipam": is supported only for IPv4-only shoots, use host-local',
  ],
  'ipam.type: calico-ipam with IPv6': [
    { ipam: { type: 'calico-ipam' } },
    '6',
    'ipam.type: Invalid value: "calico-ipam": is supported only for IPv4-only shoots, use host-local',
  ],
  'ipam.cidr: not a range': [{ ipam: { cidr: '100.64.0.0' } }, '4', `ipam.cidr: Invalid value: "100.64.0.0": ${cidr}`],
  'ipam.cidr: empty string': [{ ipam: { cidr: '' } }, '4', `ipam.cidr: Invalid value: "": ${cidr}`],
  'ipam.cidr: another keyword': [
    { ipam: { cidr: 'usePodCidrIPv6' } },
    '6',
    `ipam.cidr: Invalid value: "usePodCidrIPv6": ${cidr}`,
  ],
  'ipv4.pool: unknown value': [
    { ipv4: { pool: 'gre' } },
    '4',
    'ipv4.pool: Unsupported value: "gre": supported values: "ipip", "vxlan"',
  ],
  'ipv4.mode: unknown value': [
    { ipv4: { mode: 'always' } },
    '4',
    `ipv4.mode: Unsupported value: "always": ${modes}, did you mean "Always"?`,
  ],
  'ipv4.mode: CrossSubnet with VXLAN': [
    { ipv4: { pool: 'vxlan', mode: 'CrossSubnet' } },
    '4',
    `ipv4.mode: Invalid value: "CrossSubnet": ${vxlan}`,
  ],
  'ipv4.mode: Off with VXLAN': [
    { ipv4: { pool: 'vxlan', mode: 'Off' } },
    '4',
    `ipv4.mode: Invalid value: "Off": ${vxlan}`,
  ],
  'ipv4.mode: unknown value with VXLAN': [
    { ipv4: { pool: 'vxlan', mode: 'off' } },
    '4',
    `ipv4.mode: Unsupported value: "off": ${modes}, did you mean "Off"?`,
  ],
  'ipv4.autoDetectionMethod': [
    { ipv4: { autoDetectionMethod: 'eth0' } },
    '4',
    `ipv4.autoDetectionMethod: Invalid value: "eth0": invalid option "eth0", ${options}`,
  ],
  'ipv6.pool: unknown value': [
    { ipv6: { pool: 'gre' } },
    '6',
    'ipv6.pool: Unsupported value: "gre": supported values: "ipip", "vxlan"',
  ],
  'ipv6.pool: ipip': [
    { ipv6: { pool: 'ipip' } },
    '46',
    'ipv6.pool: Unsupported value: "ipip": supported values: "vxlan"',
  ],
  'ipv6.mode: unknown value': [{ ipv6: { mode: 'on' } }, '6', `ipv6.mode: Unsupported value: "on": ${modes}`],
  'ipv6.mode: CrossSubnet with VXLAN': [
    { ipv6: { pool: 'vxlan', mode: 'CrossSubnet' } },
    '6',
    `ipv6.mode: Invalid value: "CrossSubnet": ${vxlan}`,
  ],
  'ipv6.autoDetectionMethod': [
    { ipv6: { autoDetectionMethod: 'can-reach=' } },
    '6',
    'ipv6.autoDetectionMethod: Invalid value: "can-reach=": option can-reach requires a parameter',
  ],
  'vethMTU: empty string': [
    { vethMTU: '' },
    '4',
    'vethMTU: Invalid value: "": must not be empty; with "0" Calico detects the MTU',
  ],
  'vethMTU: negative': [{ vethMTU: '-1' }, '4', 'vethMTU: Invalid value: "-1": must not be negative'],
  'vethMTU: a number': [{ vethMTU: 1450 }, '4', 'vethMTU: Invalid value: 1450: must be a string'],
  'autoScaling.mode: absent': [
    { autoScaling: {} },
    '4',
    'autoScaling.mode: Required value: one of "cluster-proportional", "vpa", "static"',
  ],
  'autoScaling.mode: null': [
    { autoScaling: { mode: null } },
    '4',
    'autoScaling.mode: Required value: one of "cluster-proportional", "vpa", "static"',
  ],
  'autoScaling.mode: one finding for an empty string': [
    { autoScaling: { mode: '' } },
    '4',
    'autoScaling.mode: Unsupported value: "": supported values: "cluster-proportional", "vpa", "static"',
  ],
  'autoScaling.mode: one finding for a number': [
    { autoScaling: { mode: 1 } },
    '4',
    'autoScaling.mode: Invalid value: 1: must be a string',
  ],
  'resources: zero': [
    resources({ cpu: '0m' }),
    '4',
    'autoScaling.resources.node.cpu: Invalid value: "0m": must be greater than 0',
  ],
  'resources: zero as a number': [
    resources({ memory: 0 }),
    '4',
    'autoScaling.resources.node.memory: Invalid value: 0: must be greater than 0',
  ],
  'resources: null means zero': [
    resources({ memory: null }),
    '4',
    'autoScaling.resources.node.memory: Invalid value: null: must be greater than 0',
  ],
  'resources: negative': [
    resources({ cpu: '-250m' }),
    '4',
    'autoScaling.resources.node.cpu: Invalid value: "-250m": must be greater than 0',
  ],
  'resources: not a quantity': [
    resources({ cpu: '1 core' }),
    '4',
    `autoScaling.resources.node.cpu: Invalid value: "1 core": ${quantity}`,
  ],
  'resources: another resource': [
    resources({ 'ephemeral-storage': '1Gi' }),
    '4',
    'autoScaling.resources.node.ephemeral-storage: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory"',
  ],
  'resources: unknown resource with special characters': [
    resources({ 'a.b/c': '1' }),
    '4',
    'autoScaling.resources.node["a.b/c"]: Unsupported value: "a.b/c": supported values: "cpu", "memory"',
  ],
  'resources: findings in the order of names, calico-node first (O1)': [
    {
      autoScaling: {
        mode: 'vpa',
        resources: { typha: { memory: '0', cpu: '0' }, node: { z: '1', memory: 'x', cpu: '-1' } },
      },
    },
    '4',
    'autoScaling.resources.node.cpu: Invalid value: "-1": must be greater than 0',
    `autoScaling.resources.node.memory: Invalid value: "x": ${quantity}`,
    'autoScaling.resources.node.z: Unsupported value: "z": supported values: "cpu", "memory"',
    'autoScaling.resources.typha.cpu: Invalid value: "0": must be greater than 0',
    'autoScaling.resources.typha.memory: Invalid value: "0": must be greater than 0',
  ],
  'serviceLoopPrevention: unknown value': [
    { serviceLoopPrevention: 'drop' },
    '4',
    'serviceLoopPrevention: Unsupported value: "drop": supported values: "Disabled", "Drop", "Reject", did you mean "Drop"?',
  ],
  'ipip: unknown value': [{ ipip: 'Sometimes' }, '4', `ipip: Unsupported value: "Sometimes": ${modes}`],
  'ipAutodetectionMethod: empty string, with the path of the field (O2)': [
    { ipAutodetectionMethod: '' },
    '4',
    'ipAutodetectionMethod: Invalid value: "": method cannot be empty',
  ],
  ipAutodetectionMethod: [
    { ipAutodetectionMethod: 'first-found=x' },
    '4',
    'ipAutodetectionMethod: Invalid value: "first-found=x": option first-found does not take a parameter',
  ],
  'ipv4 without IPv4': [{ ipv4: {} }, '6', 'ipv4: Forbidden: IPv4 options must not be set in a shoot without IPv4'],
  'ipip without IPv4': [
    { ipip: 'Never' },
    '6',
    'ipip: Forbidden: IPv4 options must not be set in a shoot without IPv4',
  ],
  'ipv6 without IPv6': [{ ipv6: {} }, '4', 'ipv6: Forbidden: IPv6 options must not be set in a shoot without IPv6'],
  'ipv6 with pool ipip without IPv6: one finding': [
    { ipv6: { pool: 'ipip' } },
    '4',
    'ipv6: Forbidden: IPv6 options must not be set in a shoot without IPv6',
  ],
  'returns all findings at once, in the order of the fields': [
    {
      ipAutodetectionMethod: '',
      autoScaling: { resources: { typha: { cpu: '0' } } },
      vethMTU: '1e3',
      ipv6: { pool: 'ipip', autoDetectionMethod: 'cidr=x' },
      ipv4: { pool: 'vxlan', mode: 'Off', autoDetectionMethod: 'interface=' },
      ipam: { cidr: 'x', type: 'calico-ipam' },
      overlay: { mode: 'Always' },
      typha: 'yes',
    },
    '46',
    'typha: Invalid value: "yes": must be an object',
    'overlay.mode: Forbidden: unknown field',
    'ipam.type: Invalid value: "calico-ipam": is supported only for IPv4-only shoots, use host-local',
    `ipam.cidr: Invalid value: "x": ${cidr}`,
    `ipv4.mode: Invalid value: "Off": ${vxlan}`,
    'ipv4.autoDetectionMethod: Invalid value: "interface=": option interface requires a parameter',
    'ipv6.autoDetectionMethod: Invalid value: "cidr=x": parameter of cidr must be one CIDR, such as 10.9.8.0/24 or 2001:db8::/64',
    'ipv6.pool: Unsupported value: "ipip": supported values: "vxlan"',
    `vethMTU: Invalid value: "1e3": ${mtu}`,
    'autoScaling.mode: Required value: one of "cluster-proportional", "vpa", "static"',
    'autoScaling.resources.typha.cpu: Invalid value: "0": must be greater than 0',
    'ipAutodetectionMethod: Invalid value: "": method cannot be empty',
  ],
};

function resources(node: Readonly<Record<string, unknown>>): unknown {
  return { autoScaling: { mode: 'static', resources: { node } } };
}

const familiesByKey = { '4': ['IPv4'], '6': ['IPv6'], '46': ['IPv4', 'IPv6'] } as const;

cases(rules, ([config, families, ...errors]) =>
  assert.deepEqual(findMessages({ config, families: familiesByKey[families] }), errors),
);

const go = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata/go.json'), 'utf8')) as {
  readonly atoi: Readonly<Record<string, string | null>>;
  readonly cidr: Readonly<Record<string, boolean>>;
};

for (const [text, value] of Object.entries(go.atoi).filter(([text]) => text !== '')) {
  test(`vethMTU ${JSON.stringify(text)} is ${value === null ? 'not a number' : 'a number'} for Go`, () => {
    const found = validate({ vethMTU: text });
    if (value === null) assert.deepEqual(found, [`spec.providerConfig.vethMTU: Invalid value: ${shown(text)}: ${mtu}`]);
    else assert.deepEqual(found.length, value.startsWith('-') ? 1 : 0);
  });
}

for (const [text, good] of Object.entries(go.cidr)) {
  test(`ipam.cidr ${JSON.stringify(text)} is ${good ? 'a range' : 'not a range'} for Go`, () =>
    assert.deepEqual(
      validate({ ipam: { cidr: text } }),
      good ? [] : [`spec.providerConfig.ipam.cidr: Invalid value: ${shown(text)}: ${cidr}`],
    ));
}

function shown(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

function validate(config: Parameters<typeof validateConfig>[0]['config']): readonly string[] {
  const found = validateConfig({ config, families: ['IPv4'], object: 'Network a/b', path: 'spec.providerConfig' });
  for (const one of found) assert.equal(one.object, 'Network a/b');
  return found.map(describe);
}

test('paths are relative to the given path of providerConfig', () => {
  const [found] = validateConfig({
    config: { vethMTU: '' },
    families: ['IPv4'],
    object: 'Shoot garden-team/demo',
    path: 'spec.networking.providerConfig',
  });
  assert.equal(found?.path, 'spec.networking.providerConfig.vethMTU');
});

cases(
  {
    'accepts an enabled kube-proxy': [{}, {}, false],
    'rejects a disabled kube-proxy': [{ enabled: false }, {}, true],
    'rejects a disabled kube-proxy with eBPF disabled': [
      { enabled: false },
      { ebpfDataplane: { enabled: false } },
      true,
    ],
    'rejects a disabled kube-proxy with an empty ebpfDataplane': [{ enabled: false }, { ebpfDataplane: {} }, true],
    'accepts a disabled kube-proxy with eBPF': [{ enabled: false }, { ebpfDataplane: { enabled: true } }, false],
    'accepts a disabled kube-proxy with a mode and eBPF (B1)': [
      { enabled: false, mode: 'IPTables' },
      { ebpfDataplane: { enabled: true } },
      false,
    ],
  } satisfies Record<string, readonly [object, object, boolean]>,
  ([kubeProxy, config, refused]) => {
    const shoot = shootFacts(demoShoot({ spec: { kubernetes: { version: '1.34.2', kubeProxy } } }));
    const found = validateShoot({ config, shoot, object: 'Shoot garden-team/demo' });
    const message =
      'spec.kubernetes.kubeProxy.enabled: Forbidden: kube-proxy can be disabled only together with providerConfig.ebpfDataplane';
    assert.deepEqual(found.map(describe), refused ? [message] : []);
  },
);

test('property: accepts every valid configuration', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const { outcome, diagnostics } = planNetwork(calico, demoInput(given), tools);
      assert.equal(outcome, 'planned', diagnostics.map(describe).join('\n'));
    }),
  );
});

test('property: rejects an unknown field at every depth', () => {
  const groups = [[], ['ipam'], ['ipv4'], ['typha'], ['ebpfDataplane'], ['overlay'], ['snatToUpstreamDNS'], ['vxlan']];
  const more = [['autoScaling'], ['autoScaling', 'resources'], ['birdExporter'], ['multus']];
  for (const where of [...groups, ...more]) {
    const config = where.reduceRight<object>((inner, key) => ({ [key]: inner }), { zzz: 1 });
    const found = findMessages({ config });
    assert.ok(found.includes(`${[...where, 'zzz'].join('.')}: Forbidden: unknown field`), found.join('\n'));
  }
});
