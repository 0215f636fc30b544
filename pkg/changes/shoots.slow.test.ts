/** Descriptions of changes never throw, whatever a file contains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { planTools } from '../../test/support/planning.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import { describeShootChange } from './shoots.ts';

const tools = planTools();

/** Places of a Shoot that descriptions read. */
const places = [
  'spec',
  'spec.kubernetes',
  'spec.kubernetes.kubeProxy',
  'spec.kubernetes.version',
  'spec.hibernation',
  'spec.networking',
  'spec.networking.ipFamilies',
  'spec.networking.nodes',
  'spec.networking.pods',
  'spec.networking.providerConfig',
  'spec.networking.providerConfig.overlay',
  'spec.networking.type',
  'spec.provider',
  'spec.provider.workers',
  'spec.systemComponents',
  'status',
  'status.advertisedAddresses',
  'status.networking',
  'metadata.uid',
] as const;

const edits = fc.array(fc.tuple(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 })), { maxLength: 3 });

function shootWith(type: string, changes: readonly (readonly [string, unknown])[]): KubeObject {
  const put = (at: unknown, [name, ...rest]: readonly string[], value: unknown): unknown =>
    name === undefined ? value : { ...recordOf(at), [name]: put(recordOf(at)[name], rest, value) };
  const base: unknown = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      kubernetes: { version: '1.34.3' },
      provider: { type: 'local', workers: [{ name: 'a', minimum: 2, maximum: 8 }] },
      networking: { type, nodes: '10.180.0.0/16' },
    },
  };
  return changes.reduce((one, [place, value]) => put(one, place.split('.'), value), base) as KubeObject;
}

test('property: a change between any two Shoots has a description, which is plain JSON', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom('calico', 'cilium'), edits, edits, (type, before, after) => {
      const [old, changed] = [shootWith(type, before), shootWith(type, after)];
      const result = describeShootChange({ plugins, tools, old, new: changed, featureGates: {} });
      outcomes.add(result.outcome === 'described' ? result.effects.impact : result.outcome);
      if (result.outcome === 'described') assert.deepEqual(JSON.parse(JSON.stringify(result.effects)), result.effects);
    }),
    { numRuns: 300 },
  );
  assert.ok(outcomes.has('none') && outcomes.has('refused'), [...outcomes].join());
});
