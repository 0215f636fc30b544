/**
 * The life of a Network of either type on a real kube-apiserver: the scenarios that controllers/network runs in memory, each undisturbed,
 * and with the process killed before and after every single write and restarted. Asserts the final state, not calls.
 */
import assert from 'node:assert/strict';
import { after, before, suite } from 'node:test';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { createFakeClock } from '../doubles/fakeclock.ts';
import { type CniScenario, scenarioNamed, scenarios } from '../scenarios/index.ts';
import { calicoCni, ciliumCni } from '../scenarios/support/cni.ts';
import { createRunner, reason, runToEnd, type ScenarioRunner, type World } from '../scenarios/support/runner.ts';
import type { Scenario } from '../scenarios/support/scenario.ts';
import { assertState, comparable, readState } from '../scenarios/support/state.ts';
import { cases } from '../support/cases.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'scenarios of a Network on a real API server', log });
let controlPlane: ControlPlane;
let seed: Applier;
let count = 0;

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  seed = applier(controlPlane);
  await seed.prepare([]);
});

after(async () => {
  await seed?.close();
  await controlPlane?.stop();
});

/**
 * Selects the scenarios in which the process is killed at every write: all of calico, 646 kills in two minutes, and those of cilium whose writes
 * have no counterpart in calico, 218 of 1,380 kills in another minute. The others use the same code, and in memory all of them are killed.
 */
function isKilled(scenario: CniScenario): boolean {
  return scenario.cni === calicoCni || killedForCilium.has(scenario);
}

const killedForCilium: ReadonlySet<CniScenario> = new Set(
  [
    'a new Network creates every object',
    'a Network of the Go extension is taken over',
    'another CA bundle and another configuration are written in one run',
    'a ManagedResource of the shoot webhook that others delete is created again after its deletion',
    'a migration keeps the objects in the shoot and removes those in the seed',
    'a migration patches only ManagedResources without keepObjects',
    'a deletion waits for the ManagedResources',
    'a deletion waits for both ManagedResources',
    'an overdue deletion reports the ManagedResource of the shoot webhook',
  ].map((title) => scenarioNamed(ciliumCni, title)),
);

/** The same for all processes, since a restart of typha stores the time, and its manifests contain it. */
const startTime = Date.now();

/** Starts a scenario in its own namespace. */
async function startScenario(scenario: Scenario): Promise<{ readonly world: World; readonly runner: ScenarioRunner }> {
  count += 1;
  const world = { client: seed.client, namespace: `shoot--life--${count}`, clock: createFakeClock(startTime) };
  const runner = createRunner(world, scenario);
  await runner.start();
  return { world, runner };
}

/** Returns the final state without the parts that differ between two runs. */
async function finalState(world: World, scenario: Scenario): Promise<unknown> {
  const text = JSON.stringify(comparable(await readState(world), scenario));
  return JSON.parse(text.replaceAll(world.namespace, '<namespace>')) as unknown;
}

suite('scenario', { skip }, () => {
  cases(scenarios, async (scenario) => {
    const { world, runner } = await startScenario(scenario);
    assert.equal(await reason(world), scenario.expected.reason);
    const trace = await runner.run({ forced: true });
    assert.deepEqual([trace.results, trace.writes], [scenario.expected.results, scenario.expected.writes]);
    assertState(await readState(world), scenario);
    if (!isKilled(scenario)) return;
    const end = await finalState(world, scenario);
    for (const [index, line] of trace.writes.entries()) {
      for (const kind of ['killed before', 'killed after'] as const)
        await killed(scenario, { end, line, kind, at: index + 1 });
    }
  });
});

interface Kill {
  readonly at: number;
  readonly kind: 'killed before' | 'killed after';
  readonly line: string;
  readonly end: unknown;
}

/** Asserts that the process is killed at this write, and that another one reaches the same final state. */
async function killed(scenario: CniScenario, { at, kind, line, end }: Kill): Promise<void> {
  const { world, runner } = await startScenario(scenario);
  const trace = await runner.run({ fault: { at, kind }, forced: true });
  assert.ok(trace.killed, `${kind} ${line}`);
  await runToEnd(runner, scenario);
  assert.deepEqual(await finalState(world, scenario), end, `${kind} ${line}`);
}
