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
 * `::ffff:10.0.0.0/104`, is an IPv4 range, as in Gardener's validation. Returns undefined for anything else, and, unlike Go, for a text of
 * more than 100 characters: messages and manifests contain the text, and Go accepts any number of zeros.
 */
export function parseCidr(text: string): Cidr | undefined {
  if (text.length > longestRange) return undefined;
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

/** Reports whether the address of a range has bits set beyond the prefix: true for 10.1.2.3/8, which is 10.0.0.0/8. */
export function hasHostBits({ text, family, first }: Cidr): boolean {
  const address = parseAddress(text.slice(0, text.indexOf('/')));
  if (address === undefined) return false;
  return address.value - (family === 'IPv4' && address.bits === 128 ? mapped : 0n) !== first;
}

/** Returns a range as written, but without host bits, which Calico and the API server of Gardener reject. */
export function withoutHostBits(range: Cidr): string {
  return hasHostBits(range) ? canonicalCidr(range) : range.text;
}

/** Reports whether the ranges share an address; ranges of different families never do. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Returns a range as Go's net.IPNet prints it: without host bits, in lower case, with `::` for the longest run of zero groups. */
export function canonicalCidr({ family, first, prefix }: Cidr): string {
  return `${family === 'IPv4' ? digits(first, 8, 4).join('.') : formatGroups(digits(first, 16, 8))}/${prefix}`;
}

/** Returns the digits of a number to the base 2^bits, with leading zeros. */
function digits(value: bigint, bits: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(bits, value >> BigInt(bits * (count - 1 - index)))),
  );
}

/** A run of one zero group is not shortened; of equal runs, the first one is. */
function formatGroups(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = Array.from(text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g));
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
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

/** Twice the length of the longest range with a canonical prefix. */
const longestRange = 100;

/** Length of the longest address, six groups of four digits and a dotted tail. */
const longestAddress = 45;

/** Never throws, and costs a constant amount of work for texts of any length: webhooks parse words that strangers write. */
function parseAddress(text: string): Address | undefined {
  if (text.length > longestAddress) return undefined;
  if (!text.includes(':')) {
    const octets = parseOctets(text);
    return octets && { bits: 32, value: BigInt(octets.reduce((sum, octet) => sum * 256 + octet, 0)) };
  }
  const groups = parseGroups(text);
  return groups && { bits: 128, value: toInteger(groups) };
}

/** Returns the eight groups of an IPv6 address. `::` stands for at least one group of zeros and occurs once. */
function parseGroups(text: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? '', tail !== undefined);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

/** Returns the groups of one side of `::`. The last two groups of an address may be written as four decimal octets. */
function readGroups(text: string, endsAddress: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const octets = endsAddress && last.includes('.') ? parseOctets(last) : undefined;
  const groups = octets === undefined ? parts : parts.slice(0, -1);
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = octets ?? [];
  const dotted = octets === undefined ? [] : [a * 256 + b, c * 256 + d];
  return [...groups.map((group) => Number.parseInt(group, 16)), ...dotted];
}

function parseOctets(text: string): readonly number[] | undefined {
  const octets = quad.exec(text)?.slice(1).map(Number);
  return octets?.every((octet) => octet <= 255) ? octets : undefined;
}

/** Four decimal numbers without leading zeros. */
const quad = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

function toInteger(groups: readonly number[]): bigint {
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}
