import type * as z from 'zod';
import { isRecord, quoted } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { child, didYouMean, field } from './field.ts';

const report = reporter(networkRules);

/** The right place of something that is no field of the schema. */
export type FieldHint =
  /** The path of a field of the schema. */
  | { readonly field: string }
  /** A field of another object, such as `spec.kubernetes.kubeProxy.mode of the Shoot`. */
  | { readonly elsewhere: string }
  /** A field that existed once: the version without it, and what users of it do. */
  | { readonly removedIn: string; readonly remedy: string }
  /** Nothing corresponds to it, and a field with a similar name has another meaning. */
  | 'nothing';

/** Hints by path below providerConfig, in lower case. */
export type FieldHints = Readonly<Record<string, FieldHint>>;

export interface IssueContext {
  readonly schema: unknown;
  readonly object: string;
  readonly path: string;
  readonly hints?: FieldHints;
}

type Issue = z.core.$ZodIssue;

const maxGuesses = 20;

/** Returns the findings for an issue of the schema. */
export function describeIssue(
  input: IssueContext,
  fields: Readonly<Record<string, unknown>>,
  issue: Issue,
): readonly Diagnostic[] {
  const { object } = input;
  const path = fieldPath(input.path, issue.path);
  const value = valueAt(fields, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownFields({ ...input, path }, issue);
    case 'invalid_value':
      return [unsupportedValue({ object, path, value }, issue)];
    case 'invalid_type':
      return [
        report('config-wrong-type', {
          object,
          path,
          message: field.invalid(value, `must be ${article(issue.expected)}`),
          ...typeRemedy({ value, expected: issue.expected, fields: knownKeys(input.schema, issue.path) }),
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

/** Returns one finding per unknown field, each with the field that was probably meant. */
function unknownFields(
  { schema, object, path, hints = {} }: IssueContext,
  issue: Extract<Issue, { readonly code: 'unrecognized_keys' }>,
): readonly Diagnostic[] {
  // A larger number of unknown fields is no spelling mistake, and each suggestion costs a comparison with every existing field.
  const known = issue.keys.length > maxGuesses ? [] : knownKeys(schema, issue.path);
  return issue.keys.map((key) => {
    const word = [...issue.path, key].join('.').toLowerCase();
    const hint = Object.hasOwn(hints, word) ? hints[word] : similarField(key, known);
    const finding = { object, path: child(path, key) };
    if (hint === undefined || hint === 'nothing') {
      const message = field.forbidden(`unknown field${listFields(issue.path, known)}`);
      return report('config-unknown-field', { ...finding, message });
    }
    if ('removedIn' in hint) {
      const message = field.forbidden(`removed in ${hint.removedIn}`);
      return report('config-unknown-field', { ...finding, message, remedy: hint.remedy });
    }
    if ('elsewhere' in hint) {
      const message = field.forbidden(`unknown field; it is ${hint.elsewhere}`);
      return report('config-unknown-field', { ...finding, message, remedy: `Set ${hint.elsewhere}, and remove this.` });
    }
    const message = field.forbidden(`unknown field, did you mean ${hint.field}?`);
    return report('config-unknown-field', { ...finding, message, remedy: `Write ${hint.field}, or remove the field.` });
  });
}

function similarField(key: string, known: readonly string[]): FieldHint | undefined {
  const guess = didYouMean(key, known);
  return guess === undefined ? undefined : { field: guess };
}

function unsupportedValue(
  { object, path, value }: { readonly object: string; readonly path: string; readonly value: unknown },
  issue: Extract<Issue, { readonly code: 'invalid_value' }>,
): Diagnostic {
  if (typeof value !== 'string') {
    const message = field.invalid(value, 'must be a string');
    return report('config-wrong-type', { object, path, message, ...typeRemedy({ value, expected: 'string' }) });
  }
  const supported = issue.values.map(String).filter((one) => one !== '');
  const guess = didYouMean(value, supported);
  const message = field.unsupported(value, supported);
  if (guess === undefined) return report('config-unsupported-value', { object, path, message });
  return report('config-unsupported-value', {
    object,
    path,
    message: `${message}, did you mean ${quoted(guess)}?`,
    remedy: `Write ${quoted(guess)}, or another supported value.`,
  });
}

/** Returns the remedy for a value that only looks like the expected type; none for other values. */
function typeRemedy(input: {
  readonly value: unknown;
  readonly expected: string;
  /** The fields of an expected object. */
  readonly fields?: readonly string[];
}): { readonly remedy?: string } {
  const { value, expected, fields = [] } = input;
  if (expected === 'string' && typeof value === 'boolean')
    return { remedy: 'Quote the value: without quotes, YAML reads on, off, yes and no as true and false.' };
  if (expected === 'string' && typeof value === 'number') return { remedy: `Quote the value: "${value}".` };
  if (expected === 'object' && typeof value === 'boolean' && fields.includes('enabled'))
    return { remedy: `Write an object: {enabled: ${value}}.` };
  if (typeof value !== 'string') return {};
  if (expected === 'boolean' && /^(true|false)$/.test(value)) return { remedy: `Write ${value} without quotes.` };
  if (/^(int|number)$/.test(expected) && /^\d{1,15}$/.test(value)) return { remedy: `Write ${value} without quotes.` };
  return {};
}
