import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { planTools } from '../../../test/support/planning.ts';
import type { Network, OperationType } from '../../gardener/network.ts';
import { hasShoot } from '../../network/decode-network.ts';
import { planNetwork } from '../../network/plan.ts';
import type { AnnotationPlan } from '../../network/plugin.ts';
import { calico } from '../plan.ts';
import { type Demo, demoInput } from '../testdata/demo.ts';
import { restartAnnotations } from './restarts.ts';

const prefix = 'networking.calico.extensions.gardener.cloud/';
const time = '2026-11-30T10:00:00Z';
const highlyAvailable: Demo = { spec: { controlPlane: { highAvailability: { failureTolerance: { type: 'zone' } } } } };
const hibernated: Demo = { spec: { hibernation: { enabled: true } }, status: { hibernated: true } };
const withoutTypha: Demo = { config: { typha: { enabled: false } } };
const typhaStamp = { 'typha-restarted-at': '2026-01-01T00:00:00Z', 'typha-restart-reason': 'control-plane-migration' };

interface Row {
  readonly demo?: Demo;
  readonly operation: OperationType;
  /** Stored annotations and expected ones, without the prefix. */
  readonly stored?: Readonly<Record<string, string>>;
  readonly added: Readonly<Record<string, string>>;
}

const migrated = { 'typha-restarted-at': time, 'typha-restart-reason': 'control-plane-migration' };
const notHA = { 'control-plane-ha': 'false' };
const isHA = { 'control-plane-ha': 'true' };

suite('annotations of a Network', () => {
  cases<Row>(
    {
      'a reconciliation records the first state of the control plane': { operation: 'Reconcile', added: notHA },
      'a creation with a highly available control plane records it': {
        demo: highlyAvailable,
        operation: 'Create',
        added: isHA,
      },
      'a reconciliation without a change adds nothing': { operation: 'Reconcile', stored: notHA, added: {} },
      'a restoration restarts typha': { operation: 'Restore', added: { ...notHA, ...migrated } },
      'a restoration without typha restarts calico-node': {
        demo: withoutTypha,
        operation: 'Restore',
        added: {
          ...notHA,
          'calico-node-restarted-at': time,
          'calico-node-restart-reason': 'control-plane-migration',
        },
      },
      'a restoration that continues does not restart typha again': {
        operation: 'Restore',
        stored: { ...notHA, ...typhaStamp },
        added: {},
      },
      'a restoration in hibernation restarts nothing': { demo: hibernated, operation: 'Restore', added: notHA },
      'the switch to high availability restarts typha': {
        demo: highlyAvailable,
        operation: 'Reconcile',
        stored: { ...notHA, ...typhaStamp },
        added: { ...isHA, 'typha-restarted-at': time, 'typha-restart-reason': 'ha-transition' },
      },
      'the switch to high availability without typha is recorded': {
        demo: { ...highlyAvailable, ...withoutTypha },
        operation: 'Reconcile',
        stored: notHA,
        added: isHA,
      },
      'the switch to high availability in hibernation is recorded': {
        demo: { spec: { ...highlyAvailable.spec, ...hibernated.spec }, status: { hibernated: true } },
        operation: 'Reconcile',
        stored: notHA,
        added: isHA,
      },
      'a value that is not literally false is no switch': {
        demo: highlyAvailable,
        operation: 'Reconcile',
        stored: { 'control-plane-ha': 'False' },
        added: isHA,
      },
      'a control plane that is no longer highly available is recorded': {
        operation: 'Reconcile',
        stored: isHA,
        added: notHA,
      },
    },
    ({ demo, operation, stored = {}, added }) => {
      const { annotations, checks } = planned({ demo, stored }, operation);
      assert.deepEqual(annotations, prefixed(added));
      const isRestart = Object.keys(added).some((name) => name.endsWith('-restarted-at'));
      const check = { group: 'crd.projectcalico.org', version: 'v1', plural: 'felixconfigurations' };
      assert.deepEqual(checks, isRestart ? [{ check }] : []);
    },
  );
});

test('a Network without a Shoot gets no annotations', () => {
  const decoded = calico.decode({ ...demoInput(), cluster: {} });
  assert.deepEqual(calico.planAnnotations?.(decoded, { operation: 'Restore', time })?.annotations, {});
});

test('a restart changes the pod template of one workload only', () => {
  const restarts: Readonly<Record<string, Demo>> = { 'calico-typha-deploy': {}, 'calico-node': withoutTypha };
  for (const [workload, demo] of Object.entries(restarts)) {
    const before = documents(demo, {});
    const { annotations } = planned({ demo, stored: {} }, 'Restore');
    const after = documents(demo, annotations);
    assert.equal(after.length, before.length);
    const changed = after.filter((json) => !before.includes(json));
    assert.equal(changed.length, 1);
    assert.match(changed[0] ?? '', new RegExp(`"name":"${workload}"`));
  }
});

/** Returns the rendered objects as canonical JSON. */
function documents(demo: Demo, annotations: Readonly<Record<string, string>>): readonly string[] {
  const input = demoInput(demo);
  const result = planNetwork(calico, { ...input, network: withAnnotations(input.network, annotations) }, planTools());
  assert.ok(result.outcome === 'planned');
  return result.plan.managedResource.parts.flatMap(({ objects }) => objects.map(({ json }) => json));
}

function planned(
  { demo, stored }: { readonly demo: Demo | undefined; readonly stored: Readonly<Record<string, string>> },
  operation: OperationType,
): AnnotationPlan {
  const input = demoInput(demo);
  const decoded = calico.decode({ ...input, network: withAnnotations(input.network, prefixed(stored)) });
  assert.ok(hasShoot(decoded));
  return restartAnnotations(decoded, { operation, time });
}

function withAnnotations(network: Network, annotations: Readonly<Record<string, string>>): Network {
  return { ...network, metadata: { ...network.metadata, annotations } };
}

function prefixed(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`${prefix}${name}`, value]));
}
