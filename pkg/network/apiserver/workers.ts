import { isDns1123Label } from '../../gardener/names.ts';
import { field } from '../field.ts';
import { invalidValue, type RuleFinding } from './rule.ts';
import type { ShootSpec, WorkerPool } from './shoot-spec.ts';

/** Returns the findings of Gardener's API server about names and sizes of worker pools. Fields that an excerpt lacks are not examined. */
export function workerFindings({ pools }: ShootSpec): readonly RuleFinding[] {
  const names = new Set<string>();
  const found = pools.flatMap((pool, index) => {
    const path = `${poolsPath}[${index}]`;
    const { name } = pool;
    const isRepeated = name !== undefined && names.has(name);
    if (name !== undefined) names.add(name);
    return [
      ...nameFindings(pool, path),
      ...(isRepeated ? [invalidValue(`${path}.name`, field.duplicate(name))] : []),
      ...sizeFindings(pool, path),
      ...updateFindings(pool, path),
    ];
  });
  return [...found, ...activeFindings(pools)];
}

const poolsPath = 'spec.provider.workers';

/** Bytes, since machines contain the name. */
const longestName = 15;

/** The message of apimachinery's validation.IsDNS1123Label. */
export const labelDetail =
  'must consist of lower case letters, digits or "-", and must start and end with a letter or digit';

function nameFindings({ name }: WorkerPool, path: string): readonly RuleFinding[] {
  if (name === undefined) return [];
  const at = `${path}.name`;
  return [
    ...(isDns1123Label(name) ? [] : [invalidValue(at, field.invalid(name, labelDetail))]),
    ...(byteLength(name) > longestName
      ? [invalidValue(at, field.tooLong(`may not be more than ${longestName} bytes`))]
      : []),
  ];
}

function byteLength(name: string): number {
  // Most names are ASCII.
  return /^[\w-]*$/.test(name) ? name.length : new TextEncoder().encode(name).byteLength;
}

/** ValidateWorker. */
function sizeFindings({ minimum = 0, maximum }: WorkerPool, path: string): readonly RuleFinding[] {
  const invalid = [
    ...(minimum < 0 ? [negative(`${path}.minimum`, minimum)] : []),
    ...(maximum !== undefined && maximum < 0 ? [negative(`${path}.maximum`, maximum)] : []),
  ];
  if (invalid.length > 0 || (maximum ?? 0) >= minimum) return invalid;
  return [invalidValue(`${path}.maximum`, field.forbidden('maximum value must not be less than minimum value'))];
}

function negative(path: string, value: number): RuleFinding {
  return invalidValue(path, field.invalid(value, 'must not be negative'));
}

const strategies: readonly string[] = ['AutoInPlaceUpdate', 'AutoRollingUpdate', 'ManualInPlaceUpdate'];

/** ValidateWorker, ValidatePositiveIntOrPercent and IsNotMoreThan100Percent. */
function updateFindings(pool: WorkerPool, path: string): readonly RuleFinding[] {
  const { maxSurge, maxUnavailable, updateStrategy } = pool;
  const given = [
    ['maxSurge', maxSurge],
    ['maxUnavailable', maxUnavailable],
  ] as const;
  const invalid = given.flatMap(([name, value]) => amountFindings(`${path}.${name}`, value));
  const tooMany = percentage(maxUnavailable) > 100;
  const isManual = updateStrategy === 'ManualInPlaceUpdate';
  const manual = 'should not be set when updateStrategy is ManualInPlaceUpdate';
  return [
    ...invalid,
    ...(tooMany
      ? [invalidValue(`${path}.maxUnavailable`, field.invalid(maxUnavailable, 'must not be greater than 100%'))]
      : []),
    ...given
      .filter(([, value]) => isManual && value !== undefined)
      .map(([name, value]) => invalidValue(`${path}.${name}`, field.invalid(value, manual))),
    ...(updateStrategy === undefined || strategies.includes(updateStrategy)
      ? []
      : [invalidValue(`${path}.updateStrategy`, field.unsupported(updateStrategy, strategies))]),
    ...(invalid.length === 0 && !isManual && isStuck(pool)
      ? [invalidValue(`${path}.maxUnavailable`, field.invalid(maxUnavailable ?? 0, 'may not be 0 when maxSurge is 0'))]
      : []),
  ];
}

function amountFindings(path: string, value: string | number | undefined): readonly RuleFinding[] {
  if (typeof value === 'string' && !/^\d+%$/.test(value))
    return [invalidValue(path, field.invalid(value, 'must be an integer or percentage (e.g. "5%")'))];
  return typeof value === 'number' && value < 0 ? [negative(path, value)] : [];
}

/** Returns 0 for a value that is no percentage. */
function percentage(value: string | number | undefined): number {
  return typeof value === 'string' ? Number(/^(\d+)%$/.exec(value)?.[1] ?? 0) : 0;
}

/** With Gardener's defaults: a pool without a surge and without unavailable nodes cannot be updated. */
function isStuck({ maxSurge, maxUnavailable, updateStrategy }: WorkerPool): boolean {
  const inPlace = updateStrategy === 'AutoInPlaceUpdate';
  return isZero(maxSurge ?? (inPlace ? 0 : 1)) && isZero(maxUnavailable ?? (inPlace ? 1 : 0));
}

function isZero(value: string | number): boolean {
  return typeof value === 'number' ? value === 0 : percentage(value) === 0;
}

/** ValidateSystemComponentWorkers, as far as sizes decide. */
function activeFindings(pools: ShootSpec['pools']): readonly RuleFinding[] {
  if (pools.length === 0 || !pools.every(({ maximum }) => maximum === 0)) return [];
  const detail = 'at least one active (workers[i].maximum > 0) worker pool with systemComponents.allow=true needed';
  return [invalidValue(poolsPath, field.forbidden(detail))];
}
