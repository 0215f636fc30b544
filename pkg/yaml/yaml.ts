import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type Schema,
} from 'js-yaml';

/**
 * YAML as Kubernetes reads it (kubectl and the API server, sigs.k8s.io/yaml): YAML 1.1 booleans, octal 0777, underscores in numbers, merge
 * keys; no timestamps, no base-60. Values without a JSON equivalent (.inf, a null key) are errors, as in Kubernetes. Duplicate keys are
 * errors as well, where kubectl silently uses the last one.
 */
export const kubernetesSchema: Schema = CORE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  // Integers come before floats: the first tag that resolves a scalar wins.
  numberTag('tag:yaml.org,2002:int', kubernetesInteger),
  numberTag('tag:yaml.org,2002:float', kubernetesFloat),
  mergeTag,
  mapping(),
  sequence(),
);

/** Reasons of the YAMLExceptions that the schema adds to those of js-yaml. */
export const schemaErrors = {
  key: 'a key must be a string, a number or a boolean',
  value: '.inf and .nan have no equivalent in JSON',
} as const;

/**
 * Returns the JSON value that Kubernetes reads for a plain scalar if YAML 1.2 reads it differently, else undefined. Such scalars are
 * rarely intended.
 */
export function ambiguousScalar(source: string): string | undefined {
  if (booleans.has(source)) return String(booleans.get(source));
  // Most scalars are words, which no parser reads as a number, or short decimal numbers, which all parsers read alike.
  if (!mayBeNumber(source) || isPlainNumber(source)) return undefined;
  const value = kubernetesInteger(source) ?? kubernetesFloat(source);
  if (value === commonNumber(source) || (value !== undefined && !Number.isFinite(value))) return undefined;
  return JSON.stringify(value ?? source);
}

/** Words that YAML 1.1 reads as booleans, and YAML 1.2 as strings. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

/** Returns false for most scalars that are not numbers: words, versions, ranges. */
function mayBeNumber(source: string): boolean {
  return /^[-+.\d][-+\w]*(?:\.[-+\w]*)?$/.test(source);
}

/** Returns whether a scalar is a decimal number that a double stores exactly. */
function isPlainNumber(source: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(source);
}

/** Returns the number that YAML 1.2 reads in a plain scalar. */
function commonNumber(source: string): number | undefined {
  if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(source)) return Number(source);
  const value = /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(source) ? Number(source) : undefined;
  return Number.isFinite(value) ? value : undefined;
}

function numberTag(
  name: string,
  read: (source: string) => number | undefined,
): ReturnType<typeof defineScalarTag<number>> {
  return defineScalarTag<number>(name, {
    implicit: true,
    implicitFirstChars: Array.from('-+.0123456789'),
    resolve: (source) => read(source) ?? NOT_RESOLVED,
    identify: () => false,
  });
}

/** Parses as Go's strconv.ParseInt and then ParseUint with base 0, after removing underscores; undefined beyond 64 bits. */
function kubernetesInteger(source: string): number | undefined {
  if (isPlainNumber(source)) return Number(source);
  const [, sign = '', digits = ''] = /^([-+]?)(_*[0-9][0-9A-Za-z_]*)$/.exec(source) ?? [];
  // Go distinguishes numbers from strings by the first character.
  if (sign === '' && digits.startsWith('_')) return undefined;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (!/^(0o?[0-7]+|0x[0-9a-f]+|0b[01]+|[1-9][0-9]*|0)$/.test(plain)) return undefined;
  const value = BigInt(plain.replace(/^0(?=[0-7])/, '0o'));
  const largest = { '': 2n ** 64n - 1n, '+': 2n ** 63n - 1n, '-': 2n ** 63n }[sign] ?? 0n;
  return value > largest ? undefined : Number(sign === '-' ? -value : value);
}

function kubernetesFloat(source: string): number | undefined {
  if (!mayBeNumber(source)) return undefined;
  if (/^[-+]?\.(inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(source)) return Number.NaN;
  // After a leading point, Go accepts underscores only between digits.
  const plain = source.replaceAll(/^[-+0-9]/.test(source) ? /_/g : /(?<=[0-9])_(?=[0-9])/g, '');
  if (!/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  // Go's ParseFloat fails for numbers out of range, which are then strings. JSON has no -0.
  return Number.isFinite(value) ? value + 0 : undefined;
}

type Mapping = Record<string, unknown>;

/** Constructs plain objects. The finalizer makes js-yaml reject an alias within its own anchor, which would be a cycle. */
function mapping(): ReturnType<typeof defineMappingTag<Mapping>> {
  return defineMappingTag<Mapping>('tag:yaml.org,2002:map', {
    create: () => ({}),
    addPair: (target, key, value) => {
      const name = keyText(key);
      if (name === undefined) return schemaErrors.key;
      if (!isJson(value)) return schemaErrors.value;
      // An assignment would drop __proto__, and is several times faster for other keys.
      if (name === '__proto__')
        Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
      else target[name] = value;
      return '';
    },
    has: (target, key) => Object.hasOwn(target, keyText(key) ?? ''),
    keys: (target) => Object.keys(target),
    get: (target, key) => target[keyText(key) ?? ''],
    finalize: (target) => target,
    identify: () => false,
  });
}

function sequence(): ReturnType<typeof defineSequenceTag<unknown[]>> {
  return defineSequenceTag<unknown[]>('tag:yaml.org,2002:seq', {
    create: () => [],
    addItem: (target, item) => {
      if (!isJson(item)) return schemaErrors.value;
      target.push(item);
      return '';
    },
    finalize: (target) => target,
    identify: () => false,
  });
}

/** Returns a key as in JSON; undefined for null, infinity, lists and mappings, which kubectl rejects as well. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string' || typeof key === 'boolean') return String(key);
  return typeof key === 'number' && Number.isFinite(key) ? String(key) : undefined;
}

function isJson(value: unknown): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}
