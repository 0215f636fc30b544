/**
 * The Secrets that hold the certificates, named and labelled as by Gardener's secrets manager (docs/design/gardener.md#webhook-certificates), so that this
 * extension goes on with the authority of the Go extension before it, and the other way round.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import { type Authority, renewalOf, type Server, type Stored, type Timing } from './state.ts';

export const secretsResource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  namespaced: true,
} as const satisfies Resource;

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

export interface NewAuthority {
  readonly names: Names;
  readonly contents: Contents;
  readonly timing: Timing;
}

/**
 * Name and labels of a new authority. Every replica that looks at the same Secrets computes the same name, so that of two that create
 * at the same time one fails and reads what the other made.
 */
export function authorityMeta({ names, contents, timing }: NewAuthority): KubeObject['metadata'] {
  const name = authorityName(names.name);
  const predecessor = newest(contents, name);
  const known = contents.stored.authorities.find((one) => one.name === predecessor?.metadata.name);
  const since = known === undefined ? predecessor && createdAt(predecessor) : renewalOf(known, timing);
  const time = since === undefined ? '' : String(Math.floor(since / 1000));
  const labels = {
    name,
    ...managed(names.name),
    'checksum-of-config': predecessor?.metadata.labels?.['checksum-of-config'] ?? checksumOfConfig({ name }),
  };
  return freeMeta({ names, contents, labels, time });
}

export interface NewServer {
  readonly names: Names;
  readonly contents: Contents;
  /** Name of the authority's Secret. */
  readonly signer: string;
  readonly hosts: readonly string[];
}

/** Name and labels of a new server certificate. */
export function serverMeta({ names, contents, signer, hosts }: NewServer): KubeObject['metadata'] {
  const name = serverName(names.name);
  const predecessor = newest(contents, name);
  const known = contents.stored.servers.find((one) => one.name === predecessor?.metadata.name);
  const inherited = known?.fits === true ? predecessor?.metadata.labels?.['checksum-of-config'] : undefined;
  const labels = {
    name,
    ...managed(names.name),
    'checksum-of-config': inherited ?? checksumOfConfig({ name, hosts }),
    'checksum-of-signing-ca': checksumOfData(contents.secrets.get(signer)),
  };
  const time = predecessor?.metadata.labels?.['last-rotation-initiation-time'] ?? '';
  return freeMeta({ names, contents, labels, time });
}

export interface SecretInput {
  readonly meta: KubeObject['metadata'];
  readonly pair: KeyPair;
}

export function authoritySecret({ meta, pair }: SecretInput): KubeObject {
  return secretOf(meta, { pair, type: 'Opaque', keys: authorityKeys });
}

export function serverSecret({ meta, pair }: SecretInput): KubeObject {
  return secretOf(meta, { pair, type: 'kubernetes.io/tls', keys: serverKeys });
}

export function authorityName(name: string): string {
  return `ca-${name}-webhook`;
}

export function serverName(name: string): string {
  return `${name}-webhook-server`;
}

interface Keys {
  readonly cert: string;
  readonly key: string;
}

const authorityKeys: Keys = { cert: 'ca.crt', key: 'ca.key' };
const serverKeys: Keys = { cert: 'tls.crt', key: 'tls.key' };

type Labels = Readonly<Record<string, string>>;

function identityOf(name: string): string {
  return `gardener-extension-${name}-webhook`;
}

function managed(name: string): Labels {
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

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function isSigned(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function isGoodFor(certificate: X509Certificate, host: string): boolean {
  const good = isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host);
  return good !== undefined;
}

function newest({ secrets }: Contents, name: string): KubeObject | undefined {
  return [...secrets.values()]
    .filter((one) => one.metadata.labels?.['name'] === name)
    .reduce<KubeObject | undefined>(
      (best, one) => (best === undefined || createdAt(one) > createdAt(best) ? one : best),
      undefined,
    );
}

interface FreeMeta {
  readonly names: Names;
  readonly contents: Contents;
  readonly labels: Labels & { readonly name: string };
  /** Unix seconds of the rotation; empty when nothing was rotated yet. */
  readonly time: string;
}

/**
 * The secrets manager names a Secret after its configuration, its signer and the moment of the rotation, which stands in a label. That is
 * how a Go extension finds ours and goes on with it.
 */
function freeMeta({ names, contents, labels, time: wanted }: FreeMeta): KubeObject['metadata'] {
  const infix = sha256(`${labels['checksum-of-config'] ?? ''}${labels['checksum-of-signing-ca'] ?? ''}`).slice(0, 8);
  const nameFor = (time: string): string =>
    [labels.name, infix, ...(time === '' ? [] : [sha256(time).slice(0, 5)])].join('-');
  let time = wanted;
  while (contents.secrets.has(nameFor(time))) time = String(Number(time) + 1);
  return {
    name: nameFor(time),
    namespace: names.namespace,
    labels: { ...labels, 'last-rotation-initiation-time': time },
  };
}

function secretOf(
  meta: KubeObject['metadata'],
  { pair, type, keys }: { readonly pair: KeyPair; readonly type: string; readonly keys: Keys },
): KubeObject {
  const { validFromDate, validToDate } = new X509Certificate(pair.cert);
  const lifetime = { 'issued-at-time': unix(validFromDate), 'valid-until-time': unix(validToDate) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...meta, labels: { ...meta.labels, ...lifetime } },
    type,
    immutable: true,
    data: { [keys.cert]: base64(pair.cert), [keys.key]: base64(pair.key) },
  };
}

function dataOf({ data }: KubeObject, key: string): string {
  const value = isRecord(data) ? data[key] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** Gardener's checksum of a Secret's data (docs/design/gardener.md#managedresource), as long as a label can be. */
function checksumOfData(secret: KubeObject | undefined): string {
  const data = isRecord(secret?.['data']) ? Object.entries(secret['data']) : [];
  const digests = data
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => sha256(Buffer.from(String(value), 'base64')));
  return sha256(digests.join('')).slice(0, 63);
}

/**
 * The secrets manager's is a hash of a Go structure, so it can be inherited and not be made: a 64-bit number like it stands in for it
 * where no Go extension has been before.
 */
function checksumOfConfig(config: object): string {
  return BigInt(`0x${sha256(JSON.stringify(config)).slice(0, 16)}`).toString();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function unix(date: Date): string {
  return String(Math.floor(date.getTime() / 1000));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
