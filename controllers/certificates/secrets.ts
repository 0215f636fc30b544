/**
 * The Secrets that hold the certificates, named and labelled as by Gardener's secrets manager (docs/design/gardener.md#webhook-certificates), so that this
 * extension goes on with the authority of the Go extension before it, and the other way round.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import type { Authority, Server, Stored } from './state.ts';

/** Value: RFC 3339, in seconds. Annotations of an immutable Secret may change. */
export const publishedAnnotation = 'webhook.networking.extensions.gardener.cloud/published-at';

/** What distinguishes our Secrets from those of others in the namespace. */
export interface Names {
  /** Of the extension, `networking-cilium`. */
  readonly name: string;
  readonly namespace: string;
}

/** For the one list request that reads everything. */
export function selectorOf({ name }: Names): string {
  return `managed-by=secrets-manager,manager-identity=${identityOf(name)}`;
}

export interface Contents {
  readonly stored: Stored;
  /** Certificates and keys by the name of their Secret. */
  readonly pairs: ReadonlyMap<string, KeyPair>;
  /** All Secrets, by name. */
  readonly secrets: ReadonlyMap<string, KubeObject>;
  /** Why some of them cannot be used; without anything of their content. */
  readonly problems: readonly { readonly name: string; readonly problem: string }[];
}

/** What the listed Secrets hold. Never throws: whatever somebody put into them. */
export function readContents(
  secrets: readonly KubeObject[],
  { names, hosts }: { readonly names: Names; readonly hosts: readonly string[] },
): Contents {
  const read = secrets.map((secret) => readSecret(secret, names.name));
  const authorities = read.flatMap((one) => (one.is === 'authority' ? [one] : []));
  const servers = read.flatMap((one) => (one.is === 'server' ? [one] : []));
  return {
    stored: {
      authorities: authorities.map(({ secret, certificate }) => authorityOf(secret, certificate)),
      servers: servers.map(({ secret, certificate }) => ({
        ...datesOf(secret, certificate),
        signer: authorities.find((one) => isSigned(certificate, one.certificate))?.secret.metadata.name,
        fits: hosts.every((host) => isGoodFor(certificate, host)),
      })),
      others: read.flatMap(({ is, secret }) =>
        is === 'other' ? [{ name: secret.metadata.name, createdAt: createdAt(secret) }] : [],
      ),
    },
    pairs: new Map([...authorities, ...servers].map((one) => [one.secret.metadata.name, one.pair])),
    secrets: new Map(secrets.map((secret) => [secret.metadata.name, secret])),
    problems: read.flatMap(({ secret, problem }) =>
      problem === undefined ? [] : [{ name: secret.metadata.name, problem }],
    ),
  };
}

/** The PEM bundle of these authorities, each certificate as it is stored, so that a take-over does not change the bundle by a letter. */
export function bundleOf(names: readonly string[], { pairs }: Contents): string {
  return names.map((name) => `${pairs.get(name)?.cert.trim() ?? ''}\n`).join('');
}

export function authorityName(name: string): string {
  return `ca-${name}-webhook`;
}

export function serverName(name: string): string {
  return `${name}-webhook-server`;
}

/** Where a Secret holds certificate and key. */
export interface Keys {
  readonly cert: string;
  readonly key: string;
}

export const authorityKeys: Keys = { cert: 'ca.crt', key: 'ca.key' };
export const serverKeys: Keys = { cert: 'tls.crt', key: 'tls.key' };

export type Labels = Readonly<Record<string, string>>;

function identityOf(name: string): string {
  return `gardener-extension-${name}-webhook`;
}

/** Labels of every Secret of the manager. */
export function managed(name: string): Labels {
  return { 'managed-by': 'secrets-manager', 'manager-identity': identityOf(name) };
}

type Read = { readonly secret: KubeObject; readonly problem?: string } & (
  | { readonly is: 'authority' | 'server'; readonly certificate: X509Certificate; readonly pair: KeyPair }
  | { readonly is: 'other' }
);

function readSecret(secret: KubeObject, name: string): Read {
  const label = secret.metadata.labels?.['name'];
  if (label !== authorityName(name) && label !== serverName(name)) return { is: 'other', secret };
  const is = label === authorityName(name) ? 'authority' : 'server';
  const keys = is === 'authority' ? authorityKeys : serverKeys;
  try {
    const pair = { cert: dataOf(secret, keys.cert), key: dataOf(secret, keys.key) };
    const certificate = new X509Certificate(pair.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key)))
      return { is: 'other', secret, problem: `${keys.key} does not belong to ${keys.cert}` };
    if (is === 'authority' && !certificate.ca)
      return { is: 'other', secret, problem: `${keys.cert} is no certificate authority` };
    return { is, secret, certificate, pair };
  } catch {
    // OpenSSL's own words may tell of a key.
    return { is: 'other', secret, problem: `${keys.cert} or ${keys.key} cannot be read as PEM` };
  }
}

function authorityOf(secret: KubeObject, certificate: X509Certificate): Authority {
  const published = Date.parse(secret.metadata.annotations?.[publishedAnnotation] ?? '');
  return { ...datesOf(secret, certificate), publishedAt: Number.isNaN(published) ? undefined : published };
}

function datesOf(secret: KubeObject, certificate: X509Certificate): Omit<Server, 'signer' | 'fits'> {
  return {
    name: secret.metadata.name,
    createdAt: createdAt(secret),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** Milliseconds since the epoch; 0 for a Secret that does not say. */
export function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function isSigned(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function isGoodFor(certificate: X509Certificate, host: string): boolean {
  const good = isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host);
  return good !== undefined;
}

function dataOf({ data }: KubeObject, key: string): string {
  const value = isRecord(data) ? data[key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}
