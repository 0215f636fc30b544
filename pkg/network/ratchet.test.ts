import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { sameJson } from '../gardener/merge-patch.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { Diagnostic } from './diagnostics.ts';
import { preexistingErrors, type ShootFindings } from './ratchet.ts';

const shootOf = (spec: unknown): KubeObject => ({
  apiVersion: 'core.gardener.cloud/v1beta1',
  kind: 'Shoot',
  metadata: { name: 'web' },
  spec,
});

const finding = (path: string, message = 'Invalid value', code = 'config-invalid-value'): Diagnostic => ({
  code,
  severity: 'error',
  object: 'Shoot garden-dev/web',
  path,
  message,
  remedy: '',
});

interface Row {
  readonly before: unknown;
  readonly now: unknown;
  readonly stored: Diagnostic;
  readonly found: Diagnostic;
  readonly same: boolean;
}

cases<Row>(
  {
    'matches the same finding about the same value': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu'),
      same: true,
    },
    'does not match another value with the same truncated message': {
      before: { mtu: `${'9'.repeat(100)}a` },
      now: { mtu: `${'9'.repeat(100)}b` },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu'),
      same: false,
    },
    'does not match another message about the same value': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu', 'Forbidden: together with a'),
      found: finding('spec.mtu', 'Forbidden: together with a, b'),
      same: false,
    },
    'does not match a finding of another rule': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu', 'Invalid value', 'config-wrong-type'),
      same: false,
    },
    'does not match a finding about another field': {
      before: { a: 1, b: 1 },
      now: { a: 1, b: 1 },
      stored: finding('spec.a'),
      found: finding('spec.b'),
      same: false,
    },
    'matches an entry that moved in its list': {
      before: { devices: ['a/b'] },
      now: { devices: ['eth0', 'a/b'] },
      stored: finding('spec.devices[0]'),
      found: finding('spec.devices[1]'),
      same: true,
    },
    'does not match another entry of the list': {
      before: { devices: ['a/b'] },
      now: { devices: ['a/b', 'a/c'] },
      stored: finding('spec.devices[0]'),
      found: finding('spec.devices[1]'),
      same: false,
    },
    'matches a missing value': {
      before: {},
      now: { other: true },
      stored: finding('spec.overlay.enabled'),
      found: finding('spec.overlay.enabled'),
      same: true,
    },
    'matches a quoted key with the same value': {
      before: { 'a "key"': 1 },
      now: { 'a "key"': 1 },
      stored: finding('spec["a \\"key\\""]'),
      found: finding('spec["a \\"key\\""]'),
      same: true,
    },
    'does not match a quoted key with another value': {
      before: { 'a "key"': 1 },
      now: { 'a "key"': 2 },
      stored: finding('spec["a \\"key\\""]'),
      found: finding('spec["a \\"key\\""]'),
      same: false,
    },
    'does not treat inherited members as values': {
      before: { constructor: 1 },
      now: {},
      stored: finding('spec.constructor'),
      found: finding('spec.constructor'),
      same: false,
    },
  },
  ({ before, now, stored, found, same }) =>
    assert.equal(
      preexistingErrors({ shoot: shootOf(now), findings: [found] }, { shoot: shootOf(before), findings: [stored] }).has(
        found,
      ),
      same,
    ),
);

/** Compares all pairs of findings and values, by the definition. */
function comparePairwise(now: ShootFindings, before: ShootFindings): readonly Diagnostic[] {
  const general = (one: Diagnostic) => [one.code, one.path.replace(/\[\d+\]/g, '[]'), one.message].join('\n');
  const valueAt = ({ shoot }: ShootFindings, { path }: Diagnostic): unknown => {
    const { list, value } = (shoot['spec'] ?? {}) as { readonly list: readonly unknown[]; readonly value: unknown };
    return path === 'spec.value' ? value : list[Number(/\d+/.exec(path)?.[0])];
  };
  return now.findings.filter((one) =>
    before.findings.some((old) => general(old) === general(one) && sameJson(valueAt(before, old), valueAt(now, one))),
  );
}

test('indexed lookup equals pairwise comparison', () => {
  const value = fc.oneof(fc.constantFrom(null, undefined, 1, '1', {}, [], { a: null }), fc.jsonValue({ maxDepth: 2 }));
  const anyShootFindings = fc.record({
    shoot: fc.record({ list: fc.array(value, { maxLength: 4 }), value }).map(shootOf),
    findings: fc.array(
      fc
        .tuple(
          fc.constantFrom('spec.value', 'spec.list[0]', 'spec.list[1]', 'spec.list[3]'),
          fc.constantFrom('a', 'b'),
          fc.constantFrom('config-invalid-value', 'config-wrong-type'),
        )
        .map((one) => finding(...one)),
      { maxLength: 5 },
    ),
  });
  let stored = 0;
  fc.assert(
    fc.property(anyShootFindings, anyShootFindings, fc.boolean(), (now, other, sameShoot) => {
      const before = sameShoot ? { ...other, shoot: structuredClone(now.shoot) } : other;
      const found = [...preexistingErrors(now, before)];
      assert.deepEqual(found, comparePairwise(now, before));
      stored += found.length;
    }),
  );
  assert.ok(stored > 0);
});

test('compares large values directly, independent of the order of keys', () => {
  const list = Array.from({ length: 100_000 }, (_, index) => ({ index, a: 1 }));
  const swapped = list.map(({ index, a }) => ({ a, index }));
  const [path, found] = ['spec.networking.providerConfig', finding('spec.networking.providerConfig')];
  const config = (values: unknown): KubeObject => shootOf({ networking: { providerConfig: { values } } });
  const before = { shoot: config(list), findings: [finding(path)] };
  assert.equal(preexistingErrors({ shoot: config(swapped), findings: [found] }, before).size, 1);
  assert.equal(preexistingErrors({ shoot: config([...swapped, 1]), findings: [found] }, before).size, 0);
});
