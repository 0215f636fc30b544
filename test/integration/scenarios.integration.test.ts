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
import type { Scenario } from '../scenarios/support/scenario.ts';
import { assertState, comparable, stateOf } from '../scenarios/support/state.ts';
import { goOn, type Play, reason, stage, type World } from '../scenarios/support/world.ts';
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
    'a new Network',
    'taken over from the Go extension',
    'another bundle of authorities and another configuration',
    'the ManagedResource of the shoot webhook is being deleted by somebody',
    'migrated',
    'migrated when one keeps its objects already',
    'deleted',
    'deleted, and the resource manager lets go of one after the other',
    'a deletion that is stuck at the shoot webhook',
  ].map((sentence) => scenarioNamed(ciliumCni, sentence)),
);

/** Prepares a scenario in its own namespace. The clock of the controller starts at the time of the API server, which sets deletion timestamps. */
async function begun(scenario: Scenario): Promise<{ readonly world: World; readonly play: Play }> {
  count += 1;
  const world = { client: seed.client, namespace: `shoot--life--${count}`, clock: createFakeClock(Date.now()) };
  const play = stage(world, scenario);
  await play.begin();
  return { world, play };
}

/** Returns the final state without values that differ between runs. */
async function finalState(world: World, scenario: Scenario): Promise<unknown> {
  const text = JSON.stringify(comparable(await stateOf(world), scenario));
  return JSON.parse(text.replaceAll(world.namespace, '<namespace>')) as unknown;
}

suite('scenario', { skip }, () => {
  cases(scenarios, async (scenario) => {
    const { world, play } = await begun(scenario);
    assert.equal(await reason(world), scenario.expected.reason);
    const trace = await play.run({ forced: true });
    assert.deepEqual([trace.results, trace.writes], [scenario.expected.results, scenario.expected.writes]);
    assertState(await stateOf(world), scenario);
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
  const { world, play } = await begun(scenario);
  const trace = await play.run({ fault: { at, kind }, forced: true });
  assert.ok(trace.killed, `${kind} ${line}`);
  await goOn(play, scenario);
  assert.deepEqual(await finalState(world, scenario), end, `${kind} ${line}`);
}
