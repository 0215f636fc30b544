/**
 * Validation and defaults of individual kinds, limited to rules that a controller can violate. Schemas are not
 * implemented: custom resources are neither pruned nor validated, and built-in ones retain unknown fields.
 */
import { isDeepStrictEqual } from 'node:util';
import { badRequest, type Cause, invalid } from './errors.ts';
import { isObject, type JsonObject, objectAt, type StoredObject, stringAt } from './objects.ts';
import { qualifiedName, type Resource } from './resources.ts';

export interface KindWrite {
  readonly resource: Resource;
  readonly object: StoredObject;
  /** The stored object; absent for a creation. */
  readonly previous?: StoredObject;
}

/** Returns the object with the defaults of its kind; throws 400 or 422 like the real server. */
export function applyKindRules(write: KindWrite): StoredObject {
  const rules = kindRules[qualifiedName(write.resource)];
  if (rules === undefined) return write.object;
  const object = rules.normalise(write);
  const causes = rules.check({ ...write, object });
  if (causes.length > 0) throw invalid(write.resource, write.object.metadata.name, causes);
  return object;
}

interface KindRules {
  /** Returns the object with its defaults. Throws 400 for values that the real server cannot decode. */
  normalise(write: KindWrite): StoredObject;
  check(write: KindWrite): readonly Cause[];
}

const kindRules: Readonly<Record<string, KindRules>> = {
  secrets: { normalise: normaliseSecret, check: checkSecret },
  configmaps: { normalise: ({ object }) => object, check: checkConfigMap },
  namespaces: { normalise: normaliseNamespace, check: () => [] },
  'leases.coordination.k8s.io': { normalise: normaliseLease, check: checkLease },
  'customresourcedefinitions.apiextensions.k8s.io': { normalise: normaliseDefinition, check: checkDefinition },
};

const dataLimit = 1024 * 1024;

function normaliseSecret({ object }: KindWrite): StoredObject {
  const folded = Object.entries(objectAt(object, 'stringData')).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data: JsonObject = { ...objectAt(object, 'data'), ...Object.fromEntries(folded) };
  for (const value of Object.values(data)) {
    if (typeof value !== 'string' || !base64.test(value)) {
      throw badRequest('Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0');
    }
  }
  const { stringData: _plain, data: _data, ...rest } = object;
  return {
    ...rest,
    ...metadataAndKind(object),
    ...(Object.keys(data).length > 0 ? { data } : {}),
    type: stringAt(object, 'type') ?? 'Opaque',
  };
}

function metadataAndKind({ apiVersion, kind, metadata }: StoredObject): StoredObject {
  return { apiVersion, kind, metadata };
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function checkSecret({ object, previous }: KindWrite): readonly Cause[] {
  const size = totalSize(objectAt(object, 'data'), (value) => Buffer.byteLength(value, 'base64'));
  return [
    ...(previous !== undefined && previous['type'] !== object['type']
      ? [invalidValue('type', object['type'], 'field is immutable')]
      : []),
    ...frozen({ object, previous, fields: ['data'] }),
    ...(size > dataLimit ? [tooLong('data')] : []),
  ];
}

function checkConfigMap({ object, previous }: KindWrite): readonly Cause[] {
  const size =
    totalSize(objectAt(object, 'data'), (value) => Buffer.byteLength(value)) +
    totalSize(objectAt(object, 'binaryData'), (value) => Buffer.byteLength(value, 'base64'));
  return [
    ...frozen({ object, previous, fields: ['data', 'binaryData'] }),
    ...(size > dataLimit ? [{ ...tooLong(''), field: '[]' }] : []),
  ];
}

/** Checks the rules of `immutable: true`, which itself cannot be removed. */
function frozen(write: {
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  readonly fields: readonly string[];
}): readonly Cause[] {
  const { object, previous } = write;
  if (previous?.['immutable'] !== true) return [];
  const changed = write.fields.filter((field) => !isDeepStrictEqual(object[field], previous[field]));
  const all = object['immutable'] === true ? changed : ['immutable', ...changed];
  return all.map((field) => ({
    reason: 'FieldValueForbidden',
    message: 'Forbidden: field is immutable when `immutable` is set',
    field,
  }));
}

function normaliseNamespace({ object, previous }: KindWrite): StoredObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  const named = { ...object, metadata: { ...metadata, labels } };
  return previous === undefined
    ? { ...named, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
    : named;
}

/** MicroTime, parsed by Go with the layout 2006-01-02T15:04:05.000000Z07:00: exactly six fractional digits. */
const microTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})$/;

function normaliseLease({ object }: KindWrite): StoredObject {
  for (const field of ['acquireTime', 'renewTime']) {
    const value = objectAt(object, 'spec')[field];
    if (value !== undefined && value !== null && !(typeof value === 'string' && microTime.test(value))) {
      throw badRequest(
        'Lease in version "v1" cannot be handled as a Lease: parsing time ' +
          `${JSON.stringify(JSON.stringify(value))} as "2006-01-02T15:04:05.000000Z07:00": cannot parse it`,
      );
    }
  }
  return object;
}

function checkLease({ object }: KindWrite): readonly Cause[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = objectAt(object, 'spec');
  return [
    ...(typeof duration === 'number' && duration <= 0
      ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : []),
    ...(typeof transitions === 'number' && transitions < 0
      ? [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

function normaliseDefinition({ object }: KindWrite): StoredObject {
  const spec = objectAt(object, 'spec');
  const names = objectAt(spec, 'names');
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter(isObject) : [];
  const filled = { listKind: `${String(names['kind'])}List`, singular: String(names['kind']).toLowerCase(), ...names };
  // The real server takes up to a second for this, so that clients must wait; here it is immediate.
  const condition = (type: string, reason: string): JsonObject => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: object.metadata.creationTimestamp,
  });
  return {
    ...object,
    spec: { conversion: { strategy: 'None' }, ...spec, names: filled },
    status: {
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
      acceptedNames: filled,
      storedVersions: versions.filter((version) => version['storage'] === true).map((version) => version['name']),
    },
  };
}

function checkDefinition({ object }: KindWrite): readonly Cause[] {
  const spec = objectAt(object, 'spec');
  const expected = `${String(objectAt(spec, 'names')['plural'])}.${String(spec['group'])}`;
  if (object.metadata.name === expected) return [];
  return [invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group')];
}

function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

function tooLong(field: string): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${dataLimit} bytes`, field };
}

function totalSize(values: JsonObject, size: (value: string) => number): number {
  return Object.values(values).reduce<number>((sum, value) => sum + size(String(value)), 0);
}
