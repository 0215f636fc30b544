/** Certificate authorities and serving certificates for webhooks (RFC 5280), based on node:crypto alone. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import * as der from './der.ts';

/** Certificate and private key as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  /** Milliseconds since the epoch, rounded down to whole seconds in certificates. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface AuthorityInput extends Validity {
  readonly commonName: string;
  /** Default: 3072, as in Gardener's secrets manager. Tests use less, since large primes take long to generate. */
  readonly keyBits?: number;
}

export interface ServerInput extends Validity {
  readonly authority: KeyPair;
  readonly commonName: string;
  /** DNS names and IP addresses for the subject alternative names. */
  readonly hosts: readonly string[];
}

/**
 * Creates a certificate authority that may sign certificates only. Its key is RSA, in PKCS #1, since Gardener's secrets manager rejects
 * any other key, and the Go extension would not start after a migration back (docs/design/gardener.md#webhook-certificates).
 */
export async function createAuthority({ commonName, keyBits = 3072, ...validity }: AuthorityInput): Promise<KeyPair> {
  const subject = distinguishedName(commonName);
  const { privateKey } = await newKeyPair('rsa', { modulusLength: keyBits });
  const info = publicInfo(privateKey);
  const cert = signed({
    ...validity,
    issuer: subject,
    subject,
    info,
    signer: privateKey,
    extensions: [
      extension({ id: '2.5.29.19', value: der.sequence(der.booleanTrue()), critical: true }),
      // keyCertSign and cRLSign: bits 5 and 6.
      extension({ id: '2.5.29.15', value: der.bitString(Uint8Array.of(0x06), 1), critical: true }),
      extension({ id: '2.5.29.14', value: der.octetString(keyIdentifier(info)) }),
    ],
  });
  return { cert, key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() };
}

/** Issues a serving certificate with a P-256 key. Rejects if the PEM of the authority is invalid or its key is neither RSA nor EC. */
export async function issueServer({ authority, commonName, hosts, ...validity }: ServerInput): Promise<KeyPair> {
  const { subject, keyIdentifier: issuerKey } = readAuthority(authority.cert);
  const { privateKey } = await newKeyPair('ec', { namedCurve: 'P-256' });
  const info = publicInfo(privateKey);
  const cert = signed({
    ...validity,
    issuer: subject,
    subject: distinguishedName(commonName),
    info,
    signer: createPrivateKey(authority.key),
    extensions: [
      extension({ id: '2.5.29.19', value: der.sequence(), critical: true }),
      // digitalSignature: bit 0.
      extension({ id: '2.5.29.15', value: der.bitString(Uint8Array.of(0x80), 7), critical: true }),
      extension({ id: '2.5.29.37', value: der.sequence(der.objectIdentifier('1.3.6.1.5.5.7.3.1')) }),
      extension({ id: '2.5.29.14', value: der.octetString(keyIdentifier(info)) }),
      ...(issuerKey === undefined
        ? []
        : [extension({ id: '2.5.29.35', value: der.sequence(der.tagged(0, 'primitive', issuerKey)) })]),
      extension({ id: '2.5.29.17', value: der.sequence(...hosts.map(alternativeName)) }),
    ],
  });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** Creates an untrusted certificate, with which a server without a real one can still report its state over HTTPS. */
export async function createSelfSigned({ commonName, ...validity }: Omit<AuthorityInput, 'keyBits'>): Promise<KeyPair> {
  const subject = distinguishedName(commonName);
  const { privateKey } = await newKeyPair('ec', { namedCurve: 'P-256' });
  const info = publicInfo(privateKey);
  const cert = signed({ ...validity, issuer: subject, subject, info, signer: privateKey, extensions: [] });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface SignedInput extends Validity {
  readonly issuer: der.Bytes;
  readonly subject: der.Bytes;
  /** SubjectPublicKeyInfo. */
  readonly info: der.Bytes;
  readonly signer: KeyObject;
  readonly extensions: readonly der.Bytes[];
}

function signed(input: SignedInput): string {
  const algorithm = signatureAlgorithm(input.signer);
  const content = der.sequence(
    der.tagged(0, 'constructed', der.integer(Uint8Array.of(2))),
    der.integer(serialNumber()),
    algorithm,
    input.issuer,
    der.sequence(der.time(Math.floor(input.notBefore / 1000)), der.time(Math.floor(input.notAfter / 1000))),
    input.subject,
    input.info,
    ...(input.extensions.length === 0 ? [] : [der.tagged(3, 'constructed', der.sequence(...input.extensions))]),
  );
  const signature = sign('sha256', content, input.signer);
  return pem('CERTIFICATE', der.sequence(content, algorithm, der.bitString(signature)));
}

function signatureAlgorithm(key: KeyObject): der.Bytes {
  if (key.asymmetricKeyType === 'ec') return der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));
  if (key.asymmetricKeyType === 'rsa')
    return der.sequence(der.objectIdentifier('1.2.840.113549.1.1.11'), der.nothing());
  throw new Error(
    `unsupported key type ${key.asymmetricKeyType ?? 'unknown'} of the certificate authority: must be ec or rsa`,
  );
}

/** Serial numbers of a CA must be unpredictable and positive. */
function serialNumber(): der.Bytes {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** Asynchronous, because an RSA key takes up to a second, during which the server must respond to reviews. */
const newKeyPair = promisify(generateKeyPair);

/** SubjectPublicKeyInfo. */
function publicInfo(key: KeyObject): der.Bytes {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** RFC 7093 §2 method 1: the first 160 bits of the SHA-256 of the public key. */
function keyIdentifier(info: der.Bytes): der.Bytes {
  const [outer] = der.readElements(info);
  const [, key] = der.readElements(outer?.content ?? new Uint8Array());
  return createHash('sha256')
    .update(key?.content.subarray(1) ?? new Uint8Array())
    .digest()
    .subarray(0, 20);
}

/** Returns the fields of the issuer that a certificate repeats: the exact bytes of its subject, and its key identifier. */
function readAuthority(cert: string): { readonly subject: der.Bytes; readonly keyIdentifier: der.Bytes | undefined } {
  const [certificate] = der.readElements(new X509Certificate(cert).raw);
  const [content] = der.readElements(certificate?.content ?? new Uint8Array());
  const [, , , , , subject, , ...rest] = der.readElements(content?.content ?? new Uint8Array());
  if (subject === undefined) throw new Error('the certificate of the authority has no subject');
  const list = rest.find((one) => one.tag === 0xa3)?.content ?? new Uint8Array();
  const extensions = der.readElements(list).flatMap((one) => der.readElements(one.content));
  const wanted = Buffer.from(der.objectIdentifier('2.5.29.14'));
  const value = extensions
    .map((one) => der.readElements(one.content))
    .find(([id]) => id !== undefined && wanted.equals(id.whole))
    ?.at(-1);
  return { subject: subject.whole, keyIdentifier: value && der.readElements(value.content)[0]?.content };
}

function distinguishedName(commonName: string): der.Bytes {
  return der.sequence(der.setOf(der.sequence(der.objectIdentifier('2.5.4.3'), der.utf8String(commonName))));
}

function extension({
  id,
  value,
  critical = false,
}: {
  readonly id: string;
  readonly value: der.Bytes;
  readonly critical?: boolean;
}): der.Bytes {
  const flag = critical ? [der.booleanTrue()] : [];
  return der.sequence(der.objectIdentifier(id), ...flag, der.octetString(value));
}

function alternativeName(host: string): der.Bytes {
  return isIP(host) === 0
    ? der.tagged(2, 'primitive', Buffer.from(host, 'ascii'))
    : der.tagged(7, 'primitive', addressBytes(host));
}

function addressBytes(address: string): der.Bytes {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  // The URL parser normalizes IPv6 addresses, including an embedded IPv4 address.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return Uint8Array.from(
    [...front, ...zeros, ...back]
      .map((group) => Number.parseInt(group, 16))
      .flatMap((word) => [word >> 8, word & 0xff]),
  );
}

function pem(label: string, bytes: der.Bytes): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
