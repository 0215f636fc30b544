import { isIP } from 'node:net';
import { parseGoBoolean } from '../../pkg/gardener/go-boolean.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../pkg/gardener/names.ts';
import { didYouMean, field } from '../../pkg/network/field.ts';
import type { ListenAddress } from '../../pkg/webhook/listen.ts';

/** A parsed value, or a problem in the form of Kubernetes' field errors. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string };

/** Parses a decimal integer without sign. */
export function parseInteger(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): Parsed<number> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return { value };
  return { problem: field.invalid(text, `must be an integer from ${min} to ${max}`) };
}

/** Parses a boolean as Go's flags do; a flag without a value is true. */
export function parseToggle(given: string | boolean): Parsed<boolean> {
  const value = typeof given === 'boolean' ? given : parseGoBoolean(given);
  return value === undefined ? { problem: field.invalid(given, 'must be true or false') } : { value };
}

/** Parses lists of known names, separated by commas and optional spaces. */
export function parseNames<const Known extends string>(
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

export function parseChoice<const Known extends string>(text: string, known: readonly Known[]): Parsed<Known> {
  const value = known.find((one) => one === text);
  return value === undefined ? { problem: field.unsupported(text, known) } : { value };
}

/** Parses a listen address as Go: `host:port`, `[::1]:port`, `:port` for all interfaces; undefined for `0` and an empty text, which disable a server. */
export function parseListenAddress(text: string): Parsed<ListenAddress | undefined> {
  if (text === '' || text === '0') return { value: undefined };
  const { host, port } = hostAndPort(text);
  if (host !== undefined && port !== undefined) return { value: { host: host === '' ? undefined : host, port } };
  return {
    problem: field.invalid(
      text,
      'must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 to disable the server',
    ),
  };
}

/** Parses a listen address without port; undefined for an empty text: all interfaces. */
export function parseListenHost(text: string): Parsed<string | undefined> {
  if (text === '') return { value: undefined };
  return isHost(text) ? { value: text } : { problem: field.invalid(text, 'must be an IP address or a host name') };
}

/** Parses `host` or `host:port` of a server as its clients reach it, without scheme and path, which Gardener adds. */
export function parseClientHost(text: string): Parsed<string> {
  const { host, port } = hostAndPort(text);
  if (isIP(text) !== 6 && (isHost(text) || (host !== undefined && host !== '' && port !== undefined && port > 0)))
    return { value: text };
  return {
    problem: field.invalid(text, 'must be a host or host:port such as webhook.example.com:443, without https://'),
  };
}

export function parseServerUrl(text: string): Parsed<string> {
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return { value: text };
  return { problem: field.invalid(text, 'must be a URL such as https://api.example.com:443') };
}

/** Parses the name of a namespace. */
export function parseNamespace(text: string): Parsed<string> {
  if (isDns1123Label(text)) return { value: text };
  return {
    problem: field.invalid(text, 'must be the name of a namespace: at most 63 characters of a-z, 0-9 and inner -'),
  };
}

/** Parses the name of an object other than a namespace. */
export function parseObjectName(text: string): Parsed<string> {
  if (isDns1123Subdomain(text)) return { value: text };
  return {
    problem: field.invalid(
      text,
      'must be the name of an object: at most 253 characters of a-z, 0-9, inner - and inner .',
    ),
  };
}

/** Splits `host:port`; the host is empty for `:port`, and invalid parts are undefined. */
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
  return (
    text.length <= 253 &&
    /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/.test(text)
  );
}

/** Returns the host of `host` or `host:port`, without the brackets of an IPv6 address. */
export function hostName(text: string): string {
  return hostAndPort(text).host || text;
}
