import type * as z from 'zod';
import { isRecord } from '../gardener/objects.ts';
import { findUnsafeText } from './decode-limits.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { child, didYouMean, field } from './field.ts';

const report = reporter(networkRules);

export interface DecodeInput<Config> {
  /** providerConfig as parsed from JSON; undefined or null if the Network has none. */
  readonly raw: unknown;
  /** Strict, without transforms or defaults, every field optional. */
  readonly schema: z.ZodType<Config>;
  readonly apiVersion: string;
  readonly kind: string;
  /** The object of the findings, `Network namespace/name` or `Shoot namespace/name`. */
  readonly object: string;
  /** `spec.providerConfig`, or `spec.networking.providerConfig` of a Shoot. */
  readonly path: string;
}

/**
 * Decodes providerConfig strictly: unknown fields, wrong types and unsupported values are findings, which are returned all at once. `config` is
 * the configuration without its invalid parts, so that further rules can be checked in the same run. Never throws for a JSON value, and does
 * not modify its input.
 */
export function decodeConfig<Config>(input: DecodeInput<Config>): {
  readonly config: Config;
  readonly diagnostics: readonly Diagnostic[];
} {
  const empty = (): Config => input.schema.parse({});
  if (input.raw === undefined || input.raw === null) return { config: empty(), diagnostics: [] };
  if (!isRecord(input.raw)) return { config: empty(), diagnostics: [wrongType(input, 'an object')] };
  const unsafe = findUnsafeText(input.raw, input.path);
  const found = unsafe.map(({ code, path, message }) => report(code, { object: input.object, path, message }));
  const safe = omitPaths(
    input.raw,
    unsafe.map((one) => one.keys),
  );
  const { apiVersion, kind, ...fields } = safe;
  found.push(...kindProblems(input, { apiVersion, kind }));
  const parsed = input.schema.safeParse(fields);
  if (parsed.success) return { config: parsed.data, diagnostics: found };
  found.push(...parsed.error.issues.flatMap((issue) => issueProblems(input, fields, issue)));
  const salvaged = input.schema.safeParse(omitPaths(fields, parsed.error.issues.flatMap(faultyPaths)));
  return { config: salvaged.success ? salvaged.data : empty(), diagnostics: found };
}

function wrongType(input: DecodeInput<unknown>, what: string): Diagnostic {
  return report('config-wrong-type', {
    object: input.object,
    path: input.path,
    message: field.invalid(input.raw, `must be ${what}`),
  });
}

/** apiVersion and kind are optional independently (docs/design/calico.md#networkconfig, docs/design/cilium.md#networkconfig); an empty string means absent. */
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

const maxGuesses = 20;

function issueProblems(
  input: DecodeInput<unknown>,
  fields: Readonly<Record<string, unknown>>,
  issue: Issue,
): readonly Diagnostic[] {
  const { object } = input;
  const path = fieldPath(input.path, issue.path);
  const value = valueAt(fields, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      // A larger number of unknown fields is no spelling mistake, and each suggestion costs a comparison with every existing field.
      const known = issue.keys.length > maxGuesses ? [] : knownKeys(input.schema, issue.path);
      return issue.keys.map((key) => {
        const guess = didYouMean(key, known);
        return report('config-unknown-field', {
          object,
          path: child(path, key),
          message: field.forbidden(
            `unknown field${guess === undefined ? listFields(issue.path, known) : `, did you mean ${guess}?`}`,
          ),
        });
      });
    }
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
    case 'invalid_union':
      return [
        report('config-wrong-type', { object, path, message: field.invalid(value, `must be ${describeUnion(issue)}`) }),
      ];
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      return [report('config-invalid-value', { object, path, message: field.invalid(value, `must be ${bound}`) })];
    }
    default:
      return [report('config-invalid-value', { object, path, message: field.invalid(value, issue.message) })];
  }
}

/** Lists the fields of a large group: it is a selection from a larger API, so an unknown field is rarely a misspelling. */
function listFields(path: readonly PropertyKey[], known: readonly string[]): string {
  return path.length > 0 && known.length >= largeGroup ? `; supported: ${known.join(', ')}` : '';
}

const largeGroup = 8;

/** Returns the types of the branches of a union: `a string or a number`. */
function describeUnion(issue: Extract<Issue, { readonly code: 'invalid_union' }>): string {
  const types = issue.errors.flat().flatMap((one) => (one.code === 'invalid_type' ? [article(one.expected)] : []));
  return [...new Set(types)].join(' or ');
}

/** Returns the fields of the schema at a path, for suggestions; empty if the schema there is not an object. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let current = unwrap(schema);
  for (const key of path) {
    if (typeof key === 'number') continue;
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

function fieldPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((parent, key) => child(parent, typeof key === 'number' ? key : String(key)), root);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)
        ? (parent as Readonly<Record<PropertyKey, unknown>>)[key]
        : undefined,
    value,
  );
}

function faultyPaths(issue: Issue): readonly (readonly PropertyKey[])[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** Returns the value without the parts at the given paths; the empty path removes everything. */
function omitPaths(
  value: Readonly<Record<string, unknown>>,
  paths: readonly (readonly PropertyKey[])[],
): Readonly<Record<string, unknown>> {
  if (paths.length === 0) return value;
  const faulty = new Set(paths.map(pathKey));
  return faulty.has(pathKey([])) ? {} : omitMembers(value, { faulty, path: [] });
}

interface Pruning {
  readonly faulty: ReadonlySet<string>;
  readonly path: readonly PropertyKey[];
}

function omitMembers(
  value: Readonly<Record<string, unknown>>,
  { faulty, path }: Pruning,
): Readonly<Record<string, unknown>> {
  const kept = Object.entries(value).filter(([key]) => !faulty.has(pathKey([...path, key])));
  return Object.fromEntries(kept.map(([key, member]) => [key, omitInside(member, { faulty, path: [...path, key] })]));
}

function omitInside(value: unknown, { faulty, path }: Pruning): unknown {
  if (isRecord(value)) return omitMembers(value, { faulty, path });
  if (!Array.isArray(value)) return value;
  return value.flatMap((item: unknown, index) => {
    const at = [...path, index];
    return faulty.has(pathKey(at)) ? [] : [omitInside(item, { faulty, path: at })];
  });
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
