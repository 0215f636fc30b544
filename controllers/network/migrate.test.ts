/** A migration leaves the running shoot alone: before anything is deleted, every ManagedResource of its CNI keeps its objects. */
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { scenarios } from '../../test/scenarios/index.ts';
import type { Fault } from '../../test/scenarios/support/faults.ts';
import { prepared } from '../../test/scenarios/support/seed.ts';
import { goOn, stage, type World } from '../../test/scenarios/support/world.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';

const migrations = Object.entries(scenarios).filter(([, { expected }]) =>
  expected.writes.some((line) => line.startsWith('patch ManagedResource')),
);

suite('whenever anything is deleted, all ManagedResources keep their objects, wherever a process was killed', () => {
  cases(Object.fromEntries(migrations), async (scenario) => {
    const begin = await prepared(scenario);
    const faults = scenario.expected.writes.flatMap((_, index): readonly (Fault | undefined)[] => [
      { at: index + 1, kind: 'killed before' },
      { at: index + 1, kind: 'killed after' },
      { at: index + 1, kind: 'refused', code: 500 },
    ]);
    let deletions = 0;
    for (const fault of [undefined, ...faults]) {
      const { world } = begin();
      const watched = watchedDeletions(world);
      const play = stage({ ...world, client: watched.client }, scenario);
      play.remember();
      await play.run({ forced: true, ...(fault && { fault }) });
      await goOn(play, scenario);
      assert.deepEqual(watched.lettingGo, [], JSON.stringify(fault));
      deletions += watched.count();
    }
    assert.ok(deletions > faults.length);
  });
});

/** Notes each deletion at which a ManagedResource would have let go of its objects. */
function watchedDeletions({ client, namespace }: World) {
  const lettingGo: string[] = [];
  let count = 0;
  const watched: KubeClient = {
    ...client,
    delete: async (input) => {
      count += 1;
      const { items } = await client.list({ resource: resources.managedResources, namespace });
      for (const { metadata, spec } of items) {
        if (!isRecord(spec) || spec['keepObjects'] !== true)
          lettingGo.push(`${metadata.name} at the deletion of ${input.resource.plural} ${input.name}`);
      }
      return client.delete(input);
    },
  };
  return { client: watched, lettingGo, count: () => count };
}
