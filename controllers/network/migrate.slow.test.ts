/** A migration does not touch the running shoot: every ManagedResource of its CNI has keepObjects before the first deletion. */
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { scenarios } from '../../test/scenarios/index.ts';
import type { Fault } from '../../test/scenarios/support/faults.ts';
import { createRunner, runToEnd, type World } from '../../test/scenarios/support/runner.ts';
import { prepareScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';

const migrations = Object.entries(scenarios).filter(([, { expected }]) =>
  expected.writes.some((line) => line.startsWith('patch ManagedResource')),
);

suite('a migration deletes nothing before all ManagedResources have keepObjects, wherever a process is killed', () => {
  cases(Object.fromEntries(migrations), async (scenario) => {
    const begin = await prepareScenario(scenario);
    const faults = scenario.expected.writes.flatMap((_, index): readonly (Fault | undefined)[] => [
      { at: index + 1, kind: 'killed before' },
      { at: index + 1, kind: 'killed after' },
      { at: index + 1, kind: 'refused', code: 500 },
    ]);
    let deletions = 0;
    for (const fault of [undefined, ...faults]) {
      const { world } = begin();
      const recorded = recordDeletions(world);
      const runner = createRunner({ ...world, client: recorded.client }, scenario);
      runner.restoreExternal();
      await runner.run({ forced: true, ...(fault && { fault }) });
      await runToEnd(runner, scenario);
      assert.deepEqual(recorded.unprotected, [], JSON.stringify(fault));
      deletions += recorded.count();
    }
    assert.ok(deletions > faults.length);
  });
});

/** Records each deletion during which a ManagedResource lacked keepObjects. */
function recordDeletions({ client, namespace }: World) {
  const unprotected: string[] = [];
  let count = 0;
  const watched: KubeClient = {
    ...client,
    delete: async (input) => {
      count += 1;
      const { items } = await client.list({ resource: resources.managedResources, namespace });
      for (const { metadata, spec } of items) {
        if (!isRecord(spec) || spec['keepObjects'] !== true)
          unprotected.push(`${metadata.name} at the deletion of ${input.resource.plural} ${input.name}`);
      }
      return client.delete(input);
    },
  };
  return { client: watched, unprotected, count: () => count };
}
