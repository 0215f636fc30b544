import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { DeleteInput, KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { scenarioNamed } from '../../test/scenarios/index.ts';
import { calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createContext } from '../../test/scenarios/support/runner.ts';
import { annotate, networkName } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { runNetwork } from './run.ts';

suite('every deletion of a run names the uid that it read, and that of a Secret its resourceVersion', () => {
  cases({ calico: { cni: calicoCni }, cilium: { cni: ciliumCni } }, async ({ cni }) => {
    const { world, runner } = await startScenario(scenarioNamed(cni, 'a reconciled Network needs no write'));
    await runner.apply([annotate('migrate')]);
    const deletions: DeleteInput[] = [];
    const client: KubeClient = {
      ...world.client,
      delete: async (input) => {
        deletions.push(input);
        await world.client.delete(input);
      },
    };
    const context = { ...createContext(world), client };
    await runNetwork(context, { key: `${world.namespace}/${networkName}`, signal: new AbortController().signal });
    assert.ok(deletions.some(({ resource }) => resource.plural === 'secrets'));
    for (const { resource, preconditions } of deletions) {
      assert.ok(preconditions?.uid !== undefined, resource.plural);
      assert.equal(preconditions.resourceVersion !== undefined, resource.plural === 'secrets', resource.plural);
    }
  });
});
