/** Properties of the description of changes, for random configurations of both CNIs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { planTools } from '../../test/support/planning.ts';
import { calico } from '../calico/plan.ts';
import { demo as calicoDemo } from '../calico/testdata/arbitraries.ts';
import { demoInput as calicoInput } from '../calico/testdata/demo.ts';
import { cilium } from '../cilium/plan.ts';
import { demo as ciliumDemo } from '../cilium/testdata/arbitraries.ts';
import { demoInput as ciliumInput } from '../cilium/testdata/demo.ts';
import { impacts } from '../network/effects.ts';
import type { NetworkPlugin, PlanInput } from '../network/plugin.ts';
import { type ChangeResult, describeNetworkChange } from './networks.ts';

const tools = planTools();

/** Describes the change of a shoot from one configuration to another one. */
function change(plugin: NetworkPlugin, [old, changed]: readonly [PlanInput, PlanInput]): ChangeResult {
  const { providerConfig } = changed.network.spec;
  const network = { ...old.network, spec: { ...old.network.spec, providerConfig } };
  return describeNetworkChange({ plugin, tools, old, new: { ...old, network } });
}

function assertConsistent(plugin: NetworkPlugin, pair: readonly [PlanInput, PlanInput]): boolean {
  const result = change(plugin, pair);
  if (result.outcome !== 'described' || result.effects.impact === 'refused') return false;
  const { effects, changes, dataPath } = result;
  const { impact, rolls, summary, also } = effects;
  assert.deepEqual(JSON.parse(JSON.stringify(effects)), effects);
  assert.equal(impact === 'none', changes.length === 0, 'an impact is none exactly if no object changes');
  const rolled = changes.filter(({ roll }) => roll !== undefined).map(({ object }) => object);
  const named = rolls.filter((one) => one.change === 'restart').map(({ kind, name }) => `${kind} kube-system/${name}`);
  assert.deepEqual(named.sort(), rolled.sort(), 'exactly the workloads with another template restart');
  if (impacts.indexOf(impact) < impacts.indexOf('restart')) assert.deepEqual(named, []);
  const codes = [summary, ...also].map(({ code }) => code);
  assert.ok(!codes.includes('effect-data-path'), `${JSON.stringify(dataPath)} have no rule`);
  const reversed = change(plugin, [pair[1], pair[0]]);
  if (impact === 'none' && reversed.outcome === 'described')
    assert.ok(['none', 'refused'].includes(reversed.effects.impact));
  return true;
}

for (const [plugin, inputs] of [
  [calico, fc.tuple(calicoDemo.map(calicoInput), calicoDemo.map(calicoInput))],
  [cilium, fc.tuple(ciliumDemo.map(ciliumInput), ciliumDemo.map(ciliumInput))],
] as const) {
  test(`property: the description of a change of ${plugin.title} agrees with its objects`, () => {
    let described = 0;
    fc.assert(
      fc.property(inputs, (pair) => {
        if (assertConsistent(plugin, pair)) described += 1;
      }),
      { numRuns: 150 },
    );
    assert.ok(described > 20, `${described} described changes`);
  });
}
