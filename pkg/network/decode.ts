import type { z } from 'zod';
import { isRecord } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { child, didYouMean, field } from './field.ts';

const report = reporter(networkRules);

/** Far beyond any real configuration; the longest real texts are interface lists of some hundred characters. */
const limits = { depth: 16, nodes: 2_000, key: 256, text: 4_096 } as const;

/** Line breaks and controls in the eyes of either YAML reader, byte order mark, lone surrogates (pitfalls.md §3). */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- the characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export interface DecodeInput<Config> {
  /** providerConfig as JSON gave it; undefined or null when the Network has none. */
  readonly raw: unknown;
  /** Strict, without transforms or defaults, every field optional. */
  readonly schema: z.ZodType<Config>;
  readonly apiVersion: string;
  readonly kind: string;
  /** Other kinds of the same API version, for a better message. */
  readonly object: string;
  /** `spec.providerConfig`, or `spec.networking.providerConfig` of a Shoot. */
  readonly path: string;
}

/**
 * Decodes providerConfig strictly: unknown fields, wrong types and unsupported values are findings, all of them at once. The
 * config holds what remains without the faulty fields, so that further rules can be checked in the same run.
 */
export function decodeConfig<Config>(input: DecodeInput<Config>): {
  readonly config: Config;
  readonly diagnostics: readonly Diagnostic[];
} {
  const empty = (): Config => input.schema.parse({});
  if (input.raw === undefined || input.raw === null) return { config: empty(), diagnostics: [] };
  if (!isRecord(input.raw)) return { config: empty(), diagnostics: [wrongType(input, 'an object')] };
  const size = sizeProblems(input);
  if (size.length > 0) return { config: empty(), diagnostics: size };
  const { apiVersion, kind, ...fields } = input.raw;
  const diagnostics = [...kindProblems(input, { apiVersion, kind })];
  const parsed = input.schema.safeParse(fields);
  if (parsed.success) return { config: parsed.data, diagnostics };
  diagnostics.push(...parsed.error.issues.flatMap((issue) => issueProblems(input, fields, issue)));
  const rest = without(fields, parsed.error.issues.flatMap(faultyPaths));
  const salvaged = input.schema.safeParse(rest);
  return { config: salvaged.success ? salvaged.data : empty(), diagnostics };
}

function wrongType(input: DecodeInput<unknown>, what: string): Diagnostic {
  return report('config-wrong-type', {
    object: input.object,
    path: input.path,
    message: field.invalid(input.raw, `must be ${what}`),
  });
}

/** Walks without recursion: hostile nesting must not reach the stack. */
function sizeProblems(input: DecodeInput<unknown>): readonly Diagnostic[] {
  const { object } = input;
  const found: Diagnostic[] = [];
  const stack: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [
    { value: input.raw, path: input.path, depth: 0 },
  ];
  for (let nodes = 0, next = stack.pop(); next !== undefined; next = stack.pop(), nodes += 1) {
    const { value, path, depth } = next;
    if (nodes > limits.nodes)
      return [
        report('config-too-large', {
          object,
          path: input.path,
          message: field.tooLong(`may have at most ${limits.nodes} values`),
        }),
      ];
    if (typeof value === 'string') found.push(...textProblems({ object, path, text: value, limit: limits.text }));
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= limits.depth)
      return [
        report('config-too-large', {
          object,
          path: input.path,
          message: field.tooLong(`may be nested at most ${limits.depth} levels deep`),
        }),
      ];
    for (const [key, inner] of Object.entries(value)) {
      found.push(...textProblems({ object, path, text: key, limit: limits.key }));
      stack.push({ value: inner, path: child(path, Array.isArray(value) ? Number(key) : key), depth: depth + 1 });
    }
  }
  return found;
}

function textProblems(text: {
  readonly object: string;
  readonly path: string;
  readonly text: string;
  readonly limit: number;
}): readonly Diagnostic[] {
  if (text.text.length > text.limit) {
    return [
      report('config-too-large', {
        object: text.object,
        path: text.path,
        message: field.tooLong(`${text.text.length} characters, may have at most ${text.limit}`),
      }),
    ];
  }
  const match = unsafe.exec(text.text);
  if (match === null) return [];
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message = field.invalid(text.text, `must not contain the character U+${code} (position ${match.index + 1})`);
  return [report('config-control-character', { object: text.object, path: text.path, message })];
}

/** apiVersion and kind may be left out, each for itself (calico.md §1, cilium.md §1); an empty text counts as left out. */
function kindProblems(
  input: DecodeInput<unknown>,
  given: { readonly apiVersion: unknown; readonly kind: unknown },
): readonly Diagnostic[] {
  const wanted = { apiVersion: input.apiVersion, kind: input.kind };
  return (['apiVersion', 'kind'] as const).flatMap((name) => {
    const value = given[name];
    if (value === undefined || value === null || value === '' || value === wanted[name]) return [];
    return [
      report('config-wrong-kind', {
        object: input.object,
        path: child(input.path, name),
        message: field.unsupported(value, [wanted[name]]),
      }),
    ];
  });
}

type Issue = z.core.$ZodIssue;

function issueProblems(
  input: DecodeInput<unknown>,
  fields: Readonly<Record<string, unknown>>,
  issue: Issue,
): readonly Diagnostic[] {
  const { object } = input;
  const path = pathOf(input.path, issue.path);
  const value = valueAt(fields, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const guess = didYouMean(key, knownKeys(input.schema, issue.path));
        return report('config-unknown-field', {
          object,
          path: child(path, key),
          message: field.forbidden(`unknown field${guess === undefined ? '' : `, did you mean ${guess}?`}`),
        });
      });
    case 'invalid_value':
      if (typeof value !== 'string')
        return [report('config-wrong-type', { object, path, message: field.invalid(value, 'must be a string') })];
      return [
        report('config-unsupported-value', {
          object,
          path,
          message: field.unsupported(
            value,
            issue.values.map(String).filter((one) => one !== ''),
          ),
        }),
      ];
    case 'invalid_type':
      return [
        report('config-wrong-type', {
          object,
          path,
          message: field.invalid(value, `must be ${article(issue.expected)}`),
        }),
      ];
    default:
      return [report('config-invalid-value', { object, path, message: field.invalid(value, issue.message) })];
  }
}

/** The fields that the schema has at a path, for suggestions; empty where the schema is no object. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let current = unwrap(schema);
  for (const key of path) {
    const shape = isRecord(current) ? current['shape'] : undefined;
    current = unwrap(isRecord(shape) ? shape[String(key)] : undefined);
  }
  const shape = isRecord(current) ? current['shape'] : undefined;
  return isRecord(shape) ? Object.keys(shape) : [];
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  while (isRecord(current) && typeof current['unwrap'] === 'function' && current['shape'] === undefined) {
    current = (current as unknown as { unwrap(): unknown }).unwrap();
  }
  return current;
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    boolean: 'true or false',
    int: 'a whole number',
    record: 'an object',
  };
  return names[expected] ?? `${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`;
}

function pathOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((parent, key) => child(parent, typeof key === 'number' ? key : String(key)), root);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      typeof parent === 'object' && parent !== null
        ? (parent as Readonly<Record<PropertyKey, unknown>>)[key]
        : undefined,
    value,
  );
}

function faultyPaths(issue: Issue): readonly (readonly PropertyKey[])[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function without(fields: Readonly<Record<string, unknown>>, paths: readonly (readonly PropertyKey[])[]): unknown {
  return paths.reduce<unknown>((value, path) => (path.length === 0 ? {} : remove(value, path)), fields);
}

function remove(value: unknown, path: readonly PropertyKey[]): unknown {
  const [key, ...rest] = path;
  if (Array.isArray(value))
    return rest.length === 0
      ? value.filter((_, index) => index !== key)
      : value.map((item, index) => (index === key ? remove(item, rest) : item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name !== String(key) ? [[name, inner]] : rest.length === 0 ? [] : [[name, remove(inner, rest)]],
    ),
  );
}
