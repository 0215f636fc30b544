import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { hasShoot } from '../../network/decode-network.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import type { Lookup, PlanInput, ShootQuery } from '../../network/plugin.ts';
import type { NetworkConfig } from '../api/config.ts';
import { calico } from '../plan.ts';
import { demoInput } from '../testdata/demo.ts';
import { type SwitchInput, switchProblems, switchQueries } from './overlay-switch.ts';

interface Given {
  readonly enabled?: boolean;
  readonly config?: NetworkConfig;
  readonly kubernetes?: object;
  readonly hibernated?: boolean;
  readonly currentObjects?: Lookup<readonly KubeObject[]>;
  readonly nodes?: Lookup<readonly KubeObject[]>;
  /** `status.state` of the Network. */
  readonly state?: unknown;
}

/** Returns the input for disabling the overlay of a running shoot that meets all requirements of the feature gate. */
function switchInput(given: Given): SwitchInput & { readonly nodes: Lookup<readonly KubeObject[]> } {
  const hibernation = given.hibernated === true ? { hibernation: { enabled: true } } : {};
  const { network, cluster } = demoInput({
    config: given.config ?? { overlay: { enabled: false } },
    spec: { kubernetes: given.kubernetes ?? { version: '1.36.0' }, ...hibernation },
    status: given.hibernated === true ? { hibernated: true } : {},
  });
  const decoded = calico.decode({
    network: { ...network, ...(given.state === undefined ? {} : { status: { state: given.state } }) },
    cluster,
    featureGates: { SeamlessOverlaySwitch: given.enabled ?? true },
  });
  assert.ok(hasShoot(decoded));
  return {
    decoded,
    currentObjects: given.currentObjects ?? known(calicoNode({ FELIX_IPINIPENABLED: 'true' })),
    nodes: given.nodes ?? known(node('a', routed), node('b', undefined), node('c', calicoUp)),
  };
}

function known(...value: readonly KubeObject[]): Lookup<readonly KubeObject[]> {
  return { available: true, value };
}

const unknown = (reason: string): Lookup<readonly KubeObject[]> => ({ available: false, reason });

function calicoNode(env: Readonly<Record<string, string>>, name = 'calico-node', kind = 'DaemonSet'): KubeObject {
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const containers = [
    { name: 'first' },
    { name: 'calico-node', env: [{ name: 'OTHER', valueFrom: {} }, ...variables] },
  ];
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'kube-system' },
    spec: { template: { spec: { containers } } },
  };
}

function node(name: string, conditions: unknown): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { conditions } };
}

const routed = [
  { type: 'Ready', status: 'True' },
  { type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated' },
];
const calicoUp = [{ type: 'NetworkUnavailable', status: 'False', reason: 'CalicoIsUp' }];

const path = 'spec.providerConfig.overlay.enabled';
const waits = `${path}: waiting for routes to be created on all nodes before disabling overlay: 2 node(s) without a route: b, c`;
const unread = `${path}: the current state of the overlay cannot be read: the Secret is missing`;
const missing = unknown('the Secret is missing');
const policies = { featureGates: { MutatingAdmissionPolicy: true } };
const served = (version: string): object => ({ runtimeConfig: { [`admissionregistration.k8s.io/${version}`]: true } });
const old = (kubeAPIServer: object): Given => ({ kubernetes: { version: '1.34.2', kubeAPIServer } });

const table: Readonly<Record<string, readonly [given: Given, asks: boolean, problem: string | undefined]>> = {
  'waits for routes': [{}, true, waits],
  'does nothing with a disabled feature gate': [{ enabled: false }, false, undefined],
  'does nothing if the overlay remains enabled': [{ config: { overlay: { enabled: true } } }, false, undefined],
  'does nothing without overlay': [{ config: {} }, false, undefined],
  'does nothing if overlay is null': [{ config: { overlay: null } }, false, undefined],
  'waits if overlay is an empty group, which means disabled': [{ config: { overlay: {} } }, true, waits],
  'waits if the overlay is disabled with createPodRoutes': [
    { config: { overlay: { enabled: false, createPodRoutes: true } } },
    true,
    waits,
  ],

  'current objects: waits with VXLAN': [
    { currentObjects: known(calicoNode({ FELIX_VXLANENABLED: 'true' })) },
    true,
    waits,
  ],
  'current objects: does nothing if the overlay is disabled already': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'false' })) },
    false,
    undefined,
  ],
  'current objects: does nothing without the variables': [{ currentObjects: known(calicoNode({})) }, false, undefined],
  'current objects: does nothing in the first reconciliation': [{ currentObjects: known() }, false, undefined],
  'current objects: waits if there are none, and the state of another seed has the overlay': [
    { currentObjects: known(), state: { overlay: true } },
    true,
    waits,
  ],
  'current objects: does nothing if there are none, and the state of another seed has no overlay': [
    { currentObjects: known(), state: { overlay: false } },
    false,
    undefined,
  ],
  'current objects: does nothing if there are none, and the state has no overlay member': [
    { currentObjects: known(), state: { ipam: 'x' } },
    false,
    undefined,
  ],
  'current objects: override the state': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'false' })), state: { overlay: true } },
    false,
    undefined,
  ],
  'current objects: another DaemonSet is ignored': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' }, 'multus')) },
    false,
    undefined,
  ],
  'current objects: another kind is ignored': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' }, 'calico-node', 'Deployment')) },
    false,
    undefined,
  ],
  'current objects: invalid objects are ignored': [
    {
      currentObjects: known(
        { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'calico-node' } },
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'calico-node' },
          spec: { template: { spec: [] } },
        },
        calicoNode({ FELIX_VXLANENABLED: 'true' }),
      ),
    },
    true,
    waits,
  ],
  'current objects: not readable, the overlay remains (B11)': [{ currentObjects: missing }, false, unread],
  'current objects: not required if the overlay remains enabled': [
    { currentObjects: missing, config: { overlay: { enabled: true } } },
    false,
    undefined,
  ],
  'current objects: not required without the feature gate': [
    { currentObjects: missing, enabled: false },
    false,
    undefined,
  ],
  'current objects: not readable in hibernation is no error (B11)': [
    { currentObjects: missing, hibernated: true },
    false,
    undefined,
  ],

  'hibernated: reads no nodes, no error (B11)': [{ hibernated: true }, false, undefined],
  'hibernated: unreadable nodes are no error': [{ hibernated: true, nodes: unknown('no client') }, false, undefined],

  'nodes: not readable, the overlay remains (B11)': [
    { nodes: unknown('connect ECONNREFUSED') },
    true,
    `${path}: the nodes of the shoot cannot be read: connect ECONNREFUSED`,
  ],
  'nodes: does not wait without nodes': [{ nodes: known() }, true, undefined],
  'nodes: does not wait if all have a route': [{ nodes: known(node('a', routed), node('b', routed)) }, true, undefined],
  'nodes: one of two conditions suffices': [{ nodes: known(node('a', [...calicoUp, ...routed])) }, true, undefined],
  'nodes: waits for a missing route': [
    { nodes: known(node('a', [{ type: 'NetworkUnavailable', status: 'True', reason: 'RouteCreated' }])) },
    true,
    `${path}: waiting for routes to be created on all nodes before disabling overlay: 1 node(s) without a route: a`,
  ],
  'nodes: ignores conditions of another type': [
    { nodes: known(node('a', [{ type: 'Ready', status: 'False', reason: 'RouteCreated' }])) },
    true,
    `${path}: waiting for routes to be created on all nodes before disabling overlay: 1 node(s) without a route: a`,
  ],
  'nodes: ignores invalid conditions': [
    { nodes: known(node('a', 'x'), node('b', [null, 1]), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'c' } }) },
    true,
    `${path}: waiting for routes to be created on all nodes before disabling overlay: 3 node(s) without a route: a, b, c`,
  ],
  'nodes: truncates a long list in the message': [
    { nodes: known(...['a', 'b', 'c', 'd', 'e'].map((name) => node(name, undefined))) },
    true,
    `${path}: waiting for routes to be created on all nodes before disabling overlay: 5 node(s) without a route: a, b, c and 2 more`,
  ],
  'nodes: ignores objects of another kind': [
    { nodes: known({ ...node('a', undefined), kind: 'Pod' }) },
    true,
    undefined,
  ],

  'Kubernetes 1.37': [{ kubernetes: { version: '1.37.1' } }, true, waits],
  'Kubernetes 2.0': [{ kubernetes: { version: 'v2.0.0' } }, true, waits],
  'Kubernetes 1.36 with build metadata': [{ kubernetes: { version: '1.36.1+k3s1' } }, true, waits],
  'Kubernetes 1.35': [{ kubernetes: { version: '1.35.9' } }, false, undefined],
  'a pre-release of 1.36': [{ kubernetes: { version: '1.36.0-rc.1' } }, false, undefined],
  'a pre-release of 1.37': [{ kubernetes: { version: '1.37.0-beta.0' } }, false, undefined],
  'a version with a suffix': [{ kubernetes: { version: '1.36.2-gke.100' } }, false, undefined],
  'an invalid version': [{ kubernetes: { version: 'latest' } }, false, undefined],
  'older, with the feature gate and its beta API': [old({ ...policies, ...served('v1beta1') }), true, waits],
  'older, with the feature gate and its alpha API': [old({ ...policies, ...served('v1alpha1') }), true, waits],
  'older, with the feature gate alone': [old(policies), false, undefined],
  'older, with the API alone': [old(served('v1beta1')), false, undefined],
  'older, with another API': [old({ ...policies, ...served('v1') }), false, undefined],
  'older, with the feature gate off': [
    old({ featureGates: { MutatingAdmissionPolicy: false }, ...served('v1beta1') }),
    false,
    undefined,
  ],
  'older, with the API off': [
    old({ ...policies, runtimeConfig: { 'admissionregistration.k8s.io/v1beta1': false } }),
    false,
    undefined,
  ],
  'older, with strings instead of booleans': [
    old({ featureGates: { MutatingAdmissionPolicy: 'true' }, ...served('v1beta1') }),
    false,
    undefined,
  ],
  'a pre-release of 1.36, with feature gate and API': [
    { kubernetes: { version: '1.36.0-rc.1', kubeAPIServer: { ...policies, ...served('v1beta1') } } },
    true,
    waits,
  ],
};

cases(table, ([given, asks, problem]) => {
  const input = switchInput(given);
  assert.deepEqual(switchQueries(input), asks ? [{ apiVersion: 'v1', kind: 'Node' }] : []);
  assert.deepEqual(switchProblems(input).map(describe), problem === undefined ? [] : [problem]);
});

function queries(input: PlanInput): readonly ShootQuery[] {
  return calico.queries(calico.decode(input), input).shoot;
}

test('a waiting plan has no objects, and reads nodes only with the feature gate', () => {
  const input = {
    ...demoInput({ config: { overlay: { enabled: false } }, spec: { kubernetes: { version: '1.36.0' } } }),
    currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' })),
    shoot: known(node('a', undefined)),
  };
  const gated = { ...input, featureGates: { SeamlessOverlaySwitch: true } };
  assert.deepEqual(queries(gated), [{ apiVersion: 'v1', kind: 'Node' }]);
  const result = planNetwork(calico, gated, planTools());
  assert.equal(result.outcome, 'waiting');
  assert.ok(!('plan' in result));
  assert.deepEqual(queries(input), []);
  assert.equal(planNetwork(calico, input, planTools()).outcome, 'planned');
});

test('queries nothing for an invalid configuration or without a Shoot', () => {
  const input = {
    ...demoInput({ config: { overlay: { enabled: false }, vethMTU: '' }, spec: { kubernetes: { version: '1.36.0' } } }),
    currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' })),
    featureGates: { SeamlessOverlaySwitch: true },
  };
  assert.deepEqual(queries(input), []);
  assert.deepEqual(queries({ ...input, cluster: undefined }), []);
});

test('detects the overlay in rendered objects', () => {
  const tools = planTools();
  for (const [config, running] of [
    [{ overlay: { enabled: true } }, true],
    [{ overlay: { enabled: true }, vxlan: { enabled: true } }, true],
    [{}, true],
    [{ overlay: { enabled: false } }, false],
    [{ overlay: { enabled: false, createPodRoutes: true } }, false],
  ] as const) {
    const result = planNetwork(calico, demoInput({ config }), tools);
    assert.ok(result.outcome === 'planned');
    const present = result.plan.managedResource.parts.flatMap(({ objects }) => objects.map(({ object }) => object));
    const input = switchInput({ currentObjects: { available: true, value: present } });
    assert.equal(switchQueries(input).length, running ? 1 : 0, JSON.stringify(config));
  }
});
