/** What is learned from the shoot is kept when the shoot cannot be asked (verdicts 2 and 3, docs/design/life-cycle.md#facts-learned-from-the-shoot). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import type { Network } from '../../gardener/network.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { describe } from '../../network/diagnostics.ts';
import { planNetwork } from '../../network/plan.ts';
import type { Lookup, NetworkPlan, PlanInput } from '../../network/plugin.ts';
import { cilium } from '../plan.ts';
import { configOf, type Demo, demoInput, demoShoot, objectsOf, runningConfig } from '../testdata/demo.ts';
import { determineIpam } from './ipam.ts';

const tools = planTools();
const unreachable = { available: false, reason: 'connection refused' } as const;
const none = { available: true, value: [] } as const;
const hibernated = { spec: { hibernation: { enabled: true } }, status: { hibernated: true } };

function running(ipam: string): Lookup<readonly KubeObject[]> {
  return { available: true, value: [runningConfig({ ipam, debug: 'false' })] };
}

interface Memory {
  readonly given: Demo;
  readonly mode: string | undefined;
  readonly ignored?: string;
}

function last(type: string, state: string): NonNullable<Network['status']> {
  return { lastOperation: { type, state, progress: 1, description: '', lastUpdateTime: '2026-01-10T10:00:00Z' } };
}

const succeeded = { observedGeneration: 3, ...last('Reconcile', 'Succeeded') };

/** What a Network has when a shoot may have got something from it, here or in another seed. */
const traces: Readonly<Record<string, Demo>> = {
  'reconciled before': { networkStatus: succeeded },
  'reconciled before, with an error now': { networkStatus: { observedGeneration: 3, ...last('Reconcile', 'Error') } },
  'waiting for the mode': { networkStatus: last('Reconcile', 'Processing') },
  'created before': { networkStatus: last('Create', 'Succeeded') },
  'being restored': { metadata: { annotations: { 'gardener.cloud/operation': 'restore' } } },
  'being restored, at work': { networkStatus: last('Restore', 'Processing') },
  'restored before': { networkStatus: last('Restore', 'Succeeded') },
  'migrated before': { networkStatus: last('Migrate', 'Succeeded') },
  'a status without an operation': { networkStatus: { observedGeneration: 1 } },
  'resources of another seed': { networkStatus: { resources: [] } },
  'a creation that failed after the Go extension had applied something': {
    networkStatus: { ...last('Create', 'Error'), providerStatus: { kind: 'NetworkStatus' } },
  },
  'a finalizer of ours, and no status': { metadata: { finalizers: ['extensions.gardener.cloud/network'] } },
};

/** Hibernated, with everything else that a shoot has. */
const asleep = {
  spec: { ...(demoShoot()['spec'] as object), ...hibernated.spec },
  status: { ...(demoShoot()['status'] as object), ...hibernated.status },
};

const memories: Readonly<Record<string, Memory>> = {
  'a new shoot': { given: { shoot: none, currentObjects: none }, mode: 'kubernetes' },
  'a new shoot without an API server': { given: { shoot: unreachable, currentObjects: none }, mode: 'kubernetes' },
  'what runs': {
    given: { shoot: running('cluster-pool'), currentObjects: running('kubernetes') },
    mode: 'cluster-pool',
  },
  'unreachable: what is stored': {
    given: { shoot: unreachable, currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'hibernated: what is stored, though objects of the shoot are given': {
    given: { ...hibernated, shoot: running('kubernetes'), currentObjects: running('multi-pool') },
    mode: 'multi-pool',
  },
  'the ConfigMap is gone in the shoot: what is stored': {
    given: { shoot: none, currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'in another seed: what came with the shoot': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: { state: { ipam: 'cluster-pool' } } },
    mode: 'cluster-pool',
  },
  'what is stored is newer than what came with the shoot': {
    given: {
      shoot: unreachable,
      currentObjects: running('kubernetes'),
      networkStatus: { state: { ipam: 'cluster-pool' } },
    },
    mode: 'kubernetes',
  },
  'nobody knows': { given: { shoot: unreachable, currentObjects: unreachable }, mode: undefined },
  'no mode that Cilium knows': {
    given: { shoot: running('kubernetes\n  evil: "1"'), currentObjects: none },
    mode: 'kubernetes',
    ignored: 'kubernetes\n  evil: "1"',
  },
  'no mode that Cilium knows, but a stored one': {
    given: { shoot: running('x'), currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
    ignored: 'x',
  },
  'a state that is none comes with a shoot that ran': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: { state: { ipam: 1 } } },
    mode: undefined,
  },
  'a mode that agents cannot start with': {
    given: { shoot: running('eni'), currentObjects: running('multi-pool') },
    mode: 'multi-pool',
    ignored: 'eni',
  },
  'a mode that agents cannot start with is no memory either': {
    given: { shoot: unreachable, currentObjects: running('delegated-plugin'), networkStatus: succeeded },
    mode: undefined,
  },
  'a creation that failed, with a status of it': {
    given: {
      shoot: unreachable,
      currentObjects: none,
      networkStatus: { observedGeneration: 1, ...last('Create', 'Error'), lastError: { description: 'x' } },
    },
    mode: 'kubernetes',
  },
  'a creation that goes on': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: last('Create', 'Processing') },
    mode: 'kubernetes',
  },
  'a new shoot that is hibernated': {
    given: { ...hibernated, shoot: unreachable, currentObjects: none },
    mode: 'kubernetes',
  },
  ...Object.fromEntries(
    Object.entries(traces).flatMap(([name, trace]) => [
      [`${name}, unreachable`, { given: { ...trace, shoot: unreachable, currentObjects: none }, mode: undefined }],
      [
        `${name}, hibernated`,
        { given: { ...hibernated, ...trace, shoot: unreachable, currentObjects: none }, mode: undefined },
      ],
      [
        `${name}, what is stored`,
        { given: { ...trace, shoot: unreachable, currentObjects: running('crd') }, mode: 'crd' },
      ],
      [
        `${name}, what runs`,
        { given: { ...trace, shoot: running('cluster-pool'), currentObjects: none }, mode: 'cluster-pool' },
      ],
      [`${name}, nothing runs`, { given: { ...trace, shoot: none, currentObjects: none }, mode: 'kubernetes' }],
    ]),
  ),
  'what is kept of a hibernated shoot, before nothing': {
    given: { ...hibernated, shoot: running('cluster-pool'), currentObjects: none, networkStatus: succeeded },
    mode: 'cluster-pool',
  },
  'what is kept of a hibernated shoot that is new is not looked at': {
    given: { ...hibernated, shoot: running('cluster-pool'), currentObjects: none },
    mode: 'kubernetes',
  },
  'what is kept of a hibernated shoot says nothing': {
    given: { ...hibernated, shoot: none, currentObjects: none, networkStatus: succeeded },
    mode: undefined,
  },
  'a ConfigMap of that name elsewhere': {
    given: {
      shoot: {
        available: true,
        value: [{ ...runningConfig({ ipam: 'eni' }), metadata: { name: 'cilium-config', namespace: 'default' } }],
      },
      currentObjects: none,
    },
    mode: 'kubernetes',
  },
};

cases(memories, ({ given, mode, ignored }) => {
  const context = demoInput(given);
  const decoded = { network: context.network, shoot: shootFacts(demoShoot(given)) };
  assert.deepEqual(determineIpam({ decoded, context }), { mode, ignored });
});

function planned(given: Demo): NetworkPlan {
  const result = planNetwork(cilium, demoInput(given), tools);
  assert.ok(result.outcome === 'planned', JSON.stringify(result.diagnostics));
  return result.plan;
}

function texts(plan: NetworkPlan): readonly string[] {
  return plan.managedResource.parts.flatMap(({ objects }) => objects.map(({ json }) => json));
}

for (const ipam of ['kubernetes', 'cluster-pool']) {
  test(`a shoot with IPAM ${ipam} gets the same bytes whether it can be read or not, asleep, or moved to another seed`, () => {
    const first = planned({ shoot: running(ipam) });
    const present = { available: true, value: objectsOf(first) } as const;
    const later: Readonly<Record<string, Demo>> = {
      'the ConfigMaps have appeared': { shoot: { available: true, value: objectsOf(first) }, currentObjects: present },
      unreachable: { shoot: unreachable, currentObjects: present },
      moved: { shoot: unreachable, currentObjects: none, networkStatus: { state: first.status.state } },
    };
    for (const [name, given] of Object.entries(later)) {
      const plan = planned(given);
      assert.deepEqual(texts(plan), texts(first), name);
      assert.deepEqual(plan.status, first.status, name);
    }
    assert.deepEqual(
      texts(planned({ ...asleep, shoot: unreachable, currentObjects: present })),
      texts(first),
      'hibernated',
    );
    assert.equal(configOf(first)['ipam'], ipam);
  });
}

test('the checksum on the agents follows the configuration alone', () => {
  const checksum = (given: Demo): unknown => {
    const agent = objectsOf(planned(given)).find(
      ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'cilium',
    );
    const spec = agent?.['spec'] as { readonly template: { readonly metadata: unknown } } | undefined;
    return JSON.stringify(spec?.template.metadata);
  };
  assert.equal(checksum({ shoot: none }), checksum({ shoot: running('kubernetes') }));
  assert.notEqual(checksum({}), checksum({ config: { debug: true } }));
});

const nobodyKnows: Demo = { shoot: unreachable, currentObjects: { available: false, reason: 'Secret x is gone' } };

test('while nobody knows the mode nothing is rendered, and the reason is told', () => {
  const result = planNetwork(cilium, demoInput(nobodyKnows), tools);
  assert.equal(result.outcome, 'waiting');
  assert.deepEqual(result.diagnostics.map(describe), [
    'the IPAM mode that the shoot runs with cannot be read: connection refused; Secret x is gone',
  ]);
});

test('while nobody knows the mode of a hibernated shoot, its objects are left alone, and nothing is remembered', () => {
  for (const given of [
    nobodyKnows,
    ...Object.values(traces).map((trace) => ({ ...trace, shoot: unreachable, currentObjects: none })),
  ]) {
    const result = planNetwork(cilium, demoInput({ ...given, spec: asleep.spec, status: asleep.status }), tools);
    assert.ok(result.outcome === 'postponed');
    assert.deepEqual(
      result.diagnostics.map(({ code }) => code),
      ['cilium-ipam-hibernated'],
    );
    assert.ok(!('managedResource' in result.plan));
    assert.deepEqual(result.plan.status, {
      ipFamilies: ['IPv4'],
      providerStatus: { apiVersion: 'cilium.networking.extensions.gardener.cloud/v1alpha1', kind: 'NetworkStatus' },
    });
    assert.deepEqual(result.plan.seedObjects, planned({}).seedObjects);
  }
});

test('a hibernated shoot whose mode nobody knows is refused and waits for everything else as any other', () => {
  const { spec, status } = asleep;
  const refused = planNetwork(cilium, demoInput({ ...nobodyKnows, spec, status, config: { mtu: -1 } }), tools);
  assert.equal(refused.outcome, 'refused');
  const waiting = planNetwork(
    cilium,
    demoInput({ ...nobodyKnows, spec, status: { ...status, advertisedAddresses: [] } }),
    tools,
  );
  assert.equal(waiting.outcome, 'waiting');
});

test('offline a mode is assumed where the input is silent, with a warning, and not where half of it is missing', () => {
  for (const more of [{}, { spec: asleep.spec, status: asleep.status }]) {
    const silent: Demo = { ...more, offline: true, shoot: unreachable, currentObjects: none, networkStatus: succeeded };
    const result = planNetwork(cilium, demoInput(silent), tools);
    assert.ok(result.outcome === 'planned');
    assert.deepEqual(
      result.diagnostics.map(({ code }) => code),
      ['cilium-ipam-assumed'],
    );
    assert.equal(configOf(result.plan)['ipam'], 'kubernetes');
    assert.deepEqual(
      [result.plan.status.state, 'ipam' in Object(result.plan.status.providerStatus['applied'])],
      [undefined, false],
    );
    assert.equal(planNetwork(cilium, demoInput({ ...more, ...nobodyKnows, offline: true }), tools).outcome, 'waiting');
  }
});

test('a hibernated shoot is not asked', () => {
  const queries = (input: PlanInput): number => cilium.queries(cilium.decode(input), input).shoot.length;
  assert.deepEqual([queries(demoInput()), queries(demoInput(hibernated))], [1, 0]);
  assert.equal(queries({ ...demoInput(), cluster: {} }), 0);
});
