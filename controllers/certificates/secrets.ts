/**
 * Reads the Secrets with certificates. Their names and labels are those of Gardener's secrets manager
 * (docs/design/gardener.md#webhook-certificates), so that this extension adopts the authority of a Go extension and
 * vice versa.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import type { Authority, Server, Stored } from './state.ts';

/** Time in RFC 3339. Annotations of an immutable Secret can be changed. */
export const publishedAnnotation = 'webhook.networking.extensions.gardener.cloud/published-at';

/** Distinguishes the Secrets of an extension from others in the namespace. */
export interface Names {
  /** Name of the extension, which is part of the names of the Secrets. */
  readonly name: string;
  readonly namespace: string;
}

/** Returns the label selector of all Secrets of an extension. */
export function labelSelector({ name }: Names): string {
  return `managed-by=secrets-manager,manager-identity=${managerIdentity(name)}`;
}

export interface Contents {
  readonly stored: Stored;
  /** Certificates and keys by the name of their Secret. */
  readonly pairs: ReadonlyMap<string, KeyPair>;
  /** All Secrets, by name. */
  readonly secrets: ReadonlyMap<string, KubeObject>;
  /** Reasons why Secrets are ignored; they do not quote content. */
  readonly problems: readonly { readonly name: string; readonly problem: string }[];
}

/** Decodes the listed Secrets. Never throws, whatever their content. */
export function readContents(
  secrets: readonly KubeObject[],
  { names, hosts }: { readonly names: Names; readonly hosts: readonly string[] },
): Contents {
  const read = secrets.map((secret) => readSecret(secret, names.name));
  const authorities = read.flatMap((one) => (one.role === 'authority' ? [one] : []));
  const servers = read.flatMap((one) => (one.role === 'server' ? [one] : []));
  return {
    stored: {
      authorities: authorities.map(({ secret, certificate }) => toAuthority(secret, certificate)),
      servers: servers.map(({ secret, certificate }) => ({
        ...validity(secret, certificate),
        signer: authorities.find((one) => isSignedBy(certificate, one.certificate))?.secret.metadata.name,
        coversHosts: hosts.every((host) => coversHost(certificate, host)),
      })),
      others: read.flatMap(({ role, secret }) =>
        role === 'other' ? [{ name: secret.metadata.name, createdAt: createdAt(secret) }] : [],
      ),
    },
    pairs: new Map([...authorities, ...servers].map((one) => [one.secret.metadata.name, one.pair])),
    secrets: new Map(secrets.map((secret) => [secret.metadata.name, secret])),
    problems: read.flatMap(({ secret, problem }) =>
      problem === undefined ? [] : [{ name: secret.metadata.name, problem }],
    ),
  };
}

/**
 * Returns the CA bundle (PEM) of these authorities. The certificates are copied as stored, so that a take-over does not
 * change the CA bundle.
 */
export function buildCaBundle(names: readonly string[], { pairs }: Contents): string {
  return names.map((name) => `${pairs.get(name)?.cert.trim() ?? ''}\n`).join('');
}

export function authorityName(name: string): string {
  return `ca-${name}-webhook`;
}

export function serverName(name: string): string {
  return `${name}-webhook-server`;
}

/** Data keys of certificate and private key in a Secret. */
export interface Keys {
  readonly cert: string;
  readonly key: string;
}

export const authorityKeys: Keys = { cert: 'ca.crt', key: 'ca.key' };
export const serverKeys: Keys = { cert: 'tls.crt', key: 'tls.key' };

export type Labels = Readonly<Record<string, string>>;

function managerIdentity(name: string): string {
  return `gardener-extension-${name}-webhook`;
}

/** Returns the labels of every Secret of the manager. */
export function managerLabels(name: string): Labels {
  return { 'managed-by': 'secrets-manager', 'manager-identity': managerIdentity(name) };
}

type Read = { readonly secret: KubeObject; readonly problem?: string } & (
  | { readonly role: 'authority' | 'server'; readonly certificate: X509Certificate; readonly pair: KeyPair }
  | { readonly role: 'other' }
);

function readSecret(secret: KubeObject, name: string): Read {
  const label = secret.metadata.labels?.['name'];
  if (label !== authorityName(name) && label !== serverName(name)) return { role: 'other', secret };
  const role = label === authorityName(name) ? 'authority' : 'server';
  const keys = role === 'authority' ? authorityKeys : serverKeys;
  try {
    const pair = { cert: decodeData(secret, keys.cert), key: decodeData(secret, keys.key) };
    const certificate = new X509Certificate(pair.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key)))
      return { role: 'other', secret, problem: `${keys.key} does not match ${keys.cert}` };
    if (role === 'authority' && !certificate.ca)
      return { role: 'other', secret, problem: `${keys.cert} is not a certificate authority` };
    return { role, secret, certificate, pair };
  } catch {
    // The messages of OpenSSL may reveal parts of a key.
    return { role: 'other', secret, problem: `${keys.cert} or ${keys.key} cannot be read as PEM` };
  }
}

function toAuthority(secret: KubeObject, certificate: X509Certificate): Authority {
  const published = Date.parse(secret.metadata.annotations?.[publishedAnnotation] ?? '');
  return { ...validity(secret, certificate), publishedAt: Number.isNaN(published) ? undefined : published };
}

function validity(secret: KubeObject, certificate: X509Certificate): Omit<Server, 'signer' | 'coversHosts'> {
  return {
    name: secret.metadata.name,
    createdAt: createdAt(secret),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** Returns the creation time in milliseconds since the epoch; 0 without a creationTimestamp. */
export function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function coversHost(certificate: X509Certificate, host: string): boolean {
  const matched = isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host);
  return matched !== undefined;
}

function decodeData({ data }: KubeObject, key: string): string {
  const value = isRecord(data) ? data[key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}
