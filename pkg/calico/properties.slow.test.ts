/** Properties of all valid configurations, and of hostile strings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { expandReferences } from '../../test/support/kubelet.ts';
import { planTools } from '../../test/support/planning.ts';
import { describeObject, isRecord, recordOf } from '../gardener/objects.ts';
import { describe } from '../network/diagnostics.ts';
import { planNetwork } from '../network/plan.ts';
import type { NetworkPlan, PlanInput, PlanResult } from '../network/plugin.ts';
import { calico } from './plan.ts';
import { demo } from './testdata/arbitraries.ts';
import { type Demo, demoInput, ranges } from './testdata/demo.ts';

const tools = planTools();

function planned(result: PlanResult): NetworkPlan {
  assert.equal(result.outcome, 'planned', result.diagnostics.map(describe).join('\n'));
  assert.ok('plan' in result);
  return result.plan;
}

/** Returns the complete result of a plan as text. */
function renderedText(result: PlanResult): string {
  if (result.outcome !== 'planned') return JSON.stringify(result);
  const { managedResource, ...rest } = result.plan;
  const parts = managedResource.parts.map(({ key, objects }) => [key, objects.map(({ json }) => json)]);
  return JSON.stringify([result.diagnostics, managedResource.name, parts, rest]);
}

test('property: objects of a valid configuration have unique names, in kube-system or cluster-wide', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const plan = planned(planNetwork(calico, demoInput(given), tools));
      const objects = plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
      for (const { apiVersion, kind, metadata } of objects) {
        assert.match(apiVersion, /^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/);
        assert.match(kind, /^[A-Z][A-Za-z]+$/);
        assert.match(metadata.name, /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/);
        assert.ok(
          metadata.namespace === undefined || metadata.namespace === 'kube-system',
          describeObject({ kind, metadata }),
        );
      }
      const names = objects.map(
        ({ apiVersion, kind, metadata }) => `${apiVersion} ${describeObject({ kind, metadata })}`,
      );
      assert.deepEqual(names, [...new Set(names)]);
      for (const one of plan.seedObjects) assert.equal(one.metadata.namespace, 'shoot--team--demo');
      assert.deepEqual(plan.status.ipFamilies, [...plan.status.ipFamilies].sort());
    }),
    { numRuns: 150 },
  );
});

test('property: variables, containers, volumes and mount paths are unique', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const plan = planned(planNetwork(calico, demoInput(given), tools));
      const node = plan.managedResource.parts[0]?.objects.find(({ object }) => object.kind === 'DaemonSet');
      for (const [where, list] of lists(node?.object, '')) {
        const keys = list
          .filter(isRecord)
          .map((one) => (where.endsWith('volumeMounts') ? one['mountPath'] : one['name']));
        assert.deepEqual(keys, [...new Set(keys)], where);
      }
    }),
    { numRuns: 100 },
  );
});

function lists(value: unknown, where: string): readonly (readonly [string, readonly unknown[]])[] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((one: unknown, index) => lists(one, `${where}[${index}]`));
    return value.every((one) => isRecord(one) && 'name' in one) ? [[where, value], ...inner] : inner;
  }
  return isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => lists(inner, `${where}.${key}`)) : [];
}

test('property: the CNI configuration is JSON after the installer has replaced its tokens', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const plan = planned(planNetwork(calico, demoInput(given), tools));
      const config = plan.managedResource.parts[0]?.objects.find(
        ({ object }) => object.metadata.name === 'calico-config',
      );
      const data = (config?.object['data'] ?? {}) as Readonly<Record<string, string>>;
      const text = (data['cni_network_config'] ?? '').replace('__CNI_MTU__', data['veth_mtu'] ?? '');
      const { plugins } = JSON.parse(text) as { readonly plugins: readonly { readonly mtu?: unknown }[] };
      assert.equal(typeof plugins[0]?.mtu, 'number');
    }),
    { numRuns: 100 },
  );
});

test('property: planning is deterministic, also in a new process, and does not modify its input', () => {
  fc.assert(
    fc.property(demo, (given) => {
      const input = frozen(demoInput(given));
      const text = renderedText(planNetwork(calico, input, tools));
      assert.equal(renderedText(planNetwork(calico, structuredClone(input), tools)), text);
      assert.equal(renderedText(planNetwork(calico, input, tools)), text);
    }),
    { numRuns: 60 },
  );
  const input = demoInput({ config: { overlay: { enabled: false } } });
  assert.equal(
    renderedText(planNetwork(calico, input, planTools())),
    renderedText(planNetwork(calico, input, planTools())),
  );
});

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

/** The places for strings of users and other extensions, with an accepted string if there is one. */
const entrances: Readonly<Record<string, readonly [plain: string, put: (text: string) => PlanInput]>> = {
  'ipam.cidr': ['10.0.0.0/8', (text) => withConfig({ ipam: { cidr: text } })],
  'ipv4.autoDetectionMethod': ['interface=eth0', (text) => withConfig({ ipv4: { autoDetectionMethod: text } })],
  'expression of ipv4.autoDetectionMethod': [
    'eth0',
    (text) => withConfig({ ipv4: { autoDetectionMethod: `interface=${text}` } }),
  ],
  'target of ipv4.autoDetectionMethod': [
    'a.b',
    (text) => withConfig({ ipv4: { autoDetectionMethod: `can-reach=${text}` } }),
  ],
  'expression of ipv6.autoDetectionMethod': [
    'eth0',
    (text) => withConfig({ ipv6: { autoDetectionMethod: `skip-interface=${text}` } }, ['IPv6']),
  ],
  ipAutodetectionMethod: ['first-found', (text) => withConfig({ ipAutodetectionMethod: text })],
  'expression of ipAutodetectionMethod': ['eth0', (text) => withConfig({ ipAutodetectionMethod: `interface=${text}` })],
  vethMTU: ['1450', (text) => withConfig({ vethMTU: text })],
  backend: ['bird', (text) => withConfig({ backend: text })],
  'ipv4.mode': ['Always', (text) => withConfig({ ipv4: { mode: text } })],
  serviceLoopPrevention: ['Drop', (text) => withConfig({ serviceLoopPrevention: text })],
  'autoScaling.resources.node.cpu': [
    '1',
    (text) => withConfig({ autoScaling: { mode: 'static', resources: { node: { cpu: text } } } }),
  ],
  'key of autoScaling.resources.node': [
    'cpu',
    (text) => withConfig({ autoScaling: { mode: 'static', resources: { node: { [text]: '1' } } } }),
  ],
  'field of providerConfig': ['backend', (text) => withConfig({ [text]: 'bird' })],
  'apiVersion of providerConfig': [
    'calico.networking.extensions.gardener.cloud/v1alpha1',
    (text) => withConfig({ apiVersion: text, kind: 'NetworkConfig' }),
  ],
  'spec.podCIDR': ['100.64.0.0/12', (text) => demoInput({ config: off, podCIDR: text })],
  'spec.serviceCIDR': ['100.104.0.0/13', (text) => demoInput({ config: off, serviceCIDR: text })],
  'family of spec.ipFamilies': ['IPv4', (text) => demoInput({ config: off, families: [text] })],
  'name of the Network': ['demo', (text) => renamed(demoInput({ config: off }), { name: text })],
  'namespace of the Network': ['shoot--a--b', (text) => renamed(demoInput({ config: off }), { namespace: text })],
  'version of the Shoot': ['1.34.2', (text) => withShoot({ spec: { kubernetes: { version: text } } })],
  'kubeProxy.mode of the Shoot': [
    'IPTables',
    (text) => withShoot({ spec: { kubernetes: { version: '1.34.2', kubeProxy: { mode: text } } } }),
  ],
  'spec.networking.nodes of the Shoot': [
    '10.180.0.0/16',
    (text) => withShoot({ spec: { networking: { nodes: text } } }),
  ],
  'status.networking.nodes of the Shoot': [
    '10.180.0.0/16',
    (text) =>
      withShoot({ spec: { networking: { nodes: '10.180.0.0/16' } }, status: { networking: { nodes: [text] } } }),
  ],
  'status.networking.pods of the Shoot': [
    ranges.IPv6.pods,
    (text) => ({
      ...withShoot({ families: ['IPv4', 'IPv6'], status: { networking: { pods: [ranges.IPv4.pods, text] } } }),
    }),
  ],
  'constraint of the Shoot': ['True', (text) => withShoot({ status: { constraints: [{ type: text, status: text }] } })],
};

const off = { overlay: { enabled: false } };

function withConfig(config: object, families: readonly string[] = ['IPv4']): PlanInput {
  return demoInput({ config: { ...off, ...config }, families });
}

function withShoot(given: Demo): PlanInput {
  return demoInput({ config: off, ...given, spec: { kubernetes: { version: '1.34.2' }, ...given.spec } });
}

function renamed(input: PlanInput, metadata: object): PlanInput {
  return { ...input, network: { ...input.network, metadata: { ...input.network.metadata, ...metadata } } };
}

/** Returns all objects with the paths of their keys, including those in strings with JSON. */
function listPaths(plan: NetworkPlan): readonly string[] {
  return plan.managedResource.parts.flatMap(({ objects }) =>
    objects.flatMap(({ object, json }) => {
      assert.deepEqual(JSON.parse(json), object);
      if (object.kind === 'CustomResourceDefinition') return [object.metadata.name];
      return [describeObject(object), ...paths(object, '')];
    }),
  );
}

function paths(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value))
    return [`${where}#${value.length}`, ...value.flatMap((one: unknown) => paths(one, `${where}[]`))];
  if (isRecord(value))
    return Object.entries(value).flatMap(([key, inner]) => [`${where}.${key}`, ...paths(inner, `${where}.${key}`)]);
  const nested = typeof value === 'string' && value.startsWith('{') ? value.replace('__CNI_MTU__', '0') : undefined;
  return nested === undefined ? [] : paths(JSON.parse(nested), `${where} (JSON)`);
}

const table = JSON.parse(readFileSync(path.join(import.meta.dirname, '../templates/testdata/quote.json'), 'utf8')) as {
  readonly rows: readonly { readonly text: string }[];
};
const nasty = [
  ...table.rows.map(({ text }) => text),
  'a\u0000b',
  '\ud800',
  '\udc00',
  'x'.repeat(5_000),
  '(('.repeat(500),
];
const pieces = [
  '"',
  "'",
  '\\',
  '\n',
  '\r\n',
  '---\n',
  '{{',
  '}}',
  '\u0085',
  '\u2028',
  ': ',
  ' #',
  '- ',
  '!!str ',
  '&a ',
  '*a',
  '\t',
];
const hostile = fc.oneof(
  fc.constantFrom(...nasty),
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary' })), { maxLength: 6 })
    .map((some) => some.join('')),
);

for (const [where, [plain, put]] of Object.entries(entrances)) {
  test(`property: no string adds a key or an object: ${where}`, () => {
    const expected = listPaths(planned(planNetwork(calico, put(plain), tools)));
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 3, arbitrary: hostile },
          hostile.map((text) => `${plain}${text}`),
        ),
        (text) => {
          // In some places the empty string means absent.
          fc.pre(text !== '');
          const result = planNetwork(calico, put(text), tools);
          if (result.outcome === 'refused')
            return assert.ok(result.diagnostics.some(({ severity }) => severity === 'error'));
          assert.deepEqual(listPaths(planned(result)), expected);
        },
      ),
      { numRuns: 60 },
    );
  });
}

test('property: every such string is accepted in some place', () => {
  const accepted = (where: string, text: string): boolean => {
    const put = entrances[where]?.[1];
    return put !== undefined && planNetwork(calico, put(text), tools).outcome === 'planned';
  };
  for (const text of ['" #', "'", '{{q x}}', 'a: b', '!!str', '&a', '- a', '🦄', 'bücher'])
    assert.ok(accepted('expression of ipv4.autoDetectionMethod', text), text);
  for (const text of ['a\u0085b', 'a\u2028b', 'a\nb', 'a\u0000b', '\ud800', '"\n---\n'])
    assert.ok(!accepted('expression of ipv4.autoDetectionMethod', text), JSON.stringify(text));
});

/** All texts in which the kubelet expands references to variables. */
function containerTexts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(containerTexts);
  if (!isRecord(value)) return [];
  const env = Array.isArray(value['env']) ? value['env'].map((one) => recordOf(one)['value']) : [];
  const own = [...env, value['args'], value['command']].flat().filter((one) => typeof one === 'string');
  return [...own, ...Object.values(value).flatMap(containerTexts)];
}

test('containers get the validated strings: references of users are not expanded', () => {
  const reference = '$(USERS_OWN)';
  let found = 0;
  for (const [where, [plain, put]] of Object.entries(entrances)) {
    for (const text of [reference, `${plain}${reference}`, `${plain}$${reference}`]) {
      const result = planNetwork(calico, put(text), tools);
      if (result.outcome !== 'planned') continue;
      const written = containerTexts(
        result.plan.managedResource.parts.flatMap(({ objects }) => objects.map(({ object }) => object)),
      ).filter((one) => one.includes('USERS_OWN'));
      found += written.length;
      for (const one of written) {
        const expanded = expandReferences(one, { USERS_OWN: 'expanded' });
        assert.ok(expanded.includes(text) && !expanded.includes('expanded'), `${where}: ${one}`);
      }
    }
  }
  assert.ok(found > 0);
});
