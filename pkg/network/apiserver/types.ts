import { type FieldType, itemType, structFields, valueType } from '../../gardener/api/fields.ts';
import { isRecord } from '../../gardener/objects.ts';

/** Returns why Go cannot decode a JSON value into a field of a type; undefined if it can. The content of objects and lists is not examined. */
export function typeProblem(value: unknown, type: FieldType): string | undefined {
  if (itemType(type) !== undefined) return Array.isArray(value) ? undefined : 'must be a list';
  if (valueType(type) !== undefined || structFields(type) !== undefined)
    return isRecord(value) ? undefined : 'must be an object';
  return scalars[type]?.(value);
}

type Check = (value: unknown) => string | undefined;

/** Types of fields.generated.ts; `any` accepts every value. */
const scalars: Readonly<Record<string, Check>> = {
  string: (value) => {
    if (typeof value === 'string') return undefined;
    return typeof value === 'object' ? 'must be a string' : 'must be a string: quote the value';
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return undefined;
    return value === 'true' || value === 'false'
      ? `must be a boolean: write ${value} without quotes`
      : 'must be true or false';
  },
  int32: (value) => integerProblem(value, { bits: 32 }),
  int64: (value) => integerProblem(value, { bits: 64 }),
  number: (value) => (isNumber(value) ? undefined : 'must be a number'),
  quantity: (value) =>
    isNumber(value) || typeof value === 'string' ? undefined : 'must be a quantity such as 500m or 1Gi',
  intOrString: (value) =>
    typeof value === 'string' ? undefined : integerProblem(value, { bits: 32, otherwise: ' or a string such as 10%' }),
};

function integerProblem(
  value: unknown,
  { bits, otherwise = '' }: { readonly bits: 32 | 64; readonly otherwise?: string },
): string | undefined {
  if (!isNumber(value) || (typeof value === 'number' && !Number.isInteger(value))) {
    const digits = typeof value === 'string' && /^-?\d{1,10}$/.test(value);
    return digits && otherwise === ''
      ? `must be an integer: write ${value} without quotes`
      : `must be an integer${otherwise}`;
  }
  const largest = 2n ** BigInt(bits - 1);
  const integer = BigInt(value);
  return integer < -largest || integer >= largest ? `must be an integer of ${bits} bits` : undefined;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
