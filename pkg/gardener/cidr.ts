import ipaddr from 'ipaddr.js';
import type { IPFamily } from './network.ts';

/** An address range: its source text, its family, and its first and last address as integers. */
export interface Cidr {
  readonly text: string;
  readonly family: IPFamily;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Parses `address/prefix` exactly as Go's net.ParseCIDR, so that both read a value stored by Gardener alike: four decimal octets without
 * leading zeros, no zone, a decimal prefix (which may have leading zeros). Host bits may be set. An IPv4-mapped range,
 * `::ffff:10.0.0.0/104`, is an IPv4 range, as in Gardener's validation. Returns undefined for anything else.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9A-Fa-f.:]{2,45})\/0*(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const address = parseAddress(match[1] ?? '');
  const prefix = Number(match[2]);
  if (address === undefined || prefix > address.bits) return undefined;
  const hostBits = BigInt(address.bits - prefix);
  const first = (address.value >> hostBits) << hostBits;
  const last = first + (1n << hostBits) - 1n;
  return isMapped(address.bits, first)
    ? { text, family: 'IPv4', prefix: prefix - 96, first: first - mapped, last: last - mapped }
    : { text, family: address.bits === 32 ? 'IPv4' : 'IPv6', prefix, first, last };
}

/** Returns the family of an IP address, parsed as by Go's net.ParseIP, or undefined for an invalid address. */
export function addressFamily(text: string): IPFamily | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  return address.bits === 32 || isMapped(address.bits, address.value) ? 'IPv4' : 'IPv6';
}

/** Reports whether the ranges share an address; ranges of different families never do. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The first address of ::ffff:0:0/96, the IPv4-mapped addresses. */
const mapped = 0xffffn << 32n;

function isMapped(bits: number, first: bigint): boolean {
  return bits === 128 && first >> 32n === 0xffffn;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const octets = parseOctets(text);
    return octets === undefined ? undefined : { bits: 32, value: toInteger(octets) };
  }
  const groups = withHexTail(text);
  if (groups === undefined || !/^[0-9A-Fa-f:]+$/.test(groups) || !ipaddr.IPv6.isValid(groups)) return undefined;
  return { bits: 128, value: toInteger(ipaddr.IPv6.parse(groups).toByteArray()) };
}

/**
 * Rewrites a dotted tail as two hexadecimal groups. ipaddr.js must see groups only: it reads `::10.0.0.1` as the mapped
 * `::ffff:10.0.0.1` and accepts octets with leading zeros.
 */
function withHexTail(text: string): string | undefined {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (!tail.includes('.')) return text;
  const octets = parseOctets(tail);
  if (octets === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  return `${text.slice(0, -tail.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function parseOctets(text: string): readonly number[] | undefined {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
    ? octets.map(Number)
    : undefined;
}

function toInteger(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
