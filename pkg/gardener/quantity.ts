/** A Kubernetes quantity: its sign (-1, 0, 1) and the text that Go's resource.Quantity prints for it. */
export interface Quantity {
  readonly sign: -1 | 0 | 1;
  readonly canonical: string;
}

type Format = 'binary' | 'decimal' | 'exponent';

const binaryPowers: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffixes = new Map(Object.entries(decimalPowers).map(([suffix, power]) => [power, suffix]));
const maxDigits = 40;
const maxInt64 = (1n << 63n) - 1n;

/**
 * Parses a quantity as apimachinery's resource.ParseQuantity: sign, digits with an optional fraction, and a suffix (n u m k M … E,
 * Ki … Ei) or a decimal exponent. Anything finer than a nano unit is rounded up, away from zero; values beyond 2^63-1 are capped there.
 * Numbers are taken as JSON prints them. Gives undefined for anything else.
 */
export function parseQuantity(value: string | number): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/.exec(String(value));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  if (whole.length + fraction.length > maxDigits) return undefined;
  const format = formatOf(suffix);
  const nanos = toNanos({ digits: whole + fraction, fractionDigits: fraction.length, suffix, format });
  if (nanos === 0n) return { sign: 0, canonical: '0' };
  const text = format === 'binary' ? printBinary(nanos) : printDecimal(nanos, format);
  return sign === '-' ? { sign: -1, canonical: `-${text}` } : { sign: 1, canonical: text };
}

function formatOf(suffix: string): Format {
  if (suffix in binaryPowers) return 'binary';
  return /^[eE][+-]?\d/.test(suffix) ? 'exponent' : 'decimal';
}

function toNanos(part: {
  readonly digits: string;
  readonly fractionDigits: number;
  readonly suffix: string;
  readonly format: Format;
}): bigint {
  const mantissa = BigInt(part.digits === '' ? '0' : part.digits);
  const exponent = part.format === 'exponent' ? Number(part.suffix.slice(1)) : (decimalPowers[part.suffix] ?? 0);
  const scale = exponent + 9 - part.fractionDigits;
  const binary = 1n << BigInt(binaryPowers[part.suffix] ?? 0);
  const value = mantissa * binary * 10n ** BigInt(Math.max(scale, 0));
  const divisor = 10n ** BigInt(Math.max(-scale, 0));
  const nanos = (value + divisor - 1n) / divisor;
  return nanos > maxInt64 * 1_000_000_000n ? maxInt64 * 1_000_000_000n : nanos;
}

/** Binary form holds only whole numbers of at least 1024; Go prints the rest of them in decimal form. */
function printBinary(nanos: bigint): string {
  const whole = nanos / 1_000_000_000n;
  if (nanos % 1_000_000_000n !== 0n || whole < 1024n) return printDecimal(nanos, 'decimal');
  let step = 0;
  let rest = whole;
  while (rest % 1024n === 0n && step < 6) {
    rest /= 1024n;
    step += 1;
  }
  return `${rest}${binarySuffixes[step] ?? ''}`;
}

function printDecimal(nanos: bigint, format: 'decimal' | 'exponent'): string {
  let power = -9;
  let rest = nanos;
  while (rest % 1000n === 0n && power < 18) {
    rest /= 1000n;
    power += 3;
  }
  if (format === 'exponent') return power === 0 ? `${rest}` : `${rest}e${power}`;
  return `${rest}${decimalSuffixes.get(power) ?? ''}`;
}
