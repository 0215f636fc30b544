import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { calico } from '../calico/plan.ts';
import { cilium } from '../cilium/plan.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { admitShoot, completeShoot } from './admission.ts';
import { describe, errorsOf } from './diagnostics.ts';

const plugins = [calico, cilium];
const on = { enabled: true };
const off = { enabled: false };

interface Choice {
  readonly type?: string;
  readonly config?: unknown;
  readonly kubeProxy?: unknown;
  readonly metadata?: object;
  readonly networking?: object;
  readonly spec?: object;
  readonly status?: object;
}

function createShoot(choice: Choice = {}): KubeObject {
  const { type = 'calico', config, kubeProxy = { enabled: type === 'calico', mode: 'IPTables' } } = choice;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', ...choice.metadata },
    spec: {
      provider: { type: 'metal', workers: [{ name: 'general', minimum: 1, maximum: 2 }] },
      kubernetes: { version: '1.34.3', kubeProxy },
      networking: {
        type,
        pods: '10.96.0.0/11',
        services: '10.64.0.0/13',
        nodes: '10.250.0.0/16',
        ipFamilies: ['IPv4'],
        ...(config === undefined ? {} : { providerConfig: config }),
        ...choice.networking,
      },
      ...choice.spec,
    },
    ...(choice.status === undefined ? {} : { status: choice.status }),
  };
}

interface Row {
  readonly now: KubeObject;
  readonly old?: KubeObject;
  /** `severity path` of the findings, in order; the Shoot is rejected if one is an error. */
  readonly found: readonly string[];
}

const broken = { vethMTU: '9k' };
const typeLabel = 'networking.extensions.gardener.cloud/calico';
const brokenFinding = 'spec.networking.providerConfig.vethMTU';

cases<Row>(
  {
    'allows a valid configuration': { now: createShoot({ config: { backend: 'bird' } }), found: [] },
    'returns all errors of the configuration at once': {
      now: createShoot({ config: { ...broken, backend: 'x' } }),
      found: ['error spec.networking.providerConfig.backend', `error ${brokenFinding}`],
    },
    'allows a risky combination with a warning': {
      now: createShoot({ config: { backend: 'bird', overlay: off } }),
      found: ['warning spec.networking.providerConfig.backend'],
    },
    'turns an error of the stored Shoot into a warning': {
      now: createShoot({ config: broken, spec: { purpose: 'production' } }),
      old: createShoot({ config: broken }),
      found: [`warning ${brokenFinding}`],
    },
    'warns about an error of the stored Shoot even if only labels change': {
      now: createShoot({ config: broken, metadata: { labels: { a: 'b' } } }),
      old: createShoot({ config: broken }),
      found: [`warning ${brokenFinding}`],
    },
    'rejects another invalid value in place of a stored one': {
      now: createShoot({ config: { vethMTU: '8k' } }),
      old: createShoot({ config: broken }),
      found: [`error ${brokenFinding}`],
    },
    'rejects a new error beside a stored one': {
      now: createShoot({ config: { ...broken, backend: 'x' } }),
      old: createShoot({ config: broken }),
      found: ['error spec.networking.providerConfig.backend', `warning ${brokenFinding}`],
    },
    'allows the correction of one of two stored errors': {
      now: createShoot({ config: broken }),
      old: createShoot({ config: { ...broken, backend: 'x' } }),
      found: [`warning ${brokenFinding}`],
    },
    'rejects an error caused by a change elsewhere in the Shoot': {
      now: createShoot({ config: {}, kubeProxy: { enabled: false } }),
      old: createShoot({ config: {} }),
      found: ['error spec.kubernetes.kubeProxy.enabled'],
    },
    'rejects an error caused by a second family': {
      now: createShoot({ config: { ipam: { type: 'calico-ipam' } }, networking: { ipFamilies: ['IPv4', 'IPv6'] } }),
      old: createShoot({ config: { ipam: { type: 'calico-ipam' } } }),
      found: ['error spec.networking.providerConfig.ipam.type'],
    },
    'returns no warnings if the spec does not change': {
      now: createShoot({ config: { backend: 'bird', overlay: off }, metadata: { finalizers: [] } }),
      old: createShoot({ config: { backend: 'bird', overlay: off }, metadata: { finalizers: ['gardener'] } }),
      found: [],
    },
    'rejects a stored error of a Shoot without workers when workers are added': {
      now: createShoot({ config: broken }),
      old: createShoot({ config: broken, spec: { provider: { type: 'metal', workers: [] } } }),
      found: [`error ${brokenFinding}`],
    },
    'rejects a stored error of a Shoot in deletion in one that is not': {
      now: createShoot({ config: broken }),
      old: createShoot({ config: broken, metadata: { deletionTimestamp: '2026-01-15T10:00:00Z' } }),
      found: [`error ${brokenFinding}`],
    },
    'rejects a stored error of a Shoot without the label of the webhook when the label is added': {
      now: createShoot({ config: broken, metadata: { labels: { [typeLabel]: 'true' } } }),
      old: createShoot({ config: broken, metadata: { labels: { [typeLabel]: 'false' } } }),
      found: [`error ${brokenFinding}`],
    },
    'turns an error of a stored Shoot with the label into a warning': {
      now: createShoot({ config: broken, metadata: { labels: { [typeLabel]: 'true', a: 'b' } } }),
      old: createShoot({ config: broken, metadata: { labels: { [typeLabel]: 'true' } } }),
      found: [`warning ${brokenFinding}`],
    },
    'allows a Shoot in deletion': {
      now: createShoot({
        config: { ...broken, backend: 'x' },
        metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      }),
      old: createShoot({ config: broken }),
      found: [],
    },
    'allows a Shoot without workers': {
      now: createShoot({ config: broken, spec: { provider: { type: 'metal' } } }),
      found: [],
    },
    'allows a Shoot with an empty list of workers': {
      now: createShoot({ config: broken, spec: { provider: { type: 'metal', workers: [] } } }),
      found: [],
    },
    'checks a Shoot without provider': {
      now: createShoot({ config: broken, spec: { provider: undefined } }),
      found: [`error ${brokenFinding}`],
    },
    'allows a type of another extension with a warning': {
      now: createShoot({ type: 'flannel', config: { what: 'ever' } }),
      found: ['warning spec.networking.type'],
    },
    'rejects a Shoot without a type': { now: createShoot({ type: '' }), found: ['error spec.networking.type'] },
    'allows missing ranges, which Gardener sets later': {
      now: createShoot({ networking: { pods: undefined, services: null, nodes: undefined } }),
      found: [],
    },
    'rejects an empty range, which Gardener does not set': {
      now: createShoot({ networking: { pods: '' } }),
      found: ['error spec.networking.pods'],
    },
    'allows a dual-stack Shoot without a known second range': {
      now: createShoot({ networking: { ipFamilies: ['IPv4', 'IPv6'] } }),
      found: [],
    },
    'allows a missing version, which Gardener sets': { now: createShoot({ spec: { kubernetes: {} } }), found: [] },
    'rejects an invalid version': {
      now: createShoot({ spec: { kubernetes: { version: 'latest' } } }),
      found: ['error spec.kubernetes.version'],
    },
    'reports an invalid range once': {
      now: createShoot({ type: 'cilium', networking: { pods: '10.0.0.0' } }),
      found: ['error spec.networking.pods'],
    },
    'ignores invalid names, which Gardener validates': {
      now: createShoot({ metadata: { name: '', namespace: `garden-${'x'.repeat(60)}` } }),
      found: [],
    },
    'reports an invalid range of the status once': {
      now: createShoot({ status: { networking: { nodes: ['x'] } }, metadata: { labels: { a: 'b' } } }),
      old: createShoot({ status: { networking: { nodes: ['x'] } } }),
      found: ['warning status.networking.nodes[0]'],
    },
    'cilium: allows a Shoot without addresses of the API server': { now: createShoot({ type: 'cilium' }), found: [] },
    'cilium 8: rejects an unknown encryption mode in a new configuration': {
      now: createShoot({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' } } }),
      found: ['error spec.networking.providerConfig.encryption.mode'],
    },
    'cilium 8: warns about an unknown encryption mode in the stored Shoot': {
      now: createShoot({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' }, debug: true } }),
      old: createShoot({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' } } }),
      found: ['warning spec.networking.providerConfig.encryption.mode'],
    },
    'cilium 14: rejects an egress gateway without masquerading in eBPF': {
      now: createShoot({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      found: ['error spec.networking.providerConfig.egressGateway.enabled'],
    },
    'cilium 14: warns once about such an egress gateway in the stored Shoot': {
      now: createShoot({
        type: 'cilium',
        config: { overlay: on, egressGateway: on, enableBPFMasquerade: false, debug: true },
      }),
      old: createShoot({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      found: ['warning spec.networking.providerConfig.egressGateway.enabled'],
    },
    'cilium 14: rejects an option that conflicts with a stored egress gateway': {
      now: createShoot({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      old: createShoot({ type: 'cilium', config: { overlay: on, egressGateway: on } }),
      found: ['error spec.networking.providerConfig.egressGateway.enabled'],
    },
    'calico: rejects a data path without routes before the ranges are known': {
      now: createShoot({ config: { backend: 'vxlan' }, networking: { pods: undefined, services: undefined } }),
      found: ['error spec.networking.providerConfig.backend'],
    },
    'calico: rejects another IPAM in an update that omits the ranges': {
      now: createShoot({
        config: { ipam: { type: 'calico-ipam' } },
        networking: { pods: undefined, services: undefined },
      }),
      old: createShoot(),
      found: ['error spec.networking.providerConfig.ipam.type'],
    },
    'warns about a range of the nodes without the stored one': {
      now: createShoot({ networking: { nodes: '10.251.0.0/16' } }),
      old: createShoot(),
      found: ['warning spec.networking.nodes'],
    },
    'warns about a smaller range of the nodes': {
      now: createShoot({ networking: { nodes: '10.250.0.0/17' } }),
      old: createShoot(),
      found: ['warning spec.networking.nodes'],
    },
    'allows a larger range of the nodes': {
      now: createShoot({ networking: { nodes: '10.250.0.0/15' } }),
      old: createShoot(),
      found: [],
    },
    'allows the first range of the nodes': {
      now: createShoot(),
      old: createShoot({ networking: { nodes: undefined } }),
      found: [],
    },
    'cilium: does not warn that the range of the nodes is unknown before the infrastructure exists': {
      now: createShoot({
        type: 'cilium',
        kubeProxy: { enabled: true },
        config: { snatOutOfCluster: on },
        networking: { nodes: undefined },
      }),
      found: [],
    },
    'cilium: warns that the range of the nodes is unknown in a running Shoot': {
      now: createShoot({
        type: 'cilium',
        kubeProxy: { enabled: true },
        config: { snatOutOfCluster: on },
        networking: { nodes: undefined },
        status: { technicalID: 'shoot--dev--web' },
      }),
      found: ['warning spec.networking.providerConfig.snatOutOfCluster.enabled'],
    },
    'cilium: rejects an option without its requirements': {
      now: createShoot({ type: 'cilium', config: { loadBalancingMode: 'dsr' } }),
      found: ['error spec.networking.providerConfig.loadBalancingMode'],
    },
  },
  ({ now, old, found }) => {
    const { allowed, diagnostics } = admitShoot({ plugins, shoot: now, old });
    assert.deepEqual(
      diagnostics.map(({ severity, path }) => `${severity} ${path}`),
      found,
      diagnostics.map(describe).join('\n'),
    );
    assert.equal(allowed, !found.some((one) => one.startsWith('error')));
    assert.ok(diagnostics.every(({ object }) => object.startsWith('Shoot ')));
  },
);

test('alwaysWarn returns warnings even if the spec does not change', () => {
  const shoot = createShoot({ config: { backend: 'bird', overlay: off } });
  const codesFor = (alwaysWarn: boolean) =>
    admitShoot({ plugins, shoot, old: structuredClone(shoot), alwaysWarn }).diagnostics.map(({ code }) => code);
  assert.deepEqual([codesFor(false), codesFor(true)], [[], ['calico-overlay-overrules']]);
});

test('messages contain fields of the Shoot', () => {
  const { diagnostics } = admitShoot({ plugins, shoot: createShoot({ networking: { services: '10.96.0.0/16' } }) });
  assert.deepEqual(diagnostics.map(describe), [
    'spec.networking.services: Invalid value: "10.96.0.0/16": must not overlap with spec.networking.pods (10.96.0.0/11)',
  ]);
});

test('messages are equal to those of the controller', () => {
  const config = { ...broken, backend: 'x', ipam: { cidr: 'y' } };
  const { diagnostics } = admitShoot({ plugins, shoot: createShoot({ config }) });
  const network = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'web', namespace: 'shoot--dev--web' },
    spec: { type: 'calico', providerConfig: config, podCIDR: '10.96.0.0/11', serviceCIDR: '10.64.0.0/13' },
  };
  const cluster = { spec: { shoot: createShoot({ config }) } };
  const planned = calico.check(calico.decode({ network, cluster, featureGates: {} }));
  assert.deepEqual(
    diagnostics.map(({ code, message, remedy }) => ({ code, message, remedy })),
    planned.map(({ code, message, remedy }) => ({ code, message, remedy })),
  );
});

cases<{ readonly shoot: KubeObject; readonly kubernetes: unknown }>(
  {
    'disables kube-proxy that Gardener enabled by default': {
      shoot: createShoot({ type: 'cilium', kubeProxy: { enabled: true, mode: 'IPVS', featureGates: { A: true } } }),
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: false, mode: 'IPVS', featureGates: { A: true } } },
    },
    'disables kube-proxy without a kubeProxy section': {
      shoot: createShoot({ type: 'cilium', spec: { kubernetes: { version: '1.34.3' } } }),
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: false } },
    },
    'disables kube-proxy without a kubernetes section': {
      shoot: createShoot({ type: 'cilium', spec: { kubernetes: undefined } }),
      kubernetes: { kubeProxy: { enabled: false } },
    },
    'changes nothing for calico': {
      shoot: createShoot({ spec: { kubernetes: { version: '1.34.3' } } }),
      kubernetes: { version: '1.34.3' },
    },
    'changes nothing without workers, where kubeProxy is forbidden': {
      shoot: createShoot({ type: 'cilium', spec: { kubernetes: {}, provider: { type: 'metal' } } }),
      kubernetes: {},
    },
  },
  ({ shoot, kubernetes }) => {
    const { spec, ...rest } = completeShoot(plugins, shoot);
    assert.deepEqual((spec as { readonly kubernetes: unknown }).kubernetes, kubernetes);
    assert.deepEqual(
      { ...rest, spec: { ...(spec as object), kubernetes: undefined } },
      { ...shoot, spec: { ...(shoot['spec'] as object), kubernetes: undefined } },
    );
  },
);

test('returns the same object for a complete Shoot', () => {
  const shoot = createShoot({ type: 'cilium', kubeProxy: { enabled: false } });
  assert.equal(completeShoot(plugins, shoot), shoot);
});

test('never rejects an unchanged Shoot, and never throws for a JSON value', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const networking = fc.record({
    type: fc.constantFrom('calico', 'cilium'),
    providerConfig: json,
    pods: json,
    ipFamilies: json,
    nodes: json,
  });
  fc.assert(
    fc.property(networking, fc.option(json), (given, kubernetes) => {
      const shoot = createShoot({ networking: given, ...(kubernetes === null ? {} : { spec: { kubernetes } }) });
      const copy = structuredClone(shoot);
      assert.ok(admitShoot({ plugins, shoot, old: copy }).allowed);
      assert.deepEqual(shoot, copy);
      const created = admitShoot({ plugins, shoot: completeShoot(plugins, shoot) });
      assert.equal(created.allowed, errorsOf(created.diagnostics).length === 0);
    }),
  );
});
