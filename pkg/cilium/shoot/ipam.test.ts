/** The IPAM mode of a running shoot is preserved if the shoot cannot be read (verdicts 2 and 3, docs/design/life-cycle.md#facts-learned-from-the-shoot). */
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
import { type Demo, demoInput, demoShoot, plannedConfig, plannedObjects, runningConfig } from '../testdata/demo.ts';
import { determineIpam } from './ipam.ts';

const tools = planTools();
const unreachable = { available: false, reason: 'connection refused' } as const;
const none = { available: true, value: [] } as const;
const hibernated = { spec: { hibernation: { enabled: true } }, status: { hibernated: true } };

function running(ipam: string): Lookup<readonly KubeObject[]> {
  return { available: true, value: [runningConfig({ ipam, debug: 'false' })] };
}

interface SourceCase {
  readonly given: Demo;
  readonly mode: string | undefined;
  readonly ignored?: string;
}

function last(type: string, state: string): NonNullable<Network['status']> {
  return { lastOperation: { type, state, progress: 1, description: '', lastUpdateTime: '2026-01-10T10:00:00Z' } };
}

const succeeded = { observedGeneration: 3, ...last('Reconcile', 'Succeeded') };

/** Networks whose configuration may have been applied to the shoot, in this or another seed. */
const traces: Readonly<Record<string, Demo>> = {
  'reconciled before': { networkStatus: succeeded },
  'reconciled before, with a current error': {
    networkStatus: { observedGeneration: 3, ...last('Reconcile', 'Error') },
  },
  'waiting for the mode': { networkStatus: last('Reconcile', 'Processing') },
  'created before': { networkStatus: last('Create', 'Succeeded') },
  'being restored': { metadata: { annotations: { 'gardener.cloud/operation': 'restore' } } },
  'being restored, in progress': { networkStatus: last('Restore', 'Processing') },
  'restored before': { networkStatus: last('Restore', 'Succeeded') },
  'migrated before': { networkStatus: last('Migrate', 'Succeeded') },
  'a status without an operation': { networkStatus: { observedGeneration: 1 } },
  'resources of another seed': { networkStatus: { resources: [] } },
  'failed creation after the Go extension applied a configuration': {
    networkStatus: { ...last('Create', 'Error'), providerStatus: { kind: 'NetworkStatus' } },
  },
  'finalizer without a status': { metadata: { finalizers: ['extensions.gardener.cloud/network'] } },
};

/** A hibernated shoot with all other fields. */
const hibernatedShoot = {
  spec: { ...(demoShoot()['spec'] as object), ...hibernated.spec },
  status: { ...(demoShoot()['status'] as object), ...hibernated.status },
};

const sources: Readonly<Record<string, SourceCase>> = {
  'kubernetes for a new shoot': { given: { shoot: none, currentObjects: none }, mode: 'kubernetes' },
  'kubernetes for a new shoot without an API server': {
    given: { shoot: unreachable, currentObjects: none },
    mode: 'kubernetes',
  },
  'mode of the running shoot': {
    given: { shoot: running('cluster-pool'), currentObjects: running('kubernetes') },
    mode: 'cluster-pool',
  },
  'unreachable: mode of the current ManagedResource': {
    given: { shoot: unreachable, currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'hibernated: mode of the current ManagedResource, despite given objects of the shoot': {
    given: { ...hibernated, shoot: running('kubernetes'), currentObjects: running('multi-pool') },
    mode: 'multi-pool',
  },
  'missing ConfigMap in the shoot: mode of the current ManagedResource': {
    given: { shoot: none, currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'in another seed: mode of status.state': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: { state: { ipam: 'cluster-pool' } } },
    mode: 'cluster-pool',
  },
  'the current ManagedResource overrides status.state': {
    given: {
      shoot: unreachable,
      currentObjects: running('kubernetes'),
      networkStatus: { state: { ipam: 'cluster-pool' } },
    },
    mode: 'kubernetes',
  },
  'unknown without any source': { given: { shoot: unreachable, currentObjects: unreachable }, mode: undefined },
  'ignores an unknown mode': {
    given: { shoot: running('kubernetes\n  evil: "1"'), currentObjects: none },
    mode: 'kubernetes',
    ignored: 'kubernetes\n  evil: "1"',
  },
  'ignores an unknown mode in favour of the current ManagedResource': {
    given: { shoot: running('x'), currentObjects: running('cluster-pool') },
    mode: 'cluster-pool',
    ignored: 'x',
  },
  'unknown with an invalid status.state': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: { state: { ipam: 1 } } },
    mode: undefined,
  },
  'ignores a mode with which agents cannot start': {
    given: { shoot: running('eni'), currentObjects: running('multi-pool') },
    mode: 'multi-pool',
    ignored: 'eni',
  },
  'ignores such a mode in the current ManagedResource': {
    given: { shoot: unreachable, currentObjects: running('delegated-plugin'), networkStatus: succeeded },
    mode: undefined,
  },
  'kubernetes after a failed creation': {
    given: {
      shoot: unreachable,
      currentObjects: none,
      networkStatus: { observedGeneration: 1, ...last('Create', 'Error'), lastError: { description: 'x' } },
    },
    mode: 'kubernetes',
  },
  'kubernetes during a creation': {
    given: { shoot: unreachable, currentObjects: none, networkStatus: last('Create', 'Processing') },
    mode: 'kubernetes',
  },
  'kubernetes for a new shoot that is hibernated': {
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
  'given objects of a hibernated shoot, if there is no other source': {
    given: { ...hibernated, shoot: running('cluster-pool'), currentObjects: none, networkStatus: succeeded },
    mode: 'cluster-pool',
  },
  'ignores given objects of a new hibernated shoot': {
    given: { ...hibernated, shoot: running('cluster-pool'), currentObjects: none },
    mode: 'kubernetes',
  },
  'unknown if given objects of a hibernated shoot have no mode': {
    given: { ...hibernated, shoot: none, currentObjects: none, networkStatus: succeeded },
    mode: undefined,
  },
  'ignores a ConfigMap in another namespace': {
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

cases(sources, ({ given, mode, ignored }) => {
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
  test(`objects of a shoot with IPAM ${ipam} are equal if it is readable, unreachable, hibernated or migrated`, () => {
    const first = planned({ shoot: running(ipam) });
    const present = { available: true, value: plannedObjects(first) } as const;
    const later: Readonly<Record<string, Demo>> = {
      'the ConfigMaps have appeared': {
        shoot: { available: true, value: plannedObjects(first) },
        currentObjects: present,
      },
      unreachable: { shoot: unreachable, currentObjects: present },
      moved: { shoot: unreachable, currentObjects: none, networkStatus: { state: first.status.state } },
    };
    for (const [name, given] of Object.entries(later)) {
      const plan = planned(given);
      assert.deepEqual(texts(plan), texts(first), name);
      assert.deepEqual(plan.status, first.status, name);
    }
    assert.deepEqual(
      texts(planned({ ...hibernatedShoot, shoot: unreachable, currentObjects: present })),
      texts(first),
      'hibernated',
    );
    assert.equal(plannedConfig(first)['ipam'], ipam);
  });
}

test('the checksum of the agents depends on the configuration only', () => {
  const checksum = (given: Demo): unknown => {
    const agent = plannedObjects(planned(given)).find(
      ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'cilium',
    );
    const spec = agent?.['spec'] as { readonly template: { readonly metadata: unknown } } | undefined;
    return JSON.stringify(spec?.template.metadata);
  };
  assert.equal(checksum({ shoot: none }), checksum({ shoot: running('kubernetes') }));
  assert.notEqual(checksum({}), checksum({ config: { debug: true } }));
});

const unknownMode: Demo = { shoot: unreachable, currentObjects: { available: false, reason: 'Secret x is gone' } };

test('waits with the reason if the mode is unknown', () => {
  const result = planNetwork(cilium, demoInput(unknownMode), tools);
  assert.equal(result.outcome, 'waiting');
  assert.deepEqual(result.diagnostics.map(describe), [
    'the IPAM mode that the shoot runs with cannot be read: connection refused; Secret x is gone',
  ]);
});

test('postpones the plan of a hibernated shoot with an unknown mode, and stores no mode', () => {
  for (const given of [
    unknownMode,
    ...Object.values(traces).map((trace) => ({ ...trace, shoot: unreachable, currentObjects: none })),
  ]) {
    const result = planNetwork(
      cilium,
      demoInput({ ...given, spec: hibernatedShoot.spec, status: hibernatedShoot.status }),
      tools,
    );
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

test('a hibernated shoot with an unknown mode is refused or waits for other reasons like any other', () => {
  const { spec, status } = hibernatedShoot;
  const refused = planNetwork(cilium, demoInput({ ...unknownMode, spec, status, config: { mtu: -1 } }), tools);
  assert.equal(refused.outcome, 'refused');
  const waiting = planNetwork(
    cilium,
    demoInput({ ...unknownMode, spec, status: { ...status, advertisedAddresses: [] } }),
    tools,
  );
  assert.equal(waiting.outcome, 'waiting');
});

test('offline, a mode is assumed with a warning, unless the input is incomplete', () => {
  for (const more of [{}, { spec: hibernatedShoot.spec, status: hibernatedShoot.status }]) {
    const silent: Demo = { ...more, offline: true, shoot: unreachable, currentObjects: none, networkStatus: succeeded };
    const result = planNetwork(cilium, demoInput(silent), tools);
    assert.ok(result.outcome === 'planned');
    assert.deepEqual(
      result.diagnostics.map(({ code }) => code),
      ['cilium-ipam-assumed'],
    );
    assert.equal(plannedConfig(result.plan)['ipam'], 'kubernetes');
    assert.deepEqual(
      [result.plan.status.state, 'ipam' in Object(result.plan.status.providerStatus['applied'])],
      [undefined, false],
    );
    assert.equal(planNetwork(cilium, demoInput({ ...more, ...unknownMode, offline: true }), tools).outcome, 'waiting');
  }
});

test('queries nothing from a hibernated shoot', () => {
  const queries = (input: PlanInput): number => cilium.queries(cilium.decode(input), input).shoot.length;
  assert.deepEqual([queries(demoInput()), queries(demoInput(hibernated))], [1, 0]);
  assert.equal(queries({ ...demoInput(), cluster: {} }), 0);
});
