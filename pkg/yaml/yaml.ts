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
 * The YAML of users' files as Kubernetes reads it (kubectl and the API server, sigs.k8s.io/yaml): YAML 1.1 booleans, octal 0777,
 * underscores in numbers, merge keys; no timestamps, no base-60. What JSON cannot hold (.inf, a null as a key) is an error there and
 * here. Duplicate keys stay errors, where kubectl silently takes the last.
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
export const refusals = {
  key: 'a key must be a text, a number or a boolean',
  value: '.inf and .nan are no numbers in JSON',
} as const;

/**
 * How Kubernetes reads a plain scalar that readers of YAML 1.2 take for something else, or undefined where all agree. Such scalars are
 * seldom what their author meant.
 */
export function ambiguousScalar(source: string): string | undefined {
  if (/^(y|Y|yes|Yes|YES|on|On|ON)$/.test(source)) return 'true';
  if (/^(n|N|no|No|NO|off|Off|OFF)$/.test(source)) return 'false';
  const value = kubernetesInteger(source) ?? kubernetesFloat(source);
  if (value === commonNumber(source) || (value !== undefined && !Number.isFinite(value))) return undefined;
  return JSON.stringify(value ?? source);
}

/** The number that YAML 1.2 sees in a plain scalar. */
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

/** Go's strconv.ParseInt, then ParseUint, with base 0 and underscores dropped before; undefined for what does not fit in 64 bits. */
function kubernetesInteger(source: string): number | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(_*[0-9][0-9A-Za-z_]*)$/.exec(source) ?? [];
  // Go looks at the first character to tell numbers from texts.
  if (sign === '' && digits.startsWith('_')) return undefined;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (!/^(0o?[0-7]+|0x[0-9a-f]+|0b[01]+|[1-9][0-9]*|0)$/.test(plain)) return undefined;
  const value = BigInt(plain.replace(/^0(?=[0-7])/, '0o'));
  const largest = { '': 2n ** 64n - 1n, '+': 2n ** 63n - 1n, '-': 2n ** 63n }[sign] ?? 0n;
  return value > largest ? undefined : Number(sign === '-' ? -value : value);
}

function kubernetesFloat(source: string): number | undefined {
  if (/^[-+]?\.(inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(source)) return Number.NaN;
  // Behind a leading point Go takes underscores only between digits.
  const plain = source.replaceAll(/^[-+0-9]/.test(source) ? /_/g : /(?<=[0-9])_(?=[0-9])/g, '');
  if (!/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  // Go's ParseFloat fails for what is out of range, which leaves a text. JSON has no -0.
  return Number.isFinite(value) ? value + 0 : undefined;
}

type Mapping = Record<string, unknown>;

/** Plain objects. The finalizer makes js-yaml refuse an alias inside its own anchor, which would be a circle. */
function mapping(): ReturnType<typeof defineMappingTag<Mapping>> {
  return defineMappingTag<Mapping>('tag:yaml.org,2002:map', {
    create: () => ({}),
    addPair: (target, key, value) => {
      const name = keyText(key);
      if (name === undefined) return refusals.key;
      if (!isJson(value)) return refusals.value;
      // An assignment would lose __proto__.
      Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
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
      if (!isJson(item)) return refusals.value;
      target.push(item);
      return '';
    },
    finalize: (target) => target,
    identify: () => false,
  });
}

/** A key as JSON has it; undefined for null, infinity, lists and mappings, which kubectl refuses, too. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string' || typeof key === 'boolean') return String(key);
  return typeof key === 'number' && Number.isFinite(key) ? String(key) : undefined;
}

function isJson(value: unknown): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}
