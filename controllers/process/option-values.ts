import { isIP } from 'node:net';
import { parseGoBoolean } from '../../pkg/gardener/go-boolean.ts';
import { isDnsLabel, isDnsSubdomain } from '../../pkg/gardener/names.ts';
import { didYouMean, field } from '../../pkg/network/field.ts';
import type { ListenAddress } from '../../pkg/webhook/listen.ts';

/** What a text means, or what is wrong with it in the words of field errors. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string };

/** A decimal number without sign. */
export function wholeNumber(
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): Parsed<number> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return { value };
  return { problem: field.invalid(text, `must be a whole number from ${least} to ${most}`) };
}

/** As Go's flags read booleans; a flag without a value is true. */
export function toggle(given: string | boolean): Parsed<boolean> {
  const value = typeof given === 'boolean' ? given : parseGoBoolean(given);
  return value === undefined ? { problem: field.invalid(given, 'must be true or false') } : { value };
}

/** Names joined by commas, each of the known ones, blanks around them ignored. */
export function namesOf<const Known extends string>(
  texts: readonly string[],
  known: readonly Known[],
): { readonly names: readonly Known[]; readonly problems: readonly string[] } {
  const given = texts.flatMap((one) => one.split(',')).map((one) => one.trim());
  const distinct = [...new Set(given.filter((one) => one !== ''))];
  const isKnown = (name: string): name is Known => (known as readonly string[]).includes(name);
  const problems = distinct
    .filter((name) => !isKnown(name))
    .map((name) => {
      const guess = didYouMean(name, known);
      return `${field.unsupported(name, known)}${guess === undefined ? '' : `, did you mean ${guess}?`}`;
    });
  return { names: known.filter((name) => distinct.includes(name)), problems };
}

export function oneOf<const Known extends string>(text: string, known: readonly Known[]): Parsed<Known> {
  const value = known.find((one) => one === text);
  return value === undefined ? { problem: field.unsupported(text, known) } : { value };
}

/** Go's `host:port`, `:port` for all addresses, `[::1]:port`; undefined for `0` and nothing, which switch a server off. */
export function listenAddress(text: string): Parsed<ListenAddress | undefined> {
  if (text === '' || text === '0') return { value: undefined };
  const { host, port } = hostAndPort(text);
  if (host !== undefined && port !== undefined) return { value: { host: host === '' ? undefined : host, port } };
  return {
    problem: field.invalid(text, 'must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for none'),
  };
}

/** An address to listen on alone; undefined for nothing: all of them. */
export function listenHost(text: string): Parsed<string | undefined> {
  if (text === '') return { value: undefined };
  return isHost(text) ? { value: text } : { problem: field.invalid(text, 'must be an IP address or a host name') };
}

/** `host` or `host:port` as clients reach it, without scheme and path, which Gardener adds. */
export function clientHost(text: string): Parsed<string> {
  const { host, port } = hostAndPort(text);
  if (isIP(text) !== 6 && (isHost(text) || (host !== undefined && host !== '' && port !== undefined && port > 0)))
    return { value: text };
  return {
    problem: field.invalid(text, 'must be a host or host:port such as webhook.example.com:443, without https://'),
  };
}

export function serverUrl(text: string): Parsed<string> {
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return { value: text };
  return { problem: field.invalid(text, 'must be a URL such as https://api.example.com:443') };
}

/** A namespace: RFC 1123 label. */
export function namespaceName(text: string): Parsed<string> {
  if (isDnsLabel(text)) return { value: text };
  return { problem: field.invalid(text, 'must be the name of a namespace: at most 63 of a-z, 0-9 and - inside') };
}

/** A name of most objects: RFC 1123 subdomain. */
export function objectName(text: string): Parsed<string> {
  if (isDnsSubdomain(text)) return { value: text };
  return { problem: field.invalid(text, 'must be the name of an object: at most 253 of a-z, 0-9, - and . inside') };
}

/** The host is empty for `:port`; undefined parts are wrong. */
function hostAndPort(text: string): { readonly host: string | undefined; readonly port: number | undefined } {
  const { bracketed, plain, digits } =
    /^(?:\[(?<bracketed>[^[\]]*)\]|(?<plain>[^:[\]]*)):(?<digits>\d{1,5})$/.exec(text)?.groups ?? {};
  const port = digits === undefined || Number(digits) > 65_535 ? undefined : Number(digits);
  if (bracketed !== undefined) return { host: isIP(bracketed) === 6 ? bracketed : undefined, port };
  return { host: plain === '' || (plain !== undefined && isHost(plain)) ? plain : undefined, port };
}

function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  if (/^[\d.]*$/.test(text)) return false;
  return isDnsSubdomain(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

/** The host of `host` or `host:port`, without the brackets of an IPv6 address. */
export function hostOf(text: string): string {
  return hostAndPort(text).host || text;
}
