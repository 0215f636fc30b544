/** Properties of all valid configurations, and of hostile strings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { planTools } from '../../test/support/planning.ts';
import { describeObject, isRecord } from '../gardener/objects.ts';
import { planNetwork } from '../network/plan.ts';
import type { NetworkPlan, PlanInput, PlanResult } from '../network/plugin.ts';
import { cilium } from './plan.ts';
import { demo } from './testdata/arbitraries.ts';
import { type Demo, demoInput, plannedObjects, runningConfig } from './testdata/demo.ts';

const tools = planTools();

/** Returns the complete result of a plan as text. */
function renderedText(result: PlanResult): string {
  if (result.outcome !== 'planned') return JSON.stringify(result);
  const { managedResource, webhookResource, ...rest } = result.plan;
  const parts = [managedResource, webhookResource].flatMap((one) =>
    (one?.parts ?? []).map(({ key, objects }) => [key, objects.map(({ json }) => json)]),
  );
  return JSON.stringify([result.diagnostics, managedResource.name, parts, rest]);
}

test('property: objects have unique names, in kube-system, the namespace of BGP’s Secrets or cluster-wide, and lists have unique names', () => {
  let planned = 0;
  fc.assert(
    fc.property(demo, (given) => {
      const result = planNetwork(cilium, demoInput(given), tools);
      if (result.outcome !== 'planned') return;
      planned += 1;
      const objects = plannedObjects(result.plan);
      const names = objects.map((object) => {
        assert.match(object.metadata.name, /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/);
        assert.ok(
          [undefined, 'kube-system', 'cilium-bgp-secrets'].includes(object.metadata.namespace),
          describeObject(object),
        );
        return `${object.apiVersion} ${describeObject(object)}`;
      });
      assert.deepEqual(names, [...new Set(names)]);
      for (const [where, list] of lists(objects, '')) {
        const keys = list.map((one) =>
          JSON.stringify(where.endsWith('volumeMounts') ? one['mountPath'] : [one['name'], one['protocol']]),
        );
        assert.deepEqual(keys, [...new Set(keys)], where);
      }
      for (const one of result.plan.seedObjects) assert.equal(one.metadata.namespace, 'shoot--team--demo');
    }),
    { numRuns: 300 },
  );
  assert.ok(planned > 60, `only ${planned} were planned`);
});

type Named = readonly (readonly [string, readonly Readonly<Record<string, unknown>>[]])[];

function lists(value: unknown, where: string): Named {
  if (Array.isArray(value)) {
    const inner = value.flatMap((one: unknown, index) => lists(one, `${where}[${index}]`));
    const records = value.filter(isRecord);
    return where !== '' && records.length > 0 && records.every((one) => 'name' in one && !('kind' in one))
      ? [[where, records], ...inner]
      : inner;
  }
  return isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => lists(inner, `${where}.${key}`)) : [];
}

test('property: planning is deterministic, also in a new process, and does not modify its input', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const input = frozen(demoInput(given));
      const text = renderedText(planNetwork(cilium, input, tools));
      assert.equal(renderedText(planNetwork(cilium, structuredClone(input), tools)), text);
    }),
    { numRuns: 100 },
  );
  assert.equal(
    renderedText(planNetwork(cilium, demoInput(), planTools())),
    renderedText(planNetwork(cilium, demoInput(), planTools())),
  );
});

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function withConfig(given: unknown, more: Demo = {}): PlanInput {
  return demoInput({ ...more, config: given });
}

function selfHosted(domain: string): Demo {
  return {
    spec: { dns: { domain }, provider: { workers: [{ controlPlane: {} }] } },
    status: { advertisedAddresses: [] },
  };
}

/** The places for strings of users and other programs. */
const entrances: Readonly<Record<string, (text: string) => PlanInput>> = {
  'kubeproxy.k8sServiceHost': (text) => withConfig({ kubeproxy: { k8sServiceHost: text, k8sServicePort: 443 } }),
  tunnel: (text) => withConfig({ tunnel: text }),
  'devices[0]': (text) => withConfig({ devices: [text] }),
  'devices[1]': (text) => withConfig({ devices: ['eth0', text] }),
  directRoutingDevice: (text) => withConfig({ directRoutingDevice: text }),
  loadBalancingMode: (text) => withConfig({ loadBalancingMode: text }),
  'l2Announcements.leaseDuration': (text) => withConfig({ l2Announcements: { enabled: true, leaseDuration: text } }),
  'encryption.mode': (text) => withConfig({ encryption: { mode: text } }),
  'field of providerConfig': (text) => withConfig({ [text]: true }),
  'kind of providerConfig': (text) => withConfig({ kind: text }),
  'spec.podCIDR': (text) => withConfig({ snatOutOfCluster: { enabled: true } }, { podCIDR: text }),
  'networking.nodes': (text) =>
    withConfig({ snatOutOfCluster: { enabled: true } }, { spec: { networking: { nodes: text } } }),
  'networking.pods': (text) => withConfig({ overlay: {} }, { spec: { networking: { pods: text } } }),
  'status.networking.pods': (text) => withConfig({ overlay: {} }, { status: { networking: { pods: [text] } } }),
  'advertised address': (text) => demoInput({ status: { advertisedAddresses: [{ name: 'external', url: text }] } }),
  'host of the advertised address': (text) =>
    demoInput({ status: { advertisedAddresses: [{ name: 'external', url: `https://${text}` }] } }),
  'domain of a self-hosted shoot': (text) => demoInput(selfHosted(text)),
  'IPAM mode in the shoot': (text) => demoInput({ shoot: { available: true, value: [runningConfig({ ipam: text })] } }),
  'IPAM mode in the state': (text) => demoInput({ networkStatus: { state: { ipam: text } } }),
};

const hostile = fc.oneof(
  fc.constantFrom(
    'eth0"\n  evil: "1',
    "eth0'\n---\nkind: Secret",
    'a\u0085b',
    '\u2028',
    '\ufeffx',
    '\ud800',
    '\u0000',
    '{{q x}}',
    '$(CILIUM_DEBUG)',
    '&a [*a]',
    '!!js/function x',
    '| x',
    '# x',
    'é'.repeat(7),
    '__proto__',
    'constructor',
    'a\u00a0b',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 15 }),
);

/** Returns the names of objects and the keys of the configuration, which a string must not extend. */
function shape(plan: NetworkPlan): readonly string[] {
  return plannedObjects(plan).flatMap((object) => {
    const names = [describeObject(object)];
    const { data } = object;
    return object.metadata.name === 'cilium-config' && isRecord(data) ? [...names, ...Object.keys(data)] : names;
  });
}

const known = new Set(
  [
    withConfig({}),
    withConfig({ devices: ['eth0'], directRoutingDevice: 'e', overlay: {}, l2Announcements: { enabled: true } }),
    withConfig({ devices: ['!eth0'] }),
    withConfig({ tunnel: 'geneve' }),
    demoInput(selfHosted('demo.example.com')),
  ].flatMap((given) => {
    const result = planNetwork(cilium, given, tools);
    return result.outcome === 'planned' ? shape(result.plan) : [];
  }),
);

for (const [name, put] of Object.entries(entrances)) {
  test(`property: no string in ${name} adds a key or an object, and Go parses the same value`, () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const result = planNetwork(cilium, put(text), tools);
        if (result.outcome !== 'planned') return;
        for (const one of shape(result.plan)) assert.ok(known.has(one) || /^cluster-pool|^ipam-|^ipv6-/.test(one), one);
        for (const { json, object } of result.plan.managedResource.parts.flatMap((part) => part.objects)) {
          assert.ok(/^[\x20-\x7e\u{10000}-\u{10ffff}]*$/u.test(json), 'outside of printable ASCII');
          assert.deepEqual(load(json), object);
          assert.deepEqual(JSON.parse(json), object);
        }
      }),
      { numRuns: 60 },
    );
  });
}

test('an accepted string is rendered unchanged', () => {
  const text = 'a\u00a0"é\\';
  const result = planNetwork(cilium, withConfig({ devices: [text] }), tools);
  assert.ok(result.outcome === 'planned');
  const agents = plannedObjects(result.plan).find(({ metadata }) => metadata.name === 'cilium-config');
  assert.equal((agents?.['data'] as Readonly<Record<string, string>> | undefined)?.['devices'], text);
});
