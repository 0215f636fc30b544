import type * as z from 'zod';
import { isRecord } from '../gardener/objects.ts';
import { describeIssue, type FieldHints } from './decode-issues.ts';
import { findUnsafeText } from './decode-limits.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { child, field } from './field.ts';

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
  /** What users write in place of fields. */
  readonly hints?: FieldHints;
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
  const foreign = foreignConfiguration(input, apiVersion);
  if (foreign !== undefined) return { config: empty(), diagnostics: [...found, foreign] };
  found.push(...kindProblems(input, { apiVersion, kind }));
  const parsed = input.schema.safeParse(fields);
  if (parsed.success) return { config: parsed.data, diagnostics: found };
  found.push(...parsed.error.issues.flatMap((issue) => describeIssue(input, fields, issue)));
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

/** Returns the finding for the configuration of another network type, in place of one for each of its fields. */
function foreignConfiguration(input: DecodeInput<unknown>, apiVersion: unknown): Diagnostic | undefined {
  const [own, other] = [input.apiVersion, apiVersion].map(networkType);
  if (own === undefined || other === undefined || own === other) return undefined;
  const title = `${other.charAt(0).toUpperCase()}${other.slice(1)}`;
  return report('config-wrong-kind', {
    object: input.object,
    path: child(input.path, 'apiVersion'),
    message: field.invalid(apiVersion, `this is a ${title} configuration, but spec.type is ${own}`),
    remedy: `Write the options of ${own} with apiVersion ${input.apiVersion}. The type can be chosen for new shoots only.`,
  });
}

/** Returns the network type of a NetworkConfig of Gardener by its apiVersion. */
function networkType(apiVersion: unknown): string | undefined {
  return typeof apiVersion === 'string'
    ? /^([a-z0-9-]{1,63})\.networking\.extensions\.gardener\.cloud\//.exec(apiVersion)?.[1]
    : undefined;
}

function faultyPaths(issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] {
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
