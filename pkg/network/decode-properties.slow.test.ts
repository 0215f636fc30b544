import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as z from 'zod';
import { configApiVersion, configKind, networkConfigSchema } from '../calico/api/config.ts';
import { decodeConfig } from './decode.ts';

const small = z.strictObject({
  name: z.string().nullish(),
  mode: z.enum(['Fast', 'Slow']).nullish(),
  inner: z.strictObject({ enabled: z.boolean().nullish(), depth: z.int().nullish() }).nullish(),
  ports: z.array(z.strictObject({ port: z.number().nullish() })).nullish(),
  limits: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
});

/** Records with a part of their members, and the prototype of parsed JSON. */
function some(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.record(members, { requiredKeys: [], noNullPrototype: true });
}

const flag = fc.constantFrom(true, false, null);
const word = fc.stringMatching(/^[a-zA-Z0-9=./:é -]{0,20}$/);
const quantity = fc.oneof(fc.constantFrom('100m', '1Gi'), fc.nat());
const family = {
  pool: fc.constantFrom('ipip', 'vxlan'),
  mode: fc.constantFrom('Always', 'Off', null),
  autoDetectionMethod: word,
};

type Place = readonly (string | number)[];

interface Subject {
  readonly schema: z.ZodType<object>;
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  readonly valid: fc.Arbitrary<object>;
  /** Paths of objects with a fixed set of fields. */
  readonly strict: readonly Place[];
}

const subjects: Readonly<Record<string, Subject>> = {
  small: {
    schema: small,
    kind: { apiVersion: 'a/v1', kind: 'Config' },
    valid: some({
      name: fc.oneof(word, fc.constant(null)),
      mode: fc.constantFrom('Fast', 'Slow', null),
      inner: some({ enabled: flag, depth: fc.integer() }),
      ports: fc.array(some({ port: fc.nat() }), { maxLength: 3 }),
      limits: fc.dictionary(fc.constantFrom('cpu', 'constructor'), quantity, { noNullPrototype: true }),
    }),
    strict: [[], ['inner'], ['ports', 0]],
  },
  calico: {
    schema: networkConfigSchema,
    kind: { apiVersion: configApiVersion, kind: configKind },
    valid: some({
      backend: fc.constantFrom('bird', 'none', 'vxlan', null),
      ipam: some({ type: fc.constantFrom('', 'host-local', 'calico-ipam'), cidr: word }),
      ipv4: some(family),
      ipv6: some({ ...family, sourceNATEnabled: flag }),
      typha: some({ enabled: flag }),
      vethMTU: word,
      overlay: some({ enabled: flag, createPodRoutes: flag }),
      autoScaling: some({
        mode: fc.constantFrom('vpa', 'static'),
        resources: some({
          node: fc.dictionary(fc.constantFrom('cpu', 'memory'), quantity, { noNullPrototype: true }),
        }),
      }),
      wireguardEncryption: flag,
      ipip: fc.constantFrom('Always', 'Never'),
    }),
    strict: [[], ['ipam'], ['ipv4'], ['overlay'], ['autoScaling'], ['autoScaling', 'resources'], ['multus']],
  },
};

const codeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: codeUnit, maxLength: 12 });
const hostileKey = fc.oneof(
  anyText,
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', ''),
);

for (const [name, { schema, kind, valid, strict }] of Object.entries(subjects)) {
  const decode = (raw: unknown) => decodeConfig<object>({ raw, schema, ...kind, object: 'Network ns/foo', path: 'p' });
  /** Valid configurations, and such with other values in some places. */
  const almostValid = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), anyText)), { maxLength: 3 }))
    .map(([config, changes]) =>
      changes.reduce<unknown>((value, [index, by]) => {
        const places = [[], ...listPlaces(value)];
        return put(value, places[index % places.length] ?? [], by);
      }, config),
    );

  test(`property, ${name}: decoding never throws, and returns a valid configuration`, () => {
    fc.assert(
      fc.property(fc.oneof(almostValid, fc.jsonValue(), fc.anything()), (raw) => {
        const { config, diagnostics } = decode(raw);
        assert.ok(schema.safeParse(config).success);
        assert.deepEqual(decode(config), { config, diagnostics: [] });
        for (const finding of diagnostics) assert.match(`${finding.path} ${finding.message}`, /^[\x20-\x7e]+$/);
      }),
      { numRuns: 500 },
    );
  });

  test(`property, ${name}: a valid configuration is unchanged, with or without its kind`, () => {
    fc.assert(
      fc.property(valid, (config) => {
        assert.deepEqual(decode(config), { config, diagnostics: [] });
        assert.deepEqual(decode({ ...kind, ...config }), { config, diagnostics: [] });
      }),
    );
  });

  test(`property, ${name}: an unknown field is an error at every depth, and is removed`, () => {
    fc.assert(
      fc.property(
        valid,
        fc.constantFrom(...strict),
        fc.tuple(hostileKey, fc.jsonValue()),
        (config, place, [key, value]) => {
          const around = put(config, place, {});
          const known = schemaFields(schema, place);
          fc.pre(!known.includes(key) && !(place.length === 0 && key in kind));
          const before = decode(around);
          const after = decode(put(around, [...place, key], value));
          assert.ok(after.diagnostics.length > before.diagnostics.length, `${place.join('.')} ${JSON.stringify(key)}`);
          assert.deepEqual(after.config, isFar(after) ? {} : before.config);
        },
      ),
      { numRuns: 300 },
    );
  });

  test(`property, ${name}: decoding does not modify its input`, () => {
    fc.assert(
      fc.property(almostValid, (raw) => {
        const copy = structuredClone(raw);
        decode(deepFreeze(raw));
        assert.deepEqual(raw, copy);
      }),
    );
  });

  test(`property, ${name}: all errors are returned at once`, () => {
    fc.assert(
      fc.property(
        valid,
        fc.uniqueArray(fc.stringMatching(/^x[a-z]{3,8}$/), { minLength: 1, maxLength: 5 }),
        (config, keys) => {
          const raw = { ...config, ...Object.fromEntries(keys.map((key) => [key, 1])), kind: 'Other' };
          const expected = ['p.kind', ...keys.map((key) => `p.${key}`)].sort();
          assert.deepEqual(
            decode(raw)
              .diagnostics.map(({ path }) => path)
              .sort(),
            expected,
          );
        },
      ),
    );
  });
}

function isFar({ diagnostics }: ReturnType<typeof decodeConfig<object>>): boolean {
  return diagnostics.some(({ code, path }) => code === 'config-too-large' && path === 'p');
}

function listPlaces(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const key = Array.isArray(value) ? Number(name) : name;
    return [[key], ...listPlaces(inner).map((rest) => [key, ...rest])];
  });
}

/** Returns a copy with another value in one place; `__proto__` becomes a key like in JSON. */
function put(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof key === 'number') {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return [...list.slice(0, key), put(list[key], rest, by), ...list.slice(key + 1)];
  }
  const members = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
  members.set(key, put(members.get(key), rest, by));
  return Object.fromEntries(members);
}

/** Returns the fields of the object at a path by the JSON Schema, which is derived from the same source. */
function schemaFields(schema: z.ZodType, place: Place): readonly string[] {
  const at = place.reduce<unknown>((node, key) => {
    const inner = objectIn(node);
    return typeof key === 'number' ? member(inner, 'items') : member(member(inner, 'properties'), key);
  }, z.toJSONSchema(schema));
  return Object.keys(member(objectIn(at), 'properties') ?? {});
}

/** Resolves the `anyOf [.., null]` of a field that may be null. */
function objectIn(node: unknown): unknown {
  const branches = member(node, 'anyOf');
  return Array.isArray(branches) ? branches[0] : node;
}

function member(node: unknown, key: string): object | undefined {
  const value: unknown = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined;
  return typeof value === 'object' && value !== null ? value : undefined;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
