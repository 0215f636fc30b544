import ipaddr from 'ipaddr.js';
import type { IPFamily } from './network.ts';

/** An address range: the first and last address as integers, the family, and the text it was given as. */
export interface Cidr {
  readonly text: string;
  readonly family: IPFamily;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Parses `address/prefix` with the strictness of Go's net.ParseCIDR, so that what Gardener stored is read alike: four decimal
 * octets without leading zeros, no zone, a plain decimal prefix. Host bits may be set. Gives undefined for anything else.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9A-Fa-f.:]{2,45})\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const address = parseAddress(match[1] ?? '');
  const prefix = Number(match[2]);
  if (address === undefined || prefix > address.bits || hasLeadingZero(match[2] ?? '')) return undefined;
  const hostBits = BigInt(address.bits - prefix);
  const first = (address.value >> hostBits) << hostBits;
  return { text, family: address.family, prefix, first, last: first + (1n << hostBits) - 1n };
}

/** The family of one IP address as Go's net.ParseIP reads it, or undefined when it is none. */
export function familyOfAddress(text: string): IPFamily | undefined {
  return parseAddress(text)?.family;
}

/** True when the ranges share an address; ranges of different families never do. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

interface Address {
  readonly family: IPFamily;
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseAddress(text: string): Address | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) || text.split('.').some(hasLeadingZero)) return undefined;
    return { family: 'IPv4', bits: 32, value: toInteger(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text) || dottedTailIsBad(text)) return undefined;
  return { family: 'IPv6', bits: 128, value: toInteger(ipaddr.IPv6.parse(text).toByteArray()) };
}

/** ipaddr.js reads `::ffff:010.0.0.1`, Go refuses it. */
function dottedTailIsBad(text: string): boolean {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  return tail.includes('.') && (!ipaddr.IPv4.isValidFourPartDecimal(tail) || tail.split('.').some(hasLeadingZero));
}

function hasLeadingZero(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0');
}

function toInteger(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
