/** Builds Secrets for new certificates, with names and labels by which a Go extension finds and adopts them. */
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
  managerLabels,
  type Names,
  serverKeys,
  serverName,
} from './secrets.ts';
import { renewalTime, type Timing } from './state.ts';

export interface NewAuthority {
  readonly names: Names;
  readonly contents: Contents;
  readonly timing: Timing;
  readonly pair: KeyPair;
}

/**
 * Returns the Secret of a new authority. Replicas that read the same Secrets compute the same name, so that of two
 * concurrent creations one fails and adopts the Secret of the other.
 */
export function newAuthoritySecret({ names, contents, timing, pair }: NewAuthority): KubeObject {
  const name = authorityName(names.name);
  const predecessor = newest(contents, name);
  const stored = contents.stored.authorities.find((one) => one.name === predecessor?.metadata.name);
  const since = stored === undefined ? predecessor && createdAt(predecessor) : renewalTime(stored, timing);
  const time = since === undefined ? '' : String(Math.floor(since / 1000));
  const labels = {
    name,
    ...managerLabels(names.name),
    'checksum-of-config': predecessor?.metadata.labels?.['checksum-of-config'] ?? checksumOfConfig({ name }),
  };
  const metadata = uniqueMetadata({ names, contents, labels, time });
  return toSecret(metadata, { pair, type: 'Opaque', keys: authorityKeys });
}

export interface NewServer {
  readonly names: Names;
  readonly contents: Contents;
  /** Name of the Secret of the authority. */
  readonly signer: string;
  readonly hosts: readonly string[];
  readonly pair: KeyPair;
}

/** Returns the Secret of a new server certificate. */
export function newServerSecret({ names, contents, signer, hosts, pair }: NewServer): KubeObject {
  const name = serverName(names.name);
  const predecessor = newest(contents, name);
  const stored = contents.stored.servers.find((one) => one.name === predecessor?.metadata.name);
  const inherited = stored?.coversHosts === true ? predecessor?.metadata.labels?.['checksum-of-config'] : undefined;
  const labels = {
    name,
    ...managerLabels(names.name),
    'checksum-of-config': inherited ?? checksumOfConfig({ name, hosts }),
    'checksum-of-signing-ca': checksumOfData(contents.secrets.get(signer)),
  };
  const time = predecessor?.metadata.labels?.['last-rotation-initiation-time'] ?? '';
  const metadata = uniqueMetadata({ names, contents, labels, time });
  return toSecret(metadata, { pair, type: 'kubernetes.io/tls', keys: serverKeys });
}

function newest({ secrets }: Contents, name: string): KubeObject | undefined {
  return [...secrets.values()]
    .filter((one) => one.metadata.labels?.['name'] === name)
    .reduce<KubeObject | undefined>(
      (best, one) => (best === undefined || createdAt(one) > createdAt(best) ? one : best),
      undefined,
    );
}

interface MetadataInput {
  readonly names: Names;
  readonly contents: Contents;
  readonly labels: Labels & { readonly name: string };
  /** Unix seconds of the rotation; empty before the first one. */
  readonly time: string;
}

/**
 * Returns the name that the secrets manager derives from configuration, signer and time of the rotation; the time is
 * also a label. It increments the time until the name is unused.
 */
function uniqueMetadata({ names, contents, labels, time: wanted }: MetadataInput): KubeObject['metadata'] {
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

function toSecret(
  metadata: KubeObject['metadata'],
  { pair, type, keys }: { readonly pair: KeyPair; readonly type: string; readonly keys: Keys },
): KubeObject {
  const { validFromDate, validToDate } = new X509Certificate(pair.cert);
  const lifetime = { 'issued-at-time': unixSeconds(validFromDate), 'valid-until-time': unixSeconds(validToDate) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...metadata, labels: { ...metadata.labels, ...lifetime } },
    type,
    immutable: true,
    data: { [keys.cert]: base64(pair.cert), [keys.key]: base64(pair.key) },
  };
}

/**
 * Returns Gardener's checksum of the data of a Secret (docs/design/gardener.md#managedresource), truncated to the
 * length of a label.
 */
function checksumOfData(secret: KubeObject | undefined): string {
  const data = isRecord(secret?.['data']) ? Object.entries(secret['data']) : [];
  const digests = data
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => sha256(Buffer.from(String(value), 'base64')));
  return sha256(digests.join('')).slice(0, 63);
}

/**
 * The secrets manager hashes a Go structure, which can be inherited but not computed here. Without a predecessor of a
 * Go extension, this 64-bit number of the same format takes its place.
 */
function checksumOfConfig(config: object): string {
  return BigInt(`0x${sha256(JSON.stringify(config)).slice(0, 16)}`).toString();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function unixSeconds(date: Date): string {
  return String(Math.floor(date.getTime() / 1000));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
