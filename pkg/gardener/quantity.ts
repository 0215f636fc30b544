/** A Kubernetes quantity: its sign (-1, 0, 1) and its canonical form, as printed by Go's resource.Quantity. */
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
/** Longer than any real quantity; without a limit, an exponent such as 2147483647 would be computed in full, as Go does. */
const maxLength = 100;
const nano = 1_000_000_000n;
const maxBinary = ((1n << 63n) - 1n) * nano;

/**
 * Parses a quantity as apimachinery's resource.Quantity does in JSON: surrounding whitespace, sign, digits with an optional fraction, and a
 * suffix (n u m k M … E, Ki … Ei) or a decimal exponent. Anything finer than a nano unit is rounded up, away from zero; binary
 * quantities are capped at 2^63-1. Numbers are parsed as JSON prints them. Returns undefined for anything else. Two deliberate
 * deviations from Go: strings without a digit (0 in Go) and exponents beyond 999 are invalid.
 */
export function parseQuantity(value: string | number): Quantity | undefined {
  const text = String(value);
  if (isCanonical(text)) return { sign: 1, canonical: text };
  if (text.length > maxLength) return undefined;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?0*\d{1,3})?$/.exec(trimmed(text));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const format = suffixFormat(suffix);
  const nanos = toNanos({ digits: whole + fraction, fractionDigits: fraction.length, suffix, format });
  if (nanos === 0n) return { sign: 0, canonical: '0' };
  const canonical = format === 'binary' ? printBinary(nanos) : printDecimal(nanos, format);
  return sign === '-' ? { sign: -1, canonical: `-${canonical}` } : { sign: 1, canonical };
}

/** Returns true for most canonical quantities, such as 100m and 100Mi, which need no arithmetic: whole numbers that no larger suffix can express. */
function isCanonical(text: string): boolean {
  const match = /^([1-9]\d{0,5})(m|Ki|Mi|Gi)?$/.exec(text);
  return match !== null && Number(match[1]) % (match[2]?.endsWith('i') === true ? 1024 : 1000) !== 0;
}

/** Trims as Go's strings.TrimSpace, which treats U+FEFF and U+0085 differently from JavaScript's trim. */
function trimmed(text: string): string {
  return text.replace(/^(?:[^\S\ufeff]|\u0085)+|(?:[^\S\ufeff]|\u0085)+$/g, '');
}

function suffixFormat(suffix: string): Format {
  if (Object.hasOwn(binaryPowers, suffix)) return 'binary';
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
  return part.format === 'binary' && nanos > maxBinary ? maxBinary : nanos;
}

/** Binary form is used for whole numbers of at least 1024 only; Go prints the rest in decimal form. */
function printBinary(nanos: bigint): string {
  const whole = nanos / nano;
  if (nanos % nano !== 0n || whole < 1024n) return printDecimal(nanos, 'decimal');
  let step = 0;
  let rest = whole;
  while (rest % 1024n === 0n && step < 6) {
    rest /= 1024n;
    step += 1;
  }
  return `${rest}${binarySuffixes[step] ?? ''}`;
}

/** E is the largest suffix. Go loses the power of larger numbers (1000E becomes 1), here it remains in the digits. */
function printDecimal(nanos: bigint, format: 'decimal' | 'exponent'): string {
  const largest = format === 'exponent' ? Infinity : 18;
  let power = -9;
  let rest = nanos;
  while (rest % 1000n === 0n && power < largest) {
    rest /= 1000n;
    power += 3;
  }
  if (format === 'exponent') return power === 0 ? `${rest}` : `${rest}e${power}`;
  return `${rest}${decimalSuffixes.get(power) ?? ''}`;
}
