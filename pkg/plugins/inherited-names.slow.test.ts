/** Names that every object inherits are no names of units, options, kinds or types, wherever a user writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { networkConfigSchema as calicoSchema } from '../calico/api/config.ts';
import { networkConfigSchema as ciliumSchema } from '../cilium/api/config.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { objectChanges } from '../managedresource/changes.ts';
import { admitShoot, completeShoot } from '../network/admission.ts';
import { plugins } from './index.ts';

const inherited = [...Object.getOwnPropertyNames(Object.prototype), '__proto__', 'prototype', 'length'];
/** Alone, behind a number as a unit, and on either side of the signs that divide texts. */
const hostile = inherited.flatMap((name) => [
  name,
  `1${name}`,
  `${name}=${name}`,
  `interface=${name}`,
  `${name}:${name}`,
]);

type Keys = readonly (string | number)[];

/** The paths of all texts in a schema: fields, entries of lists, and members of maps, whose keys are texts as well. */
function textPaths(schema: unknown, path: Keys = []): readonly Keys[] {
  const { anyOf, type, properties, items, additionalProperties } = recordOf(schema);
  const branches = Array.isArray(anyOf) ? anyOf.flatMap((one: unknown) => textPaths(one, path)) : [];
  const members = Object.entries(recordOf(properties)).flatMap(([name, inner]) => textPaths(inner, [...path, name]));
  const entries = isRecord(items) ? textPaths(items, [...path, 0]) : [];
  const map = isRecord(additionalProperties) ? textPaths(additionalProperties, [...path, 'cpu']) : [];
  return [...([type].flat().includes('string') ? [path] : []), ...branches, ...members, ...entries, ...map];
}

/** The paths of all objects in a schema, whose keys a user writes. */
function objectPaths(schema: unknown, path: Keys = []): readonly Keys[] {
  const { anyOf, type, properties } = recordOf(schema);
  const branches = Array.isArray(anyOf) ? anyOf.flatMap((one: unknown) => objectPaths(one, path)) : [];
  const members = Object.entries(recordOf(properties)).flatMap(([name, inner]) => objectPaths(inner, [...path, name]));
  return [...([type].flat().includes('object') ? [path] : []), ...branches, ...members];
}

/** Plain JSON with one value at a path; `__proto__` becomes an own member, as JSON.parse makes it. */
function nested([key, ...rest]: Keys, value: unknown): unknown {
  if (key === undefined) return value;
  return typeof key === 'number' ? [nested(rest, value)] : Object.fromEntries([[key, nested(rest, value)]]);
}

function createShoot(change: { readonly type: string; readonly config?: unknown; readonly spec?: object }): KubeObject {
  const { type, config = {}, spec } = change;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      provider: { workers: [{ name: 'a' }] },
      kubernetes: { version: '1.34.3' },
      networking: {
        type,
        pods: '10.96.0.0/11',
        services: '10.64.0.0/13',
        nodes: '10.250.0.0/16',
        providerConfig: config,
      },
      ...spec,
    },
  };
}

function admit(shoot: KubeObject): ReturnType<typeof admitShoot> {
  completeShoot(plugins, shoot);
  return admitShoot({ plugins, shoot, old: createShoot({ type: 'calico' }), alwaysWarn: true });
}

for (const [type, schema] of Object.entries({ calico: calicoSchema, cilium: ciliumSchema })) {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const texts = textPaths(json);
  assert.ok(texts.length >= 10, `${type} has ${texts.length} texts`);
  for (const path of new Map(texts.map((one) => [one.join('.'), one])).values()) {
    test(`${type}: ${path.join('.')} may hold any inherited name without an exception`, () => {
      for (const text of hostile) admit(createShoot({ type, config: nested(path, text) }));
    });
  }

  test(`${type}: inherited names are unknown fields of every object`, () => {
    for (const path of new Map(objectPaths(json).map((one) => [one.join('.'), one])).values()) {
      for (const name of inherited) {
        const { allowed } = admit(createShoot({ type, config: nested([...path, name], 'x') }));
        assert.equal(allowed, false, [...path, name].join('.'));
      }
    }
  });
}

test('a network type with an inherited name is not served', () => {
  for (const type of inherited) assert.equal(admit(createShoot({ type })).allowed, true, type);
});

test('inherited names in other strings of a Shoot cause no exception', () => {
  for (const text of hostile) {
    const members = Object.fromEntries([[text, true]]);
    const kubernetes = {
      version: text,
      kubeProxy: { mode: text },
      kubeAPIServer: { runtimeConfig: members, featureGates: members },
    };
    for (const type of ['calico', 'cilium']) {
      const networking = { type, pods: text, services: text, nodes: text, ipFamilies: [text] };
      admit(createShoot({ type, spec: { kubernetes } }));
      admit(createShoot({ type, spec: { networking } }));
    }
  }
});

test('objects whose kind is an inherited name are compared as objects of any other kind', () => {
  const createObject = (kind: string, value: string): KubeObject => ({
    apiVersion: 'example.org/v1',
    kind,
    metadata: { name: 'one' },
    spec: { probe: value },
  });
  for (const kind of inherited) {
    const changes = objectChanges({ before: [createObject(kind, 'a')], after: [createObject(kind, 'b')] });
    assert.deepEqual(
      changes.map(({ change, immutable }) => ({ change, immutable })),
      [{ change: 'changed', immutable: undefined }],
      kind,
    );
    const removed = { ...createObject(kind, 'a'), other: 1 } as KubeObject;
    assert.equal(objectChanges({ before: [removed], after: [createObject(kind, 'a')] }).length, 1, kind);
  }
});
