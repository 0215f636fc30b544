/**
 * Every scenario against a seed in memory: its writes and its final state, and that the final state is the same when the process is killed at any
 * write, when a write fails, or when the Network changes before a write.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CniScenario, scenarioNamed, scenarios } from '../../test/scenarios/index.ts';
import { type Cni, cnis } from '../../test/scenarios/support/cni.ts';
import type { Fault } from '../../test/scenarios/support/faults.ts';
import { reason, runToEnd, type Trace } from '../../test/scenarios/support/runner.ts';
import { configure, network, type Scenario, type Step } from '../../test/scenarios/support/scenario.ts';
import { prepareScenario, startScenario } from '../../test/scenarios/support/seed.ts';
import { assertState, comparable, readState, withoutUnusedSecrets } from '../../test/scenarios/support/state.ts';
import { cases } from '../../test/support/cases.ts';

suite('a scenario has the expected writes in this order, and none after a restart', () => {
  cases(scenarios, async (scenario) => {
    const { world, runner } = await startScenario(scenario);
    assert.equal(await reason(world), scenario.expected.reason);
    const trace = await runner.run({ forced: true });
    assert.deepEqual(
      [trace.results, trace.writes],
      [scenario.expected.results, scenario.expected.writes],
      trace.errors.map(String).join(),
    );
    assertState(await readState(world), scenario);
    assert.equal(await reason(world), scenario.expected.next);
    assertReads(trace, scenario);

    const { restartWrites = [] } = scenario.expected;
    const before = await readState(world);
    assert.deepEqual((await runner.run({ forced: true })).writes, restartWrites);
    if (restartWrites.length === 0) assert.deepEqual(await readState(world), before);
  });
});

suite('the number of writes is within the limits of the design', () => {
  const limits: Readonly<Record<string, number>> = {
    'another configuration replaces the ManagedResource': 5,
    'the annotation reconcile without a change writes only the status': 2,
    'a newer timestamp without an annotation is a request': 2,
    'a reconciled Network needs no write': 0,
    'a restored Network needs no write': 0,
    'a refused configuration needs no write after a restart': 0,
    'a Network with wait-for-state is skipped': 0,
    'a Network of a failed shoot is skipped': 0,
    'a migrated Network is skipped': 0,
  };
  const created: Readonly<Record<string, number>> = { calico: 9, cilium: 12 };
  for (const cni of cnis) {
    test(`the number of writes of ${cni.plugin.type} is within the limits of the design`, () => {
      const all = {
        'a new Network with all options creates every monitoring object': created[cni.plugin.type] ?? 0,
        ...limits,
      };
      for (const [name, limit] of Object.entries(all)) {
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
      { at, kind: 'response lost', code: 500 },
    ]);
  });
});

suite('a Network that changes before any write reaches the final state of the changed Network', () => {
  const titles = [
    'a new Network creates every object',
    'the annotation reconcile without a change writes only the status',
    'another configuration replaces the ManagedResource',
    'a Network of the Go extension is taken over',
    'a restored Network keeps its state',
    'a bad configuration does not change the objects of a running shoot',
    'a migration keeps the objects in the shoot and removes those in the seed',
    'an overdue deletion reports once what it waits for',
  ];
  const edited = cnis.flatMap((cni) =>
    titles.map((title) => [`${cni.plugin.type}: ${title}`, scenarioNamed(cni, title)] as const),
  );

  cases(Object.fromEntries(edited), async (scenario) => {
    const edit = editOf(scenario.cni);
    const begin = await prepareScenario(scenario);
    const clean = begin();
    await clean.runner.apply(edit);
    await clean.runner.run({ forced: true });
    const end = comparable(withoutUnusedSecrets(await readState(clean.world)), scenario);
    for (const [index, line] of scenario.expected.writes.entries()) {
      const { world, runner } = begin();
      const by = (): Promise<void> => runner.apply(edit);
      await runner.run({ fault: { at: index + 1, kind: 'preceded', by } });
      await runToEnd(runner, scenario);
      assert.deepEqual(
        comparable(withoutUnusedSecrets(await readState(world)), scenario),
        end,
        `changed before ${line}`,
      );
    }
  });
});

function editOf({ bad, thirdConfig }: Cni): readonly Step[] {
  const later = { 'gardener.cloud/timestamp': '2100-01-01T00:05:00.25Z' };
  return [
    configure({ ...bad.reverted, ...thirdConfig }),
    { do: 'patch', target: network, patch: { metadata: { annotations: later } } },
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
  const begin = await prepareScenario(scenario);
  const clean = begin();
  const { writes } = await clean.runner.run({ forced: true });
  const end = comparable(await readState(clean.world), scenario);
  for (const fault of writes.flatMap((_, index) => faultsAt(index + 1))) {
    const description = `${fault.kind} write ${fault.at}: ${writes[fault.at - 1]}`;
    const { world, runner } = begin();
    const trace = await runner.run({ fault, forced: true });
    if (fault.kind.startsWith('killed')) assertKilled(trace, { fault, writes });
    // A process that recovered by itself needs no other one, which would write again.
    const recovered = !trace.killed && trace.results.at(-1) !== 'threw';
    if (!recovered || scenario.expected.restartWrites === undefined) await runToEnd(runner, scenario);
    assert.deepEqual(comparable(await readState(world), scenario), end, description);
    assert.equal(await reason(world), scenario.expected.next, description);
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
