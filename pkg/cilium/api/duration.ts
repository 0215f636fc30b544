/**
 * Parses and formats durations like Go. The rendered text must be equal to that of the Go extension, which uses `metav1.Duration`, or the agents
 * of running shoots would restart.
 */

/** A Map, since users write the names: a plain object also has `constructor`. */
const units: ReadonlyMap<string, bigint> = new Map(
  Object.entries({
    ns: 1n,
    us: 1_000n,
    µs: 1_000n,
    μs: 1_000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
  }),
);

/** |math.MinInt64|, the largest magnitude that time.ParseDuration accepts. */
const limit = 1n << 63n;

/** Parses a duration like Go's time.ParseDuration. Returns nanoseconds; undefined for an invalid duration. */
export function parseDuration(text: string): bigint | undefined {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/su.exec(text) ?? [];
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  let total = 0n;
  const part = /([0-9]*)(\.([0-9]*))?([^.0-9]+)/suy;
  while (part.lastIndex < rest.length) {
    const value = partValue(part.exec(rest));
    if (value === undefined) return undefined;
    total += value;
    if (total > limit) return undefined;
  }
  if (sign === '-') return -total;
  return total < limit ? total : undefined;
}

/** Formats a duration like Go's Duration.String: `1h0m0s`, `1m30s`, `1.5s`, `200ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  return `${nanoseconds < 0n ? '-' : ''}${magnitude < 1_000_000_000n ? belowSecond(magnitude) : fromSecond(magnitude)}`;
}

/** Returns a duration as Go prints it; an invalid one unchanged. */
export function canonicalDuration(text: string): string {
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? text : formatDuration(nanoseconds);
}

/** Parses one `digits[.digits]unit`. The fraction is computed in floating point like in Go, with equal results. */
function partValue(match: RegExpExecArray | null): bigint | undefined {
  const [, whole = '', , fraction = '', name = ''] = match ?? [];
  const unit = units.get(name);
  if (unit === undefined || whole + fraction === '') return undefined;
  const number = BigInt(whole === '' ? '0' : whole);
  if (number > limit / unit) return undefined;
  const value = number * unit + fractionValue(fraction, unit);
  return value > limit ? undefined : value;
}

/** Like Go, uses as many digits of the fraction as fit into 63 bits, and ignores the rest. */
function fractionValue(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (limit - 1n) / 10n || next > limit) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function belowSecond(nanoseconds: bigint): string {
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`;
  return nanoseconds < 1_000_000n ? `${decimal(nanoseconds, 3)}µs` : `${decimal(nanoseconds, 6)}ms`;
}

function fromSecond(nanoseconds: bigint): string {
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** Formats `value / 10^digits` without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = String(value % scale)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${value / scale}${fraction === '' ? '' : `.${fraction}`}`;
}
