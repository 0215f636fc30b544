import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { cases } from '../../test/support/cases.ts';
import { configApiVersion, configKind, type NetworkConfig, networkConfigSchema } from '../calico/api/config.ts';
import { decodeConfig } from './decode.ts';

/** A small schema with every type of field, including list, record and union. */
const schema = z.strictObject({
  name: z.string().nullish(),
  size: z.number().nullish(),
  count: z.int().nullish(),
  mode: z.enum(['', 'Fast', 'Slow']).nullish(),
  inner: z.strictObject({ enabled: z.boolean().nullish() }).nullish(),
  ports: z.array(z.strictObject({ port: z.number().nullish(), name: z.string().nullish() })).nullish(),
  limits: z.record(z.string(), z.union([z.string(), z.number()]).nullable()).nullish(),
  even: z
    .number()
    .refine((value) => value % 2 === 0, { error: 'must be even' })
    .nullish(),
});

interface Case {
  readonly raw: unknown;
  readonly config?: z.infer<typeof schema>;
  readonly findings?: readonly string[];
}

const decode = (raw: unknown) =>
  decodeConfig({
    raw,
    schema,
    apiVersion: 'a/v1',
    kind: 'Config',
    object: 'Network ns/foo',
    path: 'spec.providerConfig',
  });

const cyclic = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
};

cases<Case>(
  {
    'accepts a missing configuration': { raw: undefined },
    'accepts null as a missing configuration': { raw: null },
    'accepts an empty object': { raw: {} },
    'returns valid values unchanged': {
      raw: { name: '', size: 0, mode: 'Fast', inner: { enabled: false }, ports: [], limits: { a: '1', b: 2 } },
      config: { name: '', size: 0, mode: 'Fast', inner: { enabled: false }, ports: [], limits: { a: '1', b: 2 } },
    },
    'accepts null as absent, at every depth': {
      raw: { name: null, mode: null, inner: { enabled: null }, ports: null, limits: { a: null } },
      config: { name: null, mode: null, inner: { enabled: null }, ports: null, limits: { a: null } },
    },
    'rejects a string as configuration': {
      raw: 'x',
      findings: ['config-wrong-type spec.providerConfig: Invalid value: "x": must be an object'],
    },
    'rejects a list as configuration': {
      raw: [{}],
      findings: ['config-wrong-type spec.providerConfig: Invalid value: [...]: must be an object'],
    },
    'rejects a number as configuration': {
      raw: 7,
      findings: ['config-wrong-type spec.providerConfig: Invalid value: 7: must be an object'],
    },
    'accepts apiVersion and kind': { raw: { apiVersion: 'a/v1', kind: 'Config', name: 'x' }, config: { name: 'x' } },
    'accepts kind without apiVersion': { raw: { kind: 'Config', name: 'x' }, config: { name: 'x' } },
    'accepts empty or null apiVersion and kind as absent': { raw: { apiVersion: '', kind: null } },
    'rejects another apiVersion and kind, and decodes the other fields': {
      raw: { apiVersion: 'a/v2', kind: 'config', name: 'x', size: '1' },
      config: { name: 'x' },
      findings: [
        'config-wrong-kind spec.providerConfig.apiVersion: Unsupported value: "a/v2": supported values: "a/v1"',
        'config-wrong-kind spec.providerConfig.kind: Unsupported value: "config": supported values: "Config"',
        'config-wrong-type spec.providerConfig.size: Invalid value: "1": must be a number',
      ],
    },
    'rejects apiVersion and kind of other types': {
      raw: { apiVersion: 1, kind: { a: 1 } },
      findings: [
        'config-wrong-kind spec.providerConfig.apiVersion: Unsupported value: 1: supported values: "a/v1"',
        'config-wrong-kind spec.providerConfig.kind: Unsupported value: {...}: supported values: "Config"',
      ],
    },
    'rejects wrong types without conversion': {
      raw: { name: 1440, size: '1', count: 1.5, mode: true, inner: 'on', ports: {}, limits: [], even: null },
      config: { even: null },
      findings: [
        'config-wrong-type spec.providerConfig.name: Invalid value: 1440: must be a string',
        'config-wrong-type spec.providerConfig.size: Invalid value: "1": must be a number',
        'config-wrong-type spec.providerConfig.count: Invalid value: 1.5: must be a whole number',
        'config-wrong-type spec.providerConfig.mode: Invalid value: true: must be a string',
        'config-wrong-type spec.providerConfig.inner: Invalid value: "on": must be an object',
        'config-wrong-type spec.providerConfig.ports: Invalid value: {...}: must be an array',
        'config-wrong-type spec.providerConfig.limits: Invalid value: [...]: must be an object',
      ],
    },
    'rejects a string that looks like a boolean': {
      raw: { inner: { enabled: 'true' } },
      config: { inner: {} },
      findings: ['config-wrong-type spec.providerConfig.inner.enabled: Invalid value: "true": must be true or false'],
    },
    'rejects an unsupported value, and does not suggest the empty one': {
      raw: { mode: 'fast' },
      findings: [
        'config-unsupported-value spec.providerConfig.mode: Unsupported value: "fast": supported values: "Fast", "Slow", did you mean "Fast"?',
      ],
    },
    'rejects a value that violates a rule of the schema': {
      raw: { even: 3 },
      findings: ['config-invalid-value spec.providerConfig.even: Invalid value: 3: must be even'],
    },
    'rejects a value of no type of a union': {
      raw: { limits: { a: true, b: '1', c: {} } },
      config: { limits: { b: '1' } },
      findings: [
        'config-wrong-type spec.providerConfig.limits.a: Invalid value: true: must be a string or a number',
        'config-wrong-type spec.providerConfig.limits.c: Invalid value: {...}: must be a string or a number',
      ],
    },
    'rejects values that exist in YAML but not in JSON': {
      raw: { size: NaN, limits: { a: Infinity } },
      config: { limits: {} },
      findings: [
        'config-wrong-type spec.providerConfig.size: Invalid value: NaN: must be a number',
        'config-wrong-type spec.providerConfig.limits.a: Invalid value: Infinity: must be a string or a number',
      ],
    },
    'rejects unknown fields at every depth, with suggestions': {
      raw: { nmae: 'x', Size: 1, inner: { enable: true }, ports: [{ prot: 1 }], whatever: { a: { b: 1 } } },
      config: { inner: {}, ports: [{}] },
      findings: [
        'config-unknown-field spec.providerConfig.inner.enable: Forbidden: unknown field, did you mean enabled?',
        'config-unknown-field spec.providerConfig.ports[0].prot: Forbidden: unknown field, did you mean port?',
        'config-unknown-field spec.providerConfig.nmae: Forbidden: unknown field, did you mean name?',
        'config-unknown-field spec.providerConfig.Size: Forbidden: unknown field, did you mean size?',
        'config-unknown-field spec.providerConfig.whatever: Forbidden: unknown field',
      ],
    },
    'removes invalid items of a list only': {
      raw: { ports: [{ port: 'a' }, 5, { port: 1 }, null, { port: 2, name: 3 }, 'x', { port: 3 }] },
      config: { ports: [{}, { port: 1 }, { port: 2 }, { port: 3 }] },
      findings: [
        'config-wrong-type spec.providerConfig.ports[0].port: Invalid value: "a": must be a number',
        'config-wrong-type spec.providerConfig.ports[1]: Invalid value: 5: must be an object',
        'config-wrong-type spec.providerConfig.ports[3]: Invalid value: null: must be an object',
        'config-wrong-type spec.providerConfig.ports[4].name: Invalid value: 3: must be a string',
        'config-wrong-type spec.providerConfig.ports[5]: Invalid value: "x": must be an object',
      ],
    },
    'rejects keys of the prototype as unknown fields': {
      raw: JSON.parse(
        '{"__proto__": {"name": "x"}, "constructor": 1, "toString": 2, "inner": {"__proto__": {"enabled": true}}}',
      ),
      config: { inner: {} },
      findings: [
        'config-unknown-field spec.providerConfig.__proto__: Forbidden: unknown field',
        'config-unknown-field spec.providerConfig.inner.__proto__: Forbidden: unknown field',
        'config-unknown-field spec.providerConfig.constructor: Forbidden: unknown field',
        'config-unknown-field spec.providerConfig.toString: Forbidden: unknown field',
      ],
    },
    'rejects __proto__ in a record': {
      raw: JSON.parse('{"limits": {"__proto__": "1", "constructor": "2"}}'),
      config: { limits: { constructor: '2' } },
      findings: ['config-unknown-field spec.providerConfig.limits.__proto__: Forbidden: unknown field'],
    },
    'returns other findings beside invalid characters': {
      raw: { name: 'a\nb', size: '1', mode: 'x\u0000', 'bad\u2028key': 1, 'bad "key"': 2 },
      findings: [
        'config-control-character spec.providerConfig: Invalid value: "bad\\u2028key": must not contain the character U+2028 (position 4)',
        'config-control-character spec.providerConfig.name: Invalid value: "a\\nb": must not contain the character U+000A (position 2)',
        'config-control-character spec.providerConfig.mode: Invalid value: "x\\u0000": must not contain the character U+0000 (position 2)',
        'config-wrong-type spec.providerConfig.size: Invalid value: "1": must be a number',
        'config-unknown-field spec.providerConfig["bad \\"key\\""]: Forbidden: unknown field',
      ],
    },
    'rejects a string of a megabyte': {
      raw: { name: 'x'.repeat(1 << 20), size: '1' },
      findings: [
        'config-too-large spec.providerConfig.name: Too long: 1048576 characters, may have at most 4096',
        'config-wrong-type spec.providerConfig.size: Invalid value: "1": must be a number',
      ],
    },
    'accepts the longest string': { raw: { name: 'x'.repeat(4096) }, config: { name: 'x'.repeat(4096) } },
    'rejects a key of a megabyte': {
      raw: { ['x'.repeat(1 << 20)]: 1, name: 'x' },
      config: { name: 'x' },
      findings: ['config-too-large spec.providerConfig: Too long: 1048576 characters, may have at most 256'],
    },
    'rejects objects with 100,000 levels': {
      raw: cyclic(100_000, (inner) => ({ inner })),
      findings: ['config-too-large spec.providerConfig: Too long: may be nested at most 16 levels deep'],
    },
    'rejects lists with 100,000 levels': {
      raw: { name: 1, ports: cyclic(100_000, (inner) => [inner]) },
      findings: ['config-too-large spec.providerConfig: Too long: may be nested at most 16 levels deep'],
    },
    'rejects 100,000 keys': {
      raw: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index])),
      findings: ['config-too-large spec.providerConfig: Too long: may have at most 2000 values'],
    },
    'rejects 100,000 items': {
      raw: { ports: Array.from({ length: 100_000 }, () => ({})) },
      findings: ['config-too-large spec.providerConfig: Too long: may have at most 2000 values'],
    },
    'rejects too many values in total': {
      raw: { ports: Array.from({ length: 900 }, () => ({ port: 1, name: 'x' })) },
      findings: ['config-too-large spec.providerConfig: Too long: may have at most 2000 values'],
    },
  },
  ({ raw, config = {}, findings = [] }) => {
    const decoded = decode(raw);
    // The difference of lists of this length takes minutes.
    assert.ok(decoded.diagnostics.length <= 100, `${decoded.diagnostics.length} findings`);
    assert.deepEqual(
      decoded.diagnostics.map(({ code, path, message }) => `${code} ${path}: ${message}`),
      findings,
    );
    assert.deepEqual(decoded.config, config);
    for (const { object, severity } of decoded.diagnostics)
      assert.deepEqual([object, severity], ['Network ns/foo', 'error']);
  },
);

test('accepts configurations at the limits of depth and size', () => {
  const record = (entries: number) => ({
    limits: Object.fromEntries(Array.from({ length: entries }, (_, i) => [`k${i}`, 1])),
  });
  assert.deepEqual(decode(record(1_999)).diagnostics, []);
  assert.equal(decode(record(2_000)).diagnostics.length, 1);
  const nested = (levels: number) =>
    decode({ name: cyclic(levels, (inner) => [inner]) }).diagnostics.map(({ code }) => code);
  assert.deepEqual(nested(15), ['config-wrong-type']);
  assert.deepEqual(nested(16), ['config-too-large']);
});

test('suggests fields for at most twenty unknown ones', () => {
  const countSuggestions = (count: number): number => {
    const raw = Object.fromEntries(Array.from({ length: count }, (_, index) => [`nam${index}`, 1]));
    const { diagnostics } = decode(raw);
    assert.equal(diagnostics.length, count);
    return diagnostics.filter(({ message }) => message.includes('did you mean')).length;
  };
  assert.ok(countSuggestions(20) > 0);
  assert.equal(countSuggestions(21), 0);
});

test('rejects line breaks, control characters and ignored characters of either YAML parser in keys and values', () => {
  const bad = [
    ...Array.from({ length: 0x20 }, (_, code) => code),
    ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
    0x2028,
    0x2029,
    0xfeff,
    0xd800,
    0xdbff,
    0xdc00,
    0xdfff,
  ];
  for (const code of bad) {
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    const text = `ab${String.fromCharCode(code)}c`;
    for (const [raw, path] of [
      [{ name: text }, 'spec.providerConfig.name'],
      [{ [text]: 1 }, 'spec.providerConfig'],
      [{ limits: { [text]: '1' } }, 'spec.providerConfig.limits'],
    ] as const) {
      const [finding, ...more] = decode(raw).diagnostics;
      assert.deepEqual([finding?.code, finding?.path, more], ['config-control-character', path, []], name);
      assert.match(
        finding?.message ?? '',
        new RegExp(`must not contain the character ${name.replace('+', '\\+')} \\(position 3\\)$`),
      );
      assert.match(finding?.message ?? '', /^[\x20-\x7e]*$/);
    }
  }
});

test('accepts all other characters', () => {
  for (const text of ['"', "'", '---', '{{a}}', '\\n', 'é', '🦄', '\u00a0', '\u3000', ': ', '# ', '\ue000', '\uffff'])
    assert.deepEqual(decode({ name: text }), { config: { name: text }, diagnostics: [] });
});

const decodeCalico = (raw: unknown) =>
  decodeConfig<NetworkConfig>({
    raw,
    schema: networkConfigSchema,
    apiVersion: configApiVersion,
    kind: configKind,
    object: 'Network ns/foo',
    path: 'spec.providerConfig',
  });

cases<{ readonly raw: unknown; readonly config?: NetworkConfig; readonly findings?: readonly string[] }>(
  {
    'calico: accepts the configuration in the documentation': {
      raw: {
        apiVersion: configApiVersion,
        kind: configKind,
        backend: 'bird',
        ipam: { type: 'host-local', cidr: 'usePodCidr' },
        vethMTU: '1440',
        overlay: { enabled: true },
        autoScaling: { mode: 'static', resources: { node: { cpu: '100m', memory: 1000 } } },
      },
      config: {
        backend: 'bird',
        ipam: { type: 'host-local', cidr: 'usePodCidr' },
        vethMTU: '1440',
        overlay: { enabled: true },
        autoScaling: { mode: 'static', resources: { node: { cpu: '100m', memory: 1000 } } },
      },
    },
    'calico: rejects a NetworkStatus as configuration': {
      raw: { apiVersion: configApiVersion, kind: 'NetworkStatus' },
      findings: [
        'config-wrong-kind spec.providerConfig.kind: Unsupported value: "NetworkStatus": supported values: "NetworkConfig"',
      ],
    },
    'calico: rejects a number as vethMTU': {
      raw: { vethMTU: 1440 },
      findings: ['config-wrong-type spec.providerConfig.vethMTU: Invalid value: 1440: must be a string'],
    },
    'calico: suggests fields for misspelled ones': {
      raw: { ebpfDataPlane: { enabled: true }, overlay: { enabled: false, createPodRoute: true } },
      config: { overlay: { enabled: false } },
      findings: [
        'config-unknown-field spec.providerConfig.overlay.createPodRoute: Forbidden: unknown field, did you mean createPodRoutes?',
        'config-unknown-field spec.providerConfig.ebpfDataPlane: Forbidden: unknown field, did you mean ebpfDataplane?',
      ],
    },
    'calico: accepts an empty IPAM type, and rejects an unknown one': {
      raw: { ipam: { type: '' } },
      config: { ipam: { type: '' } },
    },
    'calico: rejects unsupported values': {
      raw: { backend: '', ipam: { type: 'x' }, ipv4: { pool: 'IPIP' }, serviceLoopPrevention: 'drop' },
      config: { ipam: {}, ipv4: {} },
      findings: [
        'config-unsupported-value spec.providerConfig.backend: Unsupported value: "": supported values: "bird", "none", "vxlan"',
        'config-unsupported-value spec.providerConfig.ipam.type: Unsupported value: "x": supported values: "calico-ipam", "host-local"',
        'config-unsupported-value spec.providerConfig.ipv4.pool: Unsupported value: "IPIP": supported values: "ipip", "vxlan", did you mean "ipip"?',
        'config-unsupported-value spec.providerConfig.serviceLoopPrevention: Unsupported value: "drop": supported values: "Disabled", "Drop", "Reject", did you mean "Drop"?',
      ],
    },
  },
  ({ raw, config = {}, findings = [] }) => {
    const decoded = decodeCalico(raw);
    assert.deepEqual(
      decoded.diagnostics.map(({ code, path, message }) => `${code} ${path}: ${message}`),
      findings,
    );
    assert.deepEqual(decoded.config, config);
  },
);
