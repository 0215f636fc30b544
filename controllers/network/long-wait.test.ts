/**
 * A Network that waits reports the cause as an error only when gardenlet is about to give up, which it would do at once otherwise
 * (docs/design/gardener.md#readiness).
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recordOf } from '../../pkg/gardener/objects.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { type Cni, calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import { annotate, changeShoot, networkName, type Scenario } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import type { NetworkContext, Outcome } from './context.ts';
import { runNetwork } from './run.ts';

interface Row {
  readonly scenario: Scenario;
  readonly cause: RegExp;
}

const existing = (cni: Cni, title: string): Scenario => scenarioNamed(cni, title);
const withoutRecords = createFixtures(calicoCni).reconciled({
  config: { kubeAPIServerGlobalNetworkSet: { enabled: true } },
});

/** A new Network of cilium. */
function newCilium({ network = {}, shoot }: { readonly network?: object; readonly shoot: object }): Scenario {
  const { clusterObject, networkObject } = createFixtures(ciliumCni);
  return {
    ...existing(ciliumCni, 'a new Network creates every object'),
    given: [
      { do: 'create', object: clusterObject() },
      changeShoot(shoot),
      { do: 'create', object: networkObject(network) },
    ],
  };
}

/** Every reason to wait, by its code. */
const waits: Readonly<Record<string, Row>> = {
  'calico-overlay-switch-waiting': {
    scenario: existing(calicoCni, 'the overlay remains while a node has no route'),
    cause: /waiting for routes to be created on all nodes before disabling overlay/,
  },
  'calico-overlay-switch-unverified': {
    scenario: existing(
      calicoCni,
      'the overlay remains while the nodes are unreadable, and an earlier error is removed',
    ),
    cause: /the nodes of the shoot cannot be read/,
  },
  'network-restart-pending': {
    scenario: existing(
      calicoCni,
      'the switch to a highly available control plane changes nothing while the shoot is unreachable',
    ),
    cause: /waiting for the API server of the shoot before a restart/,
  },
  'network-api-server-pending': {
    scenario: {
      ...existing(calicoCni, 'a new Network creates every object'),
      given: withoutRecords.slice(0, 2),
    },
    cause: /the addresses of the API server cannot be read/,
  },
  'cilium-ipam-unknown': {
    scenario: existing(ciliumCni, 'a Network waits while the shoot is unreachable and the Secret unreadable'),
    cause: /the IPAM mode that the shoot runs with cannot be read/,
  },
  'cilium-api-server-pending': {
    scenario: newCilium({ shoot: { spec: { kubernetes: { version: '1.34.3', kubeProxy: { enabled: false } } } } }),
    cause: /spec\.providerConfig\.kubeproxy\.k8sServiceHost: /,
  },
  'cilium-pod-range-pending': {
    scenario: newCilium({
      network: { config: { overlay: { enabled: false } }, spec: { ipFamilies: ['IPv4', 'IPv6'] } },
      shoot: { spec: { networking: { type: 'cilium', ipFamilies: ['IPv4', 'IPv6'] } }, status: { networking: null } },
    }),
    cause: /spec\.podCIDR: /,
  },
  'a ManagedResource that is deleted': {
    scenario: existing(calicoCni, 'a new Network waits for the deletion of the ManagedResource of an earlier one'),
    cause: /waiting for the deletion of ManagedResource extension-networking-calico-config/,
  },
};

suite('a long wait', () => {
  cases(waits, async ({ scenario, cause }) => {
    const { world, context, run } = await start(scenario);
    // gardenlet polls for 180 seconds; an error in its seventh poll or a later one ends that at once.
    for (let second = 0; second < 170; second += 10) {
      assert.deepEqual(await run(), { done: false, requeueAfter: 10_000, result: 'waiting' });
      assert.equal((await statusOf(world))['lastError'], undefined, `after ${second} seconds`);
      await world.clock.advance(10_000);
    }
    assert.deepEqual(await run(), { done: false, requeueAfter: 10_000, result: 'waiting' });
    const { lastError, lastOperation } = await statusOf(world);
    const { description, ...others } = recordOf(lastError);
    assert.match(String(description), cause);
    assert.match(String(description), /^Error (reconciling|restoring) Network: /);
    assert.deepEqual(Object.keys(others), ['lastUpdateTime'], 'no codes, with which gardenlet would not retry');
    assert.equal(recordOf(lastOperation)['state'], 'Processing');

    const written = await versionOf(world);
    await world.clock.advance(10_000);
    await run();
    assert.equal(await versionOf(world), written, 'an equal error is written once');

    await request(context, world);
    assert.deepEqual(await run(), { done: false, requeueAfter: 10_000, result: 'waiting' });
    assert.equal((await statusOf(world))['lastError'], undefined, 'the next request of gardenlet has its own time');
  });

  test('is noticed on time if runs are not regular', async () => {
    const { world, run } = await start(existing(calicoCni, 'the overlay remains while a node has no route'));
    await run();
    await world.clock.advance(166_500);
    assert.deepEqual(await run(), { done: false, requeueAfter: 3_500, result: 'waiting' });
  });

  test('begins with the first run of a request, also if that fails', async () => {
    const { world, context, run } = await start(existing(calicoCni, 'the overlay remains while a node has no route'));
    const { client } = context;
    const find: typeof client.find = (input) =>
      input.resource === resources.clusters ? Promise.reject(new Error('connection refused')) : client.find(input);
    const failing = { ...context, client: { ...client, find } };
    const { signal } = new AbortController();
    await assert.rejects(runNetwork(failing, { key: `${world.namespace}/${networkName}`, signal }));
    await world.clock.advance(170_000);
    await run();
    assert.match(String(recordOf((await statusOf(world))['lastError'])['description']), /waiting for routes/);
  });
});

interface Started {
  readonly world: World;
  readonly context: NetworkContext;
  readonly run: () => Promise<Outcome>;
}

/** Starts one process for a scenario. */
async function start(scenario: Scenario): Promise<Started> {
  const { world } = await startScenario(scenario);
  const { client, clock, namespace } = world;
  const shoot = scenario.given.findLast((step) => step.do === 'setShoot')?.response;
  const context = createContext({ client, clock, gates: scenario.gates, shoot: () => shoot });
  const { signal } = new AbortController();
  return { world, context, run: () => runNetwork(context, { key: `${namespace}/${networkName}`, signal }) };
}

async function request({ client }: NetworkContext, { namespace }: World): Promise<void> {
  const step = annotate('reconcile', '2100-01-01T01:00:00.5Z');
  assert.ok(step.do === 'patch');
  await client.mergePatch({ resource: resources.networks, namespace, name: networkName, patch: step.patch });
}

async function networkIn({ client, namespace }: World) {
  return client.get({ resource: resources.networks, namespace, name: networkName });
}

async function statusOf(world: World): Promise<Readonly<Record<string, unknown>>> {
  return recordOf((await networkIn(world))['status']);
}

async function versionOf(world: World): Promise<string | undefined> {
  return (await networkIn(world)).metadata.resourceVersion;
}
