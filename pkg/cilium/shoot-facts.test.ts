/** What is learned from the shoot is kept when the shoot cannot be asked (verdicts 2 and 3, design.md §8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { planTools } from '../../test/support/planning.ts';
import { shootFacts } from '../gardener/cluster.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { NetworkPlan, Observed } from '../network/plugin.ts';
import { cilium } from './plan.ts';
import { ipamOf } from './shoot-facts.ts';
import { configOf, type Demo, demoInput, demoShoot, objectsOf, runningConfig } from './testdata/demo.ts';

const tools = planTools();
const unreachable = { known: false, reason: 'connection refused' } as const;
const none = { known: true, value: [] } as const;
const hibernated = { spec: { hibernation: { enabled: true } }, status: { hibernated: true } };

function running(ipam: string): Observed<readonly KubeObject[]> {
  return { known: true, value: [runningConfig({ ipam, debug: 'false' })] };
}

interface Memory {
  readonly given: Demo;
  readonly mode: string | undefined;
  readonly ignored?: string;
}

const memories: Readonly<Record<string, Memory>> = {
  'a new shoot': { given: { shoot: none, present: none }, mode: 'kubernetes' },
  'a new shoot without an API server': { given: { shoot: unreachable, present: none }, mode: 'kubernetes' },
  'what runs': { given: { shoot: running('cluster-pool'), present: running('kubernetes') }, mode: 'cluster-pool' },
  'unreachable: what is stored': {
    given: { shoot: unreachable, present: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'hibernated: what is stored, though objects of the shoot are given': {
    given: { ...hibernated, shoot: running('kubernetes'), present: running('multi-pool') },
    mode: 'multi-pool',
  },
  'the ConfigMap is gone in the shoot: what is stored': {
    given: { shoot: none, present: running('cluster-pool') },
    mode: 'cluster-pool',
  },
  'in another seed: what came with the shoot': {
    given: { shoot: unreachable, present: none, networkStatus: { state: { ipam: 'cluster-pool' } } },
    mode: 'cluster-pool',
  },
  'what is stored is newer than what came with the shoot': {
    given: { shoot: unreachable, present: running('kubernetes'), networkStatus: { state: { ipam: 'cluster-pool' } } },
    mode: 'kubernetes',
  },
  'nobody knows': { given: { shoot: unreachable, present: unreachable }, mode: undefined },
  'no mode that Cilium knows': {
    given: { shoot: running('kubernetes\n  evil: "1"'), present: none },
    mode: 'kubernetes',
    ignored: 'kubernetes\n  evil: "1"',
  },
  'no mode that Cilium knows, but a stored one': {
    given: { shoot: running('x'), present: running('cluster-pool') },
    mode: 'cluster-pool',
    ignored: 'x',
  },
  'a state that is none': {
    given: { shoot: unreachable, present: none, networkStatus: { state: { ipam: 1 } } },
    mode: 'kubernetes',
  },
  'a ConfigMap of that name elsewhere': {
    given: {
      shoot: {
        known: true,
        value: [{ ...runningConfig({ ipam: 'eni' }), metadata: { name: 'cilium-config', namespace: 'default' } }],
      },
      present: none,
    },
    mode: 'kubernetes',
  },
};

cases(memories, ({ given, mode, ignored }) => {
  assert.deepEqual(ipamOf(demoInput(given), shootFacts(demoShoot(given))), { mode, ignored });
});

function planned(given: Demo): NetworkPlan {
  const result = cilium.plan(demoInput(given), tools);
  assert.ok(result.outcome === 'planned', JSON.stringify(result.diagnostics));
  return result.plan;
}

function texts(plan: NetworkPlan): readonly string[] {
  return plan.managedResource.parts.flatMap(({ objects }) => objects.map(({ json }) => json));
}

for (const ipam of ['kubernetes', 'cluster-pool']) {
  test(`a shoot with IPAM ${ipam} gets the same bytes whether it can be read or not, asleep, or moved to another seed`, () => {
    const first = planned({ shoot: running(ipam) });
    const present = { known: true, value: objectsOf(first) } as const;
    const later: Readonly<Record<string, Demo>> = {
      'the ConfigMaps have appeared': { shoot: { known: true, value: objectsOf(first) }, present },
      unreachable: { shoot: unreachable, present },
      moved: { shoot: unreachable, present: none, networkStatus: { state: first.status.state } },
    };
    for (const [name, given] of Object.entries(later)) {
      const plan = planned(given);
      assert.deepEqual(texts(plan), texts(first), name);
      assert.deepEqual(plan.status, first.status, name);
    }
    const asleep = planned({
      ...hibernated,
      status: { ...(demoShoot()['status'] as object), hibernated: true },
      shoot: unreachable,
      present,
    });
    assert.deepEqual(texts(asleep), texts(first), 'hibernated');
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

test('while nobody knows the mode nothing is rendered, and the reason is told', () => {
  const result = cilium.plan(
    demoInput({ shoot: unreachable, present: { known: false, reason: 'Secret x is gone' } }),
    tools,
  );
  assert.equal(result.outcome, 'waiting');
  assert.match(result.diagnostics[0]?.message ?? '', /connection refused; Secret x is gone$/);
});

test('a hibernated shoot is not asked', () => {
  const queries = (given: Demo): number => cilium.shootQueries(demoInput(given)).length;
  assert.deepEqual([queries({}), queries(hibernated)], [1, 0]);
  assert.deepEqual(cilium.shootQueries({ ...demoInput(), cluster: {} }), []);
});
