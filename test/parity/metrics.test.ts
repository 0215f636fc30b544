/** Which metrics of cilium reach the monitoring: deviations.yaml allows another expression, so the names in it are compared here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ciliumMonitoring } from '../../pkg/cilium/monitoring/monitoring.ts';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { namespace, readCases } from './cases.ts';
import { goDifferences, patched } from './go-extension.ts';

const name = `ScrapeConfig ${namespace}/shoot-cilium-agent`;

test('cilium keeps the metrics that the Go extension keeps, without a misspelt name', () => {
  const ours = ciliumMonitoring({ namespace }).find((object) => describeObject(object) === name);
  assert.ok(ours !== undefined);
  const cases = readCases('cilium').map((one) => one.name);
  const [first = ''] = cases;
  const [difference] = goDifferences('cilium', first, cases).filter(({ object }) => object === name);
  const theirs = patched(ours, difference?.patch) as KubeObject;
  const misspelt = 'cilium_endfpoint_regeneration_time_stats_seconds_bucket';
  const expected = new Set(keptMetrics(theirs));
  assert.ok(expected.delete(misspelt));
  assert.deepEqual(keptMetrics(ours).toSorted(), [...expected].sort());
});

/** The names in the expression of the first rule. */
function keptMetrics({ spec }: KubeObject): readonly string[] {
  const [rule] = (isRecord(spec) ? spec['metricRelabelings'] : []) as readonly { readonly regex: string }[];
  return /^\^\((.*)\)\$$/.exec(rule?.regex ?? '')?.[1]?.split('|') ?? [];
}
