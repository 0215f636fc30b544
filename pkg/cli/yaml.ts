import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineScalarTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type Schema,
} from 'js-yaml';

/**
 * The YAML of users' files as Kubernetes reads it (kubectl and the API server, sigs.k8s.io/yaml): YAML 1.1 booleans, octal 0777,
 * underscores in numbers, merge keys; no timestamps, no base-60. Only duplicate keys stay errors, where kubectl silently takes the last.
 */
export const kubernetesSchema: Schema = CORE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  // Integers come before floats: the first tag that resolves a scalar wins.
  numberTag('tag:yaml.org,2002:int', kubernetesInteger),
  numberTag('tag:yaml.org,2002:float', kubernetesFloat),
  mergeTag,
);

/**
 * How Kubernetes reads a plain scalar that other YAML readers take for something else, or undefined where all agree. Such scalars are
 * seldom what their author meant.
 */
export function ambiguousScalar(source: string): string | undefined {
  if (/^(y|Y|yes|Yes|YES|on|On|ON)$/.test(source)) return 'true';
  if (/^(n|N|no|No|NO|off|Off|OFF)$/.test(source)) return 'false';
  const odd =
    /^[-+]?0[0-9_]*[1-7][0-9_]*$/.test(source) ||
    /^[-+]?0[bB][01_]+$/.test(source) ||
    /^[-+]?[0-9][0-9.]*_[0-9_.]*$/.test(source);
  const value = odd ? (kubernetesInteger(source) ?? kubernetesFloat(source)) : undefined;
  return value === undefined || String(value) === source ? undefined : String(value);
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

/** Go's strconv.ParseInt with base 0, underscores dropped before. */
function kubernetesInteger(source: string): number | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)([0-9][0-9A-Za-z_]*)$/.exec(source) ?? [];
  const plain = digits.replaceAll('_', '').toLowerCase();
  const octal = /^0o?([0-7]+)$/.exec(plain)?.[1];
  const value =
    octal !== undefined
      ? Number.parseInt(octal, 8)
      : /^(0x[0-9a-f]+|0b[01]+|[1-9][0-9]*|0)$/.test(plain)
        ? Number(plain)
        : undefined;
  return value === undefined || value === 0 ? value : sign === '-' ? -value : value;
}

function kubernetesFloat(source: string): number | undefined {
  const plain = source.replaceAll('_', '');
  return /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(plain) ? Number(plain) : undefined;
}
