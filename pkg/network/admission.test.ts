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

function shootOf(choice: Choice = {}): KubeObject {
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
  /** `severity path`, in order; an error means that it is refused. */
  readonly found: readonly string[];
}

const broken = { vethMTU: '9k' };
const brokenFinding = 'spec.networking.providerConfig.vethMTU';

cases<Row>(
  {
    'a good configuration': { now: shootOf({ config: { backend: 'bird' } }), found: [] },
    'errors of the configuration, all at once': {
      now: shootOf({ config: { ...broken, backend: 'x' } }),
      found: ['error spec.networking.providerConfig.backend', `error ${brokenFinding}`],
    },
    'a risky combination': {
      now: shootOf({ config: { backend: 'bird', overlay: off } }),
      found: ['warning spec.networking.providerConfig.backend'],
    },
    'what was stored is not refused again': {
      now: shootOf({ config: broken, spec: { purpose: 'production' } }),
      old: shootOf({ config: broken }),
      found: [`warning ${brokenFinding}`],
    },
    'it is said also when only labels change': {
      now: shootOf({ config: broken, metadata: { labels: { a: 'b' } } }),
      old: shootOf({ config: broken }),
      found: [`warning ${brokenFinding}`],
    },
    'another bad value is refused': {
      now: shootOf({ config: { vethMTU: '8k' } }),
      old: shootOf({ config: broken }),
      found: [`error ${brokenFinding}`],
    },
    'a new error beside a stored one is refused, the stored one is not': {
      now: shootOf({ config: { ...broken, backend: 'x' } }),
      old: shootOf({ config: broken }),
      found: ['error spec.networking.providerConfig.backend', `warning ${brokenFinding}`],
    },
    'one of two stored errors is repaired': {
      now: shootOf({ config: broken }),
      old: shootOf({ config: { ...broken, backend: 'x' } }),
      found: [`warning ${brokenFinding}`],
    },
    'an error by a change elsewhere in the Shoot': {
      now: shootOf({ config: {}, kubeProxy: { enabled: false } }),
      old: shootOf({ config: {} }),
      found: ['error spec.kubernetes.kubeProxy.enabled'],
    },
    'an error by a second family': {
      now: shootOf({ config: { ipam: { type: 'calico-ipam' } }, networking: { ipFamilies: ['IPv4', 'IPv6'] } }),
      old: shootOf({ config: { ipam: { type: 'calico-ipam' } } }),
      found: ['error spec.networking.providerConfig.ipam.type'],
    },
    'no advice for those who write labels': {
      now: shootOf({ config: { backend: 'bird', overlay: off }, metadata: { finalizers: [] } }),
      old: shootOf({ config: { backend: 'bird', overlay: off }, metadata: { finalizers: ['gardener'] } }),
      found: [],
    },
    'a Shoot in deletion': {
      now: shootOf({ config: { ...broken, backend: 'x' }, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      old: shootOf({ config: broken }),
      found: [],
    },
    'a Shoot without workers': {
      now: shootOf({ config: broken, spec: { provider: { type: 'metal' } } }),
      found: [],
    },
    'a Shoot with an empty list of workers': {
      now: shootOf({ config: broken, spec: { provider: { type: 'metal', workers: [] } } }),
      found: [],
    },
    'an excerpt without provider': {
      now: shootOf({ config: broken, spec: { provider: undefined } }),
      found: [`error ${brokenFinding}`],
    },
    'a type of somebody else': {
      now: shootOf({ type: 'flannel', config: { what: 'ever' } }),
      found: ['warning spec.networking.type'],
    },
    'no type': { now: shootOf({ type: '' }), found: ['error spec.networking.type'] },
    'ranges that Gardener fills in later': {
      now: shootOf({ networking: { pods: undefined, services: null, nodes: undefined } }),
      found: [],
    },
    'an empty range is none that Gardener fills in': {
      now: shootOf({ networking: { pods: '' } }),
      found: ['error spec.networking.pods'],
    },
    'a dual-stack Shoot whose second range is not known yet': {
      now: shootOf({ networking: { ipFamilies: ['IPv4', 'IPv6'] } }),
      found: [],
    },
    'a version that Gardener fills in': { now: shootOf({ spec: { kubernetes: {} } }), found: [] },
    'no version at all': {
      now: shootOf({ spec: { kubernetes: { version: 'latest' } } }),
      found: ['error spec.kubernetes.version'],
    },
    'a range is named once': {
      now: shootOf({ type: 'cilium', networking: { pods: '10.0.0.0' } }),
      found: ['error spec.networking.pods'],
    },
    'names are Gardener’s to check': {
      now: shootOf({ metadata: { name: '', namespace: `garden-${'x'.repeat(60)}` } }),
      found: [],
    },
    'what a status says is not the request’s mistake twice': {
      now: shootOf({ status: { networking: { nodes: ['x'] } }, metadata: { labels: { a: 'b' } } }),
      old: shootOf({ status: { networking: { nodes: ['x'] } } }),
      found: ['warning status.networking.nodes[0]'],
    },
    'cilium: the address of the API server comes later': { now: shootOf({ type: 'cilium' }), found: [] },
    'cilium 8: an unknown encryption in a new configuration': {
      now: shootOf({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' } } }),
      found: ['error spec.networking.providerConfig.encryption.mode'],
    },
    'cilium 8: a stored one': {
      now: shootOf({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' }, debug: true } }),
      old: shootOf({ type: 'cilium', config: { encryption: { enabled: true, mode: 'ipsec' } } }),
      found: ['warning spec.networking.providerConfig.encryption.mode'],
    },
    'cilium 14: an egress gateway without masquerading in eBPF': {
      now: shootOf({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      found: ['error spec.networking.providerConfig.egressGateway.enabled'],
    },
    'cilium 14: a stored one is warned about once': {
      now: shootOf({
        type: 'cilium',
        config: { overlay: on, egressGateway: on, enableBPFMasquerade: false, debug: true },
      }),
      old: shootOf({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      found: ['warning spec.networking.providerConfig.egressGateway.enabled'],
    },
    'cilium 14: what makes it impossible comes later': {
      now: shootOf({ type: 'cilium', config: { overlay: on, egressGateway: on, enableBPFMasquerade: false } }),
      old: shootOf({ type: 'cilium', config: { overlay: on, egressGateway: on } }),
      found: ['error spec.networking.providerConfig.egressGateway.enabled'],
    },
    'cilium: what an option needs': {
      now: shootOf({ type: 'cilium', config: { loadBalancingMode: 'dsr' } }),
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

test('who asks is warned also where the spec does not change', () => {
  const shoot = shootOf({ config: { backend: 'bird', overlay: off } });
  const codesFor = (alwaysWarn: boolean) =>
    admitShoot({ plugins, shoot, old: structuredClone(shoot), alwaysWarn }).diagnostics.map(({ code }) => code);
  assert.deepEqual([codesFor(false), codesFor(true)], [[], ['calico-overlay-overrules']]);
});

test('messages name fields of the Shoot', () => {
  const { diagnostics } = admitShoot({ plugins, shoot: shootOf({ networking: { services: '10.96.0.0/16' } }) });
  assert.deepEqual(diagnostics.map(describe), [
    'spec.networking.services: Invalid value: "10.96.0.0/16": must not overlap with spec.networking.pods (10.96.0.0/11)',
  ]);
});

test('messages are those of the controller', () => {
  const config = { ...broken, backend: 'x', ipam: { cidr: 'y' } };
  const { diagnostics } = admitShoot({ plugins, shoot: shootOf({ config }) });
  const network = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'web', namespace: 'shoot--dev--web' },
    spec: { type: 'calico', providerConfig: config, podCIDR: '10.96.0.0/11', serviceCIDR: '10.64.0.0/13' },
  };
  const cluster = { spec: { shoot: shootOf({ config }) } };
  const planned = calico.check(calico.decode({ network, cluster, featureGates: {} }));
  assert.deepEqual(
    diagnostics.map(({ code, message, remedy }) => ({ code, message, remedy })),
    planned.map(({ code, message, remedy }) => ({ code, message, remedy })),
  );
});

cases<{ readonly shoot: KubeObject; readonly kubernetes: unknown }>(
  {
    'kube-proxy is on, as Gardener defaults it': {
      shoot: shootOf({ type: 'cilium', kubeProxy: { enabled: true, mode: 'IPVS', featureGates: { A: true } } }),
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: false, mode: 'IPVS', featureGates: { A: true } } },
    },
    'nothing is said of kube-proxy': {
      shoot: shootOf({ type: 'cilium', spec: { kubernetes: { version: '1.34.3' } } }),
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: false } },
    },
    'nothing is said of Kubernetes': {
      shoot: shootOf({ type: 'cilium', spec: { kubernetes: undefined } }),
      kubernetes: { kubeProxy: { enabled: false } },
    },
    'calico needs nothing': {
      shoot: shootOf({ spec: { kubernetes: { version: '1.34.3' } } }),
      kubernetes: { version: '1.34.3' },
    },
    'without workers kubeProxy is forbidden': {
      shoot: shootOf({ type: 'cilium', spec: { kubernetes: {}, provider: { type: 'metal' } } }),
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

test('a complete Shoot stays the object that it is', () => {
  const shoot = shootOf({ type: 'cilium', kubeProxy: { enabled: false } });
  assert.equal(completeShoot(plugins, shoot), shoot);
});

test('an unchanged Shoot is never refused, and nothing that JSON can hold makes it throw', () => {
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
      const shoot = shootOf({ networking: given, ...(kubernetes === null ? {} : { spec: { kubernetes } }) });
      const copy = structuredClone(shoot);
      assert.ok(admitShoot({ plugins, shoot, old: copy }).allowed);
      assert.deepEqual(shoot, copy);
      const created = admitShoot({ plugins, shoot: completeShoot(plugins, shoot) });
      assert.equal(created.allowed, errorsOf(created.diagnostics).length === 0);
    }),
  );
});
