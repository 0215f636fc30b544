/** Findings about changes of running shoots, in the admission and in the controller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import { describe } from '../network/diagnostics.ts';
import { planNetwork } from '../network/plan.ts';
import { cilium } from './plan.ts';
import { type Demo, demoInput, runningConfig } from './testdata/demo.ts';

const tools = planTools();
const on = { enabled: true };
const off = { enabled: false };
const wireguard = { ...on, mode: 'wireguard' };
const strict = { ...wireguard, strictMode: true };

const routing = (from: string, to: string): string =>
  `packets between nodes change from ${from} to ${to}, which interrupts connections while nodes are updated`;
const services = (to: string, from: string): string =>
  `cilium-kube-proxy-change: spec.kubernetes.kubeProxy.enabled: Services are handled by ${to} in place of ${from}: connections to them are interrupted on each node as its agent restarts`;
const oneStep =
  'cilium-encryption-strict-one-step: encryption.strictMode: strict mode is enabled together with the encryption: updated nodes drop packets to nodes that are not updated yet; enable the encryption first, wait for all agents, then enable strict mode';

const changes: Readonly<Record<string, readonly [old: Demo, changed: Demo, ...found: readonly string[]]>> = {
  'reports nothing without a change': [{ config: { overlay: on } }, { config: { overlay: on } }],
  'reports nothing about options beside the data path': [{}, { config: { debug: true, hubble: on } }],
  'reports nothing if the effective routing remains': [{}, { config: { tunnel: 'vxlan', overlay: on } }],
  'reports that the tunnel is disabled': [
    { config: { overlay: on } },
    { config: { overlay: off } },
    `cilium-routing-change: overlay.enabled: ${routing('vxlan', 'native')}`,
  ],
  'reports that a tunnel is enabled': [
    { config: { overlay: off } },
    {},
    `cilium-routing-change: tunnel: ${routing('native', 'vxlan')}`,
  ],
  'reports another protocol of the tunnel': [
    {},
    { config: { tunnel: 'geneve' } },
    `cilium-routing-change: tunnel: ${routing('vxlan', 'geneve')}`,
  ],
  'reports that Cilium replaces kube-proxy': [{ kubeProxy: true }, {}, services('Cilium', 'kube-proxy')],
  'reports that kube-proxy replaces Cilium': [{}, { kubeProxy: true }, services('kube-proxy', 'Cilium')],
  'reports strict mode together with the encryption': [{}, { config: { encryption: strict } }, oneStep],
  'reports strict mode that waited for the encryption': [
    { config: { encryption: { ...off, strictMode: true } } },
    { config: { encryption: strict } },
    oneStep,
  ],
  'reports nothing about encryption alone': [{}, { config: { encryption: wireguard } }],
  'reports nothing about strict mode after the encryption': [
    { config: { encryption: wireguard } },
    { config: { encryption: strict } },
  ],
  'reports nothing about strict mode without an effect': [
    { families: ['IPv6'] },
    { families: ['IPv6'], config: { encryption: strict } },
  ],
  'reports all changes of one step': [
    { kubeProxy: true },
    { config: { overlay: off, encryption: strict } },
    `cilium-routing-change: overlay.enabled: ${routing('vxlan', 'native')}`,
    services('Cilium', 'kube-proxy'),
    oneStep,
  ],
  'reports nothing about a change to a configuration with errors': [{}, { config: { mtu: -1, overlay: off } }],
  'reports nothing about a change from a configuration with errors': [
    { config: { encryption: { ...on, mode: 'ipsec' } } },
    { config: { encryption: strict } },
  ],
};

cases(changes, ([old, changed, ...expected]) => {
  const [before, after] = [demoInput(old), demoInput(changed)].map((input) => cilium.decode(input));
  assert.ok(before !== undefined && after !== undefined);
  const found = cilium.checkChange?.({ old: before, new: after }) ?? [];
  assert.deepEqual(
    found.map((one) => `${one.code}: ${describe(one).replace('spec.providerConfig.', '')}`),
    expected,
  );
});

interface Controlled {
  readonly given: Demo;
  /** `providerStatus.applied`. */
  readonly applied: unknown;
  /** Outcome, codes about the change, and codes of errors and warnings. */
  readonly result: readonly [outcome: string, change: readonly string[], codes: readonly string[]];
}

const vxlan = { routing: 'vxlan', kubeProxyReplacement: true, encryption: 'none' };
const pool = { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } as const;

cases<Controlled>(
  {
    'a controller reports nothing without a change': { given: {}, applied: vxlan, result: ['planned', [], []] },
    'a controller reports changes once, beside the status': {
      given: { config: { overlay: off, encryption: strict }, kubeProxy: true },
      applied: vxlan,
      result: [
        'planned',
        ['cilium-routing-change', 'cilium-kube-proxy-change', 'cilium-encryption-strict-one-step'],
        [],
      ],
    },
    'a controller does not know changes of a Network that it never applied': {
      given: { config: { overlay: off, encryption: strict } },
      applied: undefined,
      result: ['planned', [], []],
    },
    'a controller ignores an unreadable status': {
      given: { config: { overlay: off, encryption: strict } },
      applied: { routing: 1, kubeProxyReplacement: 'x', encryption: [] },
      result: ['planned', [], []],
    },
    '49: refuses to disable a tunnel that the IPAM mode requires': {
      given: { config: { overlay: off }, shoot: pool },
      applied: vxlan,
      result: [
        'refused',
        [],
        ['cilium-pods-unreachable', 'cilium-pods-unreachable-stored', 'cilium-cluster-pool-fixed'],
      ],
    },
    '49: accepts to disable the tunnel if BGP announces the addresses': {
      given: { config: { overlay: off, bgpControlPlane: on }, shoot: pool },
      applied: vxlan,
      result: ['planned', ['cilium-routing-change'], ['cilium-cluster-pool-fixed']],
    },
    '49: reports a stored configuration whose addresses the infrastructure does not route': {
      given: { config: { overlay: off }, shoot: pool },
      applied: { ...vxlan, routing: 'native' },
      result: ['planned', [], ['cilium-pods-unreachable-stored', 'cilium-cluster-pool-fixed']],
    },
  },
  ({ given, applied, result: expected }) => {
    const status = { providerStatus: { apiVersion: 'a', kind: 'NetworkStatus', applied } };
    const result = planNetwork(cilium, demoInput({ ...given, networkStatus: status }), tools);
    const ofChange = result.outcome === 'planned' ? (result.changeWarnings ?? []) : [];
    const codes = (list: typeof ofChange): readonly string[] => list.map(({ code }) => code);
    assert.deepEqual([result.outcome, codes(ofChange), codes(result.diagnostics)], expected);
  },
);

test('the findings about a change that the controller makes are those of the admission', () => {
  const planned = planNetwork(cilium, demoInput(), tools);
  assert.ok(planned.outcome === 'planned');
  const { providerStatus } = planned.plan.status;
  for (const [, changed, ...expected] of Object.values(changes).filter(([old]) => Object.keys(old).length === 0)) {
    const result = planNetwork(cilium, demoInput({ ...changed, networkStatus: { providerStatus } }), tools);
    if (result.outcome !== 'planned') continue;
    const codes = (result.changeWarnings ?? []).map(({ code }) => code);
    assert.deepEqual(
      codes,
      expected.map((line) => line.slice(0, line.indexOf(':'))),
    );
  }
});
