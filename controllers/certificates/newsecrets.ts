/** New Secrets with certificates, so named and labelled that a Go extension finds them and goes on with them. */
import { createHash, X509Certificate } from 'node:crypto';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import {
  authorityKeys,
  authorityName,
  type Contents,
  createdAt,
  type Keys,
  type Labels,
  managed,
  type Names,
  serverKeys,
  serverName,
} from './secrets.ts';
import { renewalOf, type Timing } from './state.ts';

export interface NewAuthority {
  readonly names: Names;
  readonly contents: Contents;
  readonly timing: Timing;
  readonly pair: KeyPair;
}

/**
 * The Secret of a new authority. Every replica that looks at the same Secrets computes the same name, so that of two that create
 * at the same time one fails and reads what the other made.
 */
export function newAuthoritySecret({ names, contents, timing, pair }: NewAuthority): KubeObject {
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
  const meta = freeMeta({ names, contents, labels, time });
  return secretOf(meta, { pair, type: 'Opaque', keys: authorityKeys });
}

export interface NewServer {
  readonly names: Names;
  readonly contents: Contents;
  /** Name of the authority's Secret. */
  readonly signer: string;
  readonly hosts: readonly string[];
  readonly pair: KeyPair;
}

/** The Secret of a new server certificate. */
export function newServerSecret({ names, contents, signer, hosts, pair }: NewServer): KubeObject {
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
  const meta = freeMeta({ names, contents, labels, time });
  return secretOf(meta, { pair, type: 'kubernetes.io/tls', keys: serverKeys });
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
