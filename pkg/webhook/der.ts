/** The subset of DER (ITU-T X.690) that certificates use. */

export type Bytes = Uint8Array;

export function sequence(...parts: readonly Bytes[]): Bytes {
  return element(0x30, ...parts);
}

export function setOf(...parts: readonly Bytes[]): Bytes {
  return element(0x31, ...parts);
}

/** Encodes a non-negative integer, given with the most significant byte first. */
export function integer(bytes: Bytes): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (significant[0] ?? 0) < 0x80 ? element(0x02, significant) : element(0x02, Uint8Array.of(0), significant);
}

/** Encodes a bit string; `unused` is the number of unused bits in the last octet. */
export function bitString(bytes: Bytes, unused = 0): Bytes {
  return element(0x03, Uint8Array.of(unused), bytes);
}

export function octetString(...parts: readonly Bytes[]): Bytes {
  return element(0x04, ...parts);
}

export function booleanTrue(): Bytes {
  return element(0x01, Uint8Array.of(0xff));
}

export function nothing(): Bytes {
  return element(0x05);
}

export function utf8String(text: string): Bytes {
  return element(0x0c, new TextEncoder().encode(text));
}

/** Encodes an object identifier such as `1.2.840.10045.2.1`. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** Encodes seconds since the epoch as RFC 5280 §4.1.2.5 requires: UTCTime up to 2049, GeneralizedTime from 2050. */
export function time(seconds: number): Bytes {
  const digits = `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  const year = Number(digits.slice(0, 4));
  return year < 2050 ? element(0x17, ascii(digits.slice(2))) : element(0x18, ascii(digits));
}

/** Encodes the context-specific tag `[number]`: constructed around whole elements, or primitive for an implicit type. */
export function tagged(number: number, how: 'constructed' | 'primitive', ...parts: readonly Bytes[]): Bytes {
  return element((how === 'constructed' ? 0xa0 : 0x80) + number, ...parts);
}

function element(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag), encodeLength(content.length), content]);
}

export interface Element {
  readonly tag: number;
  readonly content: Bytes;
  /** Including tag and length. */
  readonly whole: Bytes;
}

/** Returns a sequence of elements. Throws unless the last one ends with the bytes. */
export function readElements(bytes: Bytes): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { start, end } = readLength(bytes, at + 1);
    if (end > bytes.length) throw new Error(`DER element at ${at} is cut off`);
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return found;
}

function readLength(bytes: Bytes, at: number): { readonly start: number; readonly end: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { start: at + 1, end: at + 1 + first };
  const start = at + 1 + (first & 0x7f);
  // A certificate is far shorter than what four bytes of length can express.
  if (start - at > 5 || start > bytes.length) throw new Error(`DER length at ${at} is not supported`);
  return { start, end: start + bytes.subarray(at + 1, start).reduce((sum, byte) => sum * 256 + byte, 0) };
}

function encodeLength(length: number): Bytes {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 + bytes.length, ...bytes);
}

function base128(value: number): readonly number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 + (rest % 128));
  return bytes;
}

function ascii(text: string): Bytes {
  return Buffer.from(text, 'ascii');
}
