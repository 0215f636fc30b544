/**
 * The life of a Network on a real kube-apiserver: the same scenarios that controllers/network plays in memory, each undisturbed, and with the
 * process killed before and after every single write and started again. Asserts the state of the world, not calls.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Scenario } from '../../controllers/network/testing/scenario.ts';
import { scenarios } from '../../controllers/network/testing/scenarios.ts';
import { assertState, comparable, stateOf } from '../../controllers/network/testing/state.ts';
import { goOn, type Play, reason, stage, type World } from '../../controllers/network/testing/world.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../../hack/controlplane/index.ts';
import { createFakeClock } from '../../pkg/kubernetes/testing/fakeclock.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'the life of a Network on a real API server', log });
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

/** A namespace of its own for each play. The controller's clock starts at the API server's time, which stamps deletions. */
async function begun(scenario: Scenario): Promise<{ readonly world: World; readonly play: Play }> {
  count += 1;
  const world = { client: seed.client, namespace: `shoot--life--${count}`, clock: createFakeClock(Date.now()) };
  const play = stage(world, scenario);
  await play.begin();
  return { world, play };
}

/** What is there in the end, without what differs from play to play. */
async function endOf(world: World, scenario: Scenario): Promise<unknown> {
  const text = JSON.stringify(comparable(await stateOf(world), scenario));
  return JSON.parse(text.replaceAll(world.namespace, '<namespace>')) as unknown;
}

suite('each path, and each killed at every write', { skip }, () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(name, async () => {
      const clean = await begun(scenario);
      assert.equal(await reason(clean.world), scenario.expected.reason);
      const trace = await clean.play.run({ forced: true });
      assert.deepEqual([trace.results, trace.writes], [scenario.expected.results, scenario.expected.writes]);
      assertState(await stateOf(clean.world), scenario);
      const end = await endOf(clean.world, scenario);
      for (const [index, line] of trace.writes.entries()) {
        for (const kind of ['killed before', 'killed after'] as const) {
          const { world, play } = await begun(scenario);
          const killed = await play.run({ fault: { at: index + 1, kind }, forced: true });
          assert.ok(killed.killed, `${kind} ${line}`);
          await goOn(play, scenario);
          assert.deepEqual(await endOf(world, scenario), end, `${kind} ${line}`);
        }
      }
    });
  }
});
