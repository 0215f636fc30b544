/**
 * Every scenario against a seed in memory: its writes and its final state, and that the final state is the same when the process is killed at any
 * write, when a write fails, or when the Network changes before a write.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CniScenario, scenarioNamed, scenarios } from '../../test/scenarios/index.ts';
import { type Cni, cnis } from '../../test/scenarios/support/cni.ts';
import type { Fault } from '../../test/scenarios/support/faults.ts';
import { configure, network, type Scenario, type Step } from '../../test/scenarios/support/scenario.ts';
import { begun, prepared } from '../../test/scenarios/support/seed.ts';
import { assertState, comparable, stateOf, withoutGarbage } from '../../test/scenarios/support/state.ts';
import { goOn, reason, type Trace } from '../../test/scenarios/support/world.ts';
import { cases } from '../../test/support/cases.ts';

suite('a scenario has the expected writes in this order, and none after a restart', () => {
  cases(scenarios, async (scenario) => {
    const { world, play } = await begun(scenario);
    assert.equal(await reason(world), scenario.expected.reason);
    const trace = await play.run({ forced: true });
    assert.deepEqual(
      [trace.results, trace.writes],
      [scenario.expected.results, scenario.expected.writes],
      trace.errors.map(String).join(),
    );
    assertState(await stateOf(world), scenario);
    assert.equal(await reason(world), scenario.expected.next);
    assertReads(trace, scenario);

    const before = await stateOf(world);
    assert.deepEqual((await play.run({ forced: true })).writes, []);
    assert.deepEqual(await stateOf(world), before);
  });
});

suite('the number of writes is within the limits of the design', () => {
  const limits: Readonly<Record<string, number>> = {
    'another configuration': 5,
    'annotated without a change': 2,
    'a newer timestamp, its annotation lost in the crash of another controller': 2,
    'nothing to do': 0,
    'nothing to do after a restoration': 0,
    'the same bad configuration after a restart': 0,
    'waits for its state': 0,
    'a failed shoot': 0,
    'migrated away': 0,
  };
  const fresh: Readonly<Record<string, number>> = { calico: 9, cilium: 12 };
  for (const cni of cnis) {
    test(cni.plugin.type, () => {
      const most = { 'a new Network with every monitoring object there is': fresh[cni.plugin.type] ?? 0, ...limits };
      for (const [name, limit] of Object.entries(most)) {
        const count = scenarioNamed(cni, name).expected.writes.length;
        assert.ok(count <= limit, `${name}: ${count}`);
      }
    });
  }
});

suite('a process that is killed before or after any write reaches the same final state after a restart', () => {
  cases(scenarios, async (scenario) => {
    await eachFault(scenario, (at) => [
      { at, kind: 'killed before' },
      { at, kind: 'killed after' },
    ]);
  });
});

suite('the next run recovers from a write that fails, or whose response is lost', () => {
  cases(scenarios, async (scenario) => {
    await eachFault(scenario, (at) => [
      { at, kind: 'refused', code: 500 },
      { at, kind: 'refused', code: 409 },
      { at, kind: 'answer lost', code: 500 },
    ]);
  });
});

suite('a Network that changes before any write reaches the final state of the changed Network', () => {
  const titles = [
    'a new Network',
    'annotated without a change',
    'another configuration',
    'taken over from the Go extension',
    'restored',
    'a bad configuration of a running shoot',
    'migrated',
    'a deletion that is stuck',
  ];
  const edited = cnis.flatMap((cni) =>
    titles.map((title) => [`${cni.plugin.type}: ${title}`, scenarioNamed(cni, title)] as const),
  );

  cases(Object.fromEntries(edited), async (scenario) => {
    const edit = editOf(scenario.cni);
    const begin = await prepared(scenario);
    const clean = begin();
    await clean.play.take(edit);
    await clean.play.run({ forced: true });
    const end = comparable(withoutGarbage(await stateOf(clean.world)), scenario);
    for (const [index, line] of scenario.expected.writes.entries()) {
      const { world, play } = begin();
      const by = (): Promise<void> => play.take(edit);
      await play.run({ fault: { at: index + 1, kind: 'preceded', by } });
      await goOn(play, scenario);
      assert.deepEqual(comparable(withoutGarbage(await stateOf(world)), scenario), end, `changed before ${line}`);
    }
  });
});

function editOf({ bad, thirdConfig }: Cni): readonly Step[] {
  const later = { 'gardener.cloud/timestamp': '2100-01-01T00:05:00.25Z' };
  return [
    configure({ ...bad.takenBack, ...thirdConfig }),
    { do: 'patch', what: network, patch: { metadata: { annotations: later } } },
  ];
}

/**
 * docs/design/life-cycle.md#order-of-writes allows 8 reads before the first write. Cilium needs more: it has one more ManagedResource and one more
 * monitoring object, always reads its Secrets, and queries the shoot, for which the seed may have two kubeconfigs. A feature gate of Calico needs
 * the last two as well.
 */
function assertReads({ reads, results }: Trace, { cni, gates, expected }: CniScenario): void {
  if (results.length > 1 || expected.writes.length === 0) return;
  const limits: Readonly<Record<string, number>> = { calico: gates === undefined ? 8 : 11, cilium: 13 };
  assert.ok(reads.beforeWriting <= (limits[cni.plugin.type] ?? 0), `${reads.beforeWriting} reads`);
}

/** Runs a scenario once for each fault at each write, then continues with a new process, and compares the state with that of an undisturbed run. */
async function eachFault(scenario: Scenario, faultsAt: (at: number) => readonly Fault[]): Promise<void> {
  const begin = await prepared(scenario);
  const clean = begin();
  const { writes } = await clean.play.run({ forced: true });
  const end = comparable(await stateOf(clean.world), scenario);
  for (const fault of writes.flatMap((_, index) => faultsAt(index + 1))) {
    const what = `${fault.kind} write ${fault.at}: ${writes[fault.at - 1]}`;
    const { world, play } = begin();
    const trace = await play.run({ fault, forced: true });
    if (fault.kind.startsWith('killed')) assertKilled(trace, { fault, writes });
    await goOn(play, scenario);
    assert.deepEqual(comparable(await stateOf(world), scenario), end, what);
    assert.equal(await reason(world), scenario.expected.next, what);
  }
}

interface KilledAt {
  readonly fault: Fault;
  readonly writes: readonly string[];
}

/** Asserts that the process wrote the same as an undisturbed one up to the fault, and nothing after it. */
function assertKilled(trace: Trace, { fault, writes }: KilledAt): void {
  const plain = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/ -> .*/, ''));
  assert.ok(trace.killed);
  assert.deepEqual(plain(trace.writes), plain(writes.slice(0, fault.at)));
}
