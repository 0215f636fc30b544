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

/** Overlay is to go away from a shoot that runs with it, and everything that the feature gate asks for is there. */
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
const waits = `${path}: waiting for routes of 2 node(s): b, c`;
const unread = `${path}: the current state of the overlay cannot be read: the Secret is missing`;
const missing = unknown('the Secret is missing');
const policies = { featureGates: { MutatingAdmissionPolicy: true } };
const served = (version: string): object => ({ runtimeConfig: { [`admissionregistration.k8s.io/${version}`]: true } });
const old = (kubeAPIServer: object): Given => ({ kubernetes: { version: '1.34.2', kubeAPIServer } });

const table: Readonly<Record<string, readonly [given: Given, asks: boolean, problem: string | undefined]>> = {
  'a switch waits for the routes': [{}, true, waits],
  'the feature gate is off': [{ enabled: false }, false, undefined],
  'overlay stays on': [{ config: { overlay: { enabled: true } } }, false, undefined],
  'overlay is not given': [{ config: {} }, false, undefined],
  'overlay is null': [{ config: { overlay: null } }, false, undefined],
  'overlay without enabled means off': [{ config: { overlay: {} } }, true, waits],
  'overlay off with routes of pods is a switch, too': [
    { config: { overlay: { enabled: false, createPodRoutes: true } } },
    true,
    waits,
  ],

  'present: VXLAN': [{ currentObjects: known(calicoNode({ FELIX_VXLANENABLED: 'true' })) }, true, waits],
  'present: overlay is off already': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'false' })) },
    false,
    undefined,
  ],
  'present: neither variable': [{ currentObjects: known(calicoNode({})) }, false, undefined],
  'present: nothing yet, the first reconciliation': [{ currentObjects: known() }, false, undefined],
  'present: nothing yet in this seed, and the state that came from another one has the overlay': [
    { currentObjects: known(), state: { overlay: true } },
    true,
    waits,
  ],
  'present: nothing yet in this seed, and the state says that the overlay is off': [
    { currentObjects: known(), state: { overlay: false } },
    false,
    undefined,
  ],
  'present: nothing yet in this seed, and the state tells nothing': [
    { currentObjects: known(), state: { ipam: 'x' } },
    false,
    undefined,
  ],
  'present: what is there counts more than the state': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'false' })), state: { overlay: true } },
    false,
    undefined,
  ],
  'present: another DaemonSet': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' }, 'multus')) },
    false,
    undefined,
  ],
  'present: another kind': [
    { currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' }, 'calico-node', 'Deployment')) },
    false,
    undefined,
  ],
  'present: odd objects beside it': [
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
  'present: not readable keeps the overlay (B11)': [{ currentObjects: missing }, false, unread],
  'present: not readable does not matter when overlay stays on': [
    { currentObjects: missing, config: { overlay: { enabled: true } } },
    false,
    undefined,
  ],
  'present: not readable does not matter without the feature gate': [
    { currentObjects: missing, enabled: false },
    false,
    undefined,
  ],
  'present: not readable, hibernated, which is no error (B11)': [
    { currentObjects: missing, hibernated: true },
    false,
    undefined,
  ],

  'hibernated: no nodes to ask, no error (B11)': [{ hibernated: true }, false, undefined],
  'hibernated: whatever was read of the nodes': [{ hibernated: true, nodes: unknown('no client') }, false, undefined],

  'nodes: not readable (B11)': [
    { nodes: unknown('connect ECONNREFUSED') },
    true,
    `${path}: the nodes of the shoot cannot be read: connect ECONNREFUSED`,
  ],
  'nodes: none': [{ nodes: known() }, true, undefined],
  'nodes: all with their route': [{ nodes: known(node('a', routed), node('b', routed)) }, true, undefined],
  'nodes: a second condition is enough': [{ nodes: known(node('a', [...calicoUp, ...routed])) }, true, undefined],
  'nodes: a route that is not there': [
    { nodes: known(node('a', [{ type: 'NetworkUnavailable', status: 'True', reason: 'RouteCreated' }])) },
    true,
    `${path}: waiting for routes of 1 node(s): a`,
  ],
  'nodes: the condition of another type': [
    { nodes: known(node('a', [{ type: 'Ready', status: 'False', reason: 'RouteCreated' }])) },
    true,
    `${path}: waiting for routes of 1 node(s): a`,
  ],
  'nodes: odd conditions': [
    { nodes: known(node('a', 'x'), node('b', [null, 1]), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'c' } }) },
    true,
    `${path}: waiting for routes of 3 node(s): a, b, c`,
  ],
  'nodes: many are counted': [
    { nodes: known(...['a', 'b', 'c', 'd', 'e'].map((name) => node(name, undefined))) },
    true,
    `${path}: waiting for routes of 5 node(s): a, b, c and 2 more`,
  ],
  'nodes: other objects do not count': [{ nodes: known({ ...node('a', undefined), kind: 'Pod' }) }, true, undefined],

  'Kubernetes 1.37': [{ kubernetes: { version: '1.37.1' } }, true, waits],
  'Kubernetes 2.0': [{ kubernetes: { version: 'v2.0.0' } }, true, waits],
  'Kubernetes 1.36 with build metadata': [{ kubernetes: { version: '1.36.1+k3s1' } }, true, waits],
  'Kubernetes 1.35': [{ kubernetes: { version: '1.35.9' } }, false, undefined],
  'a pre-release of 1.36': [{ kubernetes: { version: '1.36.0-rc.1' } }, false, undefined],
  'a pre-release of 1.37': [{ kubernetes: { version: '1.37.0-beta.0' } }, false, undefined],
  'a version with a suffix': [{ kubernetes: { version: '1.36.2-gke.100' } }, false, undefined],
  'a version that is none': [{ kubernetes: { version: 'latest' } }, false, undefined],
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
  'older, with texts in place of booleans': [
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

test('a plan that must wait has no objects, and asks for nodes only with the feature gate', () => {
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

test('nothing is asked for a configuration that is refused anyway, or without a Shoot', () => {
  const input = {
    ...demoInput({ config: { overlay: { enabled: false }, vethMTU: '' }, spec: { kubernetes: { version: '1.36.0' } } }),
    currentObjects: known(calicoNode({ FELIX_IPINIPENABLED: 'true' })),
    featureGates: { SeamlessOverlaySwitch: true },
  };
  assert.deepEqual(queries(input), []);
  assert.deepEqual(queries({ ...input, cluster: undefined }), []);
});

test('what we render with overlay is what the check takes for overlay', () => {
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
