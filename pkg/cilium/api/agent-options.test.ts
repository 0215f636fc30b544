import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import { cilium } from '../plan.ts';
import { demoInput, plannedConfig } from '../testdata/demo.ts';
import { agentOptionFields } from './agent-options.ts';

const tools = planTools();

function plan(agentOptions: object) {
  return planNetwork(cilium, demoInput({ config: { agentOptions, hubble: { enabled: true } } }), tools);
}

const names = Object.keys(agentOptionFields).join(', ');

cases<readonly [options: object, ...errors: readonly string[]]>(
  {
    'lists the supported options for an unknown one': [
      { 'enable-host-firewall': true },
      `agentOptions.enable-host-firewall: Forbidden: unknown field; supported: ${names}`,
    ],
    'suggests the option for a misspelled one': [
      { 'k8s-client-qsp': 5 },
      'agentOptions.k8s-client-qsp: Forbidden: unknown field, did you mean k8s-client-qps?',
    ],
    'rejects options of the data path': [
      { 'routing-mode': 'native', ipam: 'eni' },
      `agentOptions.routing-mode: Forbidden: unknown field; supported: ${names}`,
      `agentOptions.ipam: Forbidden: unknown field; supported: ${names}`,
    ],
    'rejects a rate of 0': [
      { 'k8s-client-qps': 0 },
      'agentOptions.k8s-client-qps: Invalid value: 0: must be at least 1',
    ],
    'rejects a rate above the range': [
      { 'k8s-client-burst': 2001 },
      'agentOptions.k8s-client-burst: Invalid value: 2001: must be at most 2000',
    ],
    'rejects a number as text': [
      { 'k8s-client-qps': '50' },
      'agentOptions.k8s-client-qps: Invalid value: "50": must be a number',
    ],
    'rejects an unknown algorithm': [
      { 'bpf-lb-algorithm': 'rr' },
      'agentOptions.bpf-lb-algorithm: Unsupported value: "rr": supported values: "random", "maglev"',
    ],
    'rejects a duration that is none': [
      { 'monitor-aggregation-interval': '5 s' },
      'agentOptions.monitor-aggregation-interval: Invalid value: "5 s": must be a duration from 1s to 3600s, such as "5s"',
    ],
    'rejects a negative duration': [
      { 'tofqdns-idle-connection-grace-period': '-1s' },
      'agentOptions.tofqdns-idle-connection-grace-period: Invalid value: "-1s": must be a duration from 0s to 86400s, such as "5s"',
    ],
    'rejects a duration above the range': [
      { 'tofqdns-proxy-response-max-delay': '10.1s' },
      'agentOptions.tofqdns-proxy-response-max-delay: Invalid value: "10.1s": must be a duration from 0s to 10s, such as "5s"',
    ],
    'rejects a capacity with which agents would not start': [
      { 'hubble-event-buffer-capacity': 4096 },
      'agentOptions.hubble-event-buffer-capacity: Invalid value: 4096: must be one less than a power of two, such as 4095',
    ],
    'accepts every capacity that Cilium accepts': [{ 'hubble-event-buffer-capacity': 65_535 }],
    'accepts null as unset': [{ 'k8s-client-qps': null }],
  },
  ([options, ...errors]) => {
    const { outcome, diagnostics } = plan(options);
    assert.deepEqual(
      diagnostics.map((one) => describe(one).replace('spec.providerConfig.', '')),
      errors,
    );
    assert.equal(outcome, errors.length === 0 ? 'planned' : 'refused');
  },
);

test('renders set options under their names, durations as Go prints them, and nothing else', () => {
  const [given, none] = [
    { 'k8s-client-qps': 50, 'monitor-aggregation-interval': '90s', 'enable-health-checking': false },
    {},
  ].map((options) => {
    const result = plan(options);
    assert.ok(result.outcome === 'planned');
    return plannedConfig(result.plan);
  });
  assert.deepEqual(given, {
    ...none,
    'k8s-client-qps': '50',
    'monitor-aggregation-interval': '1m30s',
    'enable-health-checking': 'false',
  });
});
