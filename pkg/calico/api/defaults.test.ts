import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { golden } from '../../../test/support/golden.ts';
import { networkConfig } from '../testdata/arbitraries.ts';
import { type DefaultedConfig, withDefaults } from './defaults.ts';

const defaults: DefaultedConfig = withDefaults({});

test('the defaults of an empty configuration are equal to the golden', () => {
  const text = JSON.stringify(defaults, (_, value: unknown) => value ?? 'unset', 2);
  golden(path.join(import.meta.dirname, 'testdata/defaults.json'), `${text}\n`);
});

test('null has the same default as an absent field', () => {
  const absent = Object.fromEntries(Object.keys(defaults).map((name) => [name, null]));
  assert.deepEqual(withDefaults(absent), defaults);
});

test('a group without enabled means false, even if an absent group means true', () => {
  const empty = withDefaults({
    typha: {},
    ebpfDataplane: {},
    overlay: {},
    snatToUpstreamDNS: { enabled: null },
    vxlan: {},
    birdExporter: {},
    multus: {},
  });
  const { typha, ebpfDataplane, overlay, snatToUpstreamDNS, vxlan, birdExporter, multus } = empty;
  const off = { enabled: false };
  assert.deepEqual([typha, ebpfDataplane, snatToUpstreamDNS, vxlan, birdExporter], [off, off, off, off, off]);
  assert.deepEqual(overlay, { enabled: false, createPodRoutes: false });
  assert.deepEqual(multus, { enabled: false, installCNIPlugins: false });
});

test('deprecated fields are not in the result', () =>
  assert.deepEqual(withDefaults({ ipip: 'Never', ipAutodetectionMethod: 'first-found' }), defaults));

const go = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata/go.json'), 'utf8')) as {
  readonly atoi: Readonly<Record<string, string | null>>;
};
const numbers = Object.entries(go.atoi).filter(([, value]) => value !== null);

cases(
  Object.fromEntries(numbers.map(([text, value]) => [`vethMTU ${text} is ${value} in Go’s eyes`, [text, value]])),
  ([text, value]) => assert.equal(withDefaults({ vethMTU: text }).vethMTU, value),
);

test('defaulting is idempotent', () => {
  fc.assert(
    fc.property(networkConfig(['IPv4', 'IPv6']), (config) => {
      const once = withDefaults(config);
      assert.deepEqual(withDefaults(once), once);
    }),
  );
});
