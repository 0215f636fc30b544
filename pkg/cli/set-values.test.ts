import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { InputDocument } from '../yaml/documents.ts';
import { InputError } from '../yaml/input.ts';
import type { ShootValueOptions } from './options.ts';
import { createShootValues } from './set-values.ts';

type Fields = Readonly<Record<string, unknown>>;

function apply(options: ShootValueOptions, object: Fields): unknown {
  const document = { object: object as unknown as KubeObject } as InputDocument;
  return createShootValues(options)(document).object;
}

const shoot = (spec: Fields): Fields => ({ apiVersion: 'core.gardener.cloud/v1beta1', kind: 'Shoot', spec });

cases<readonly [ShootValueOptions, Fields, unknown]>(
  {
    'a flag gives the value to a Shoot without one': [
      { pods: '10.0.0.0/16' },
      { networking: { type: 'calico' } },
      { networking: { type: 'calico', pods: '10.0.0.0/16' } },
    ],
    'a flag creates the parents of the field': [{ kubernetesVersion: '1.33' }, {}, { kubernetes: { version: '1.33' } }],
    'a flag retains the value of the Shoot': [
      { pods: '10.0.0.0/16' },
      { networking: { pods: 'x' } },
      { networking: { pods: 'x' } },
    ],
    'a flag replaces an empty text': [{ provider: 'aws' }, { provider: { type: '' } }, { provider: { type: 'aws' } }],
    'a flag retains a parent of a wrong type': [{ pods: '10.0.0.0/16' }, { networking: 'x' }, { networking: 'x' }],
    '--set replaces the value of the Shoot': [
      { set: ['spec.networking.pods=10.0.0.0/16'] },
      { networking: { pods: 'x' } },
      { networking: { pods: '10.0.0.0/16' } },
    ],
    '--set reads the value as YAML': [
      { set: ['spec.a=true', 'spec.b=12', 'spec.c="12"', 'spec.d=[IPv4, IPv6]', 'spec.e={x: 1}', 'spec.f='] },
      {},
      { a: true, b: 12, c: '12', d: ['IPv4', 'IPv6'], e: { x: 1 }, f: null },
    ],
    '--set changes an item of a list': [
      { set: ['spec.provider.workers[1].maximum=5'] },
      { provider: { workers: [{ name: 'a' }, { name: 'b' }] } },
      { provider: { workers: [{ name: 'a' }, { name: 'b', maximum: 5 }] } },
    ],
    '--set accepts the leading dot of JSONPath': [{ set: ['.spec.a=1'] }, {}, { a: 1 }],
    'a later --set wins': [{ set: ['spec.a=1', 'spec.a=2'] }, {}, { a: 2 }],
    '--set adds inherited names as own fields': [
      { set: ['spec.__proto__=1', 'spec.constructor.x=2'] },
      {},
      JSON.parse('{"__proto__":1,"constructor":{"x":2}}'),
    ],
  },
  ([options, spec, expected]) => assert.deepEqual(apply(options, shoot(spec)), shoot(expected as Fields)),
);

test('values apply to the Shoot of a Cluster as well, and to no other object', () => {
  const cluster = (inner: Fields): Fields => ({
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    spec: { shoot: { spec: inner } },
  });
  assert.deepEqual(apply({ nodes: '10.0.0.0/16' }, cluster({})), cluster({ networking: { nodes: '10.0.0.0/16' } }));
  const secret = { apiVersion: 'v1', kind: 'Secret', spec: {} };
  assert.deepEqual(apply({ nodes: '10.0.0.0/16' }, secret), secret);
});

test('values apply to a Network as far as gardenlet copies them', () => {
  const network = (spec: Fields): Fields => ({
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    spec,
  });
  const before = network({ type: 'calico', podCIDR: '10.0.0.0/8' });
  const set = [
    'spec.networking.providerConfig.backend=none',
    'spec.networking.services=10.64.0.0/13',
    'spec.networking.nodes=10.1.0.0/16',
    'spec.kubernetes.version=1.34.1',
  ];
  const providerConfig = { backend: 'none' };
  assert.deepEqual(
    apply({ set, pods: '100.64.0.0/12' }, before),
    network({ type: 'calico', podCIDR: '10.0.0.0/8', serviceCIDR: '10.64.0.0/13', providerConfig }),
  );
});

test('a whole object replaces all fields of a Network that gardenlet copies from it', () => {
  const spec = { type: 'calico', podCIDR: '10.0.0.0/8', ipFamilies: ['IPv6'] };
  const network = (fields: Fields): Fields => ({
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    spec: fields,
  });
  const expected = network({
    type: 'cilium',
    providerConfig: { tunnel: 'vxlan' },
    podCIDR: '100.64.0.0/12',
    serviceCIDR: null,
    ipFamilies: null,
  });
  const value = '{type: cilium, providerConfig: {tunnel: vxlan}, pods: 100.64.0.0/12, nodes: 10.1.0.0/16}';
  assert.deepEqual(apply({ set: [`spec.networking=${value}`] }, network(spec)), expected);
  assert.deepEqual(apply({ set: [`spec={networking: ${value}}`] }, network(spec)), expected);
});

test('reports all invalid assignments', () => {
  const set = ['spec.a', '=1', 'spec..a=1', 'spec.a[x]=1', 'spec.a=[1'];
  assert.throws(
    () => createShootValues({ set }),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual(
        error.problems.map(({ message }) =>
          message.replace(/the value is not valid YAML: .*/, 'the value is not valid YAML'),
        ),
        [
          '--set "spec.a": must be path=value, for example --set spec.networking.pods=100.64.0.0/12',
          '--set "=1": must be path=value, for example --set spec.networking.pods=100.64.0.0/12',
          '--set "spec..a=1": "spec..a" is not the path of a field, for example --set spec.networking.pods=100.64.0.0/12',
          '--set "spec.a[x]=1": "spec.a[x]" is not the path of a field, for example --set spec.networking.pods=100.64.0.0/12',
          '--set "spec.a=[1": the value is not valid YAML',
        ],
      );
      return true;
    },
  );
});

test('property: does not modify the input, and changes nothing but the field', () => {
  const spec = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(spec, fc.constantFrom('a', 'b', 'd'), fc.integer(), (before, key, value) => {
      const frozen = structuredClone(before);
      const after = apply({ set: [`spec.${key}=${value}`] }, shoot(before));
      assert.deepEqual(before, frozen);
      assert.deepEqual(after, shoot({ ...before, [key]: value }));
    }),
  );
});
