import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import * as fc from 'fast-check';
import { createAuthority as createOther, temporaryFolder } from '../../test/doubles/certificates.ts';
import { integer, objectIdentifier, octetString, readElements, sequence, time } from './der.ts';
import { createAuthority, issueServer } from './x509.ts';

const now = Date.UTC(2026, 10, 1, 12, 30, 15);
const validity = { notBefore: now, notAfter: now + 86_400_000 };
const hosts = ['hook.extension-x', 'hook.extension-x.svc', '127.0.0.1', '::1', 'fd00:10:2::10', '::ffff:10.0.0.1'];
const authority = await createAuthority({ commonName: 'ca-x-webhook', ...validity });
const server = await issueServer({ authority, commonName: 'x-webhook-server', hosts, ...validity });

test('an authority may sign certificates only', () => {
  const certificate = new X509Certificate(authority.cert);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, 'CN=ca-x-webhook');
  assert.ok(certificate.verify(certificate.publicKey));
  assert.match(authority.key, /^-----BEGIN RSA PRIVATE KEY-----\n/, 'the format that the secrets manager reads');
});

test('a serving certificate is valid for its hosts, its purpose and its period', () => {
  const certificate = new X509Certificate(server.cert);
  const issuer = new X509Certificate(authority.cert);
  assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.validFromDate.getTime(), validity.notBefore);
  assert.equal(certificate.validToDate.getTime(), validity.notAfter);
  for (const host of ['hook.extension-x', 'hook.extension-x.svc']) assert.ok(certificate.checkHost(host), host);
  for (const host of ['x-webhook-server', 'other.extension-x', 'ca-x-webhook'])
    assert.equal(certificate.checkHost(host), undefined, host);
  for (const address of ['127.0.0.1', '::1', 'fd00:10:2::10', '::ffff:10.0.0.1'])
    assert.ok(certificate.checkIP(address), address);
  assert.equal(certificate.checkIP('127.0.0.2'), undefined);
});

/** Returns the verdict of openssl on a serving certificate; undefined if openssl is not available. */
function opensslVerify(t: TestContext, files: { readonly ca: string; readonly leaf: string }): string | undefined {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-attime', String(now / 1000 + 60)];
  try {
    return execFileSync('openssl', [...args, '-CAfile', 'ca', 'leaf'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      t.skip('SKIPPED: the openssl command is missing, certificates are checked by Node alone');
      return undefined;
    }
    throw error;
  }
}

test('openssl verify -x509_strict accepts authority and serving certificate', (t) => {
  const output = opensslVerify(t, { ca: authority.cert, leaf: server.cert });
  assert.ok(output === undefined || output === 'leaf: OK\n');
});

test('a CA bundle of two authorities with the same name verifies the certificates of both', async (t) => {
  const successor = await createAuthority({ commonName: 'ca-x-webhook', keyBits: 2048, ...validity });
  const next = await issueServer({ authority: successor, commonName: 'x-webhook-server', hosts, ...validity });
  for (const leaf of [server.cert, next.cert]) {
    const output = opensslVerify(t, { ca: `${successor.cert}${authority.cert}`, leaf });
    assert.ok(output === undefined || output === 'leaf: OK\n');
  }
});

test('issues certificates with an authority created elsewhere, copying its subject byte by byte', async (t) => {
  const folder = temporaryFolder(t);
  if (createOther(t, 'probe') === undefined) return;
  for (const key of [['rsa:2048'], ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']]) {
    const subject = ['-subj', '/O=Gärten/CN=ca-x-webhook', '-utf8', '-days', '3650'];
    const files = ['-keyout', 'key', '-out', 'cert'];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', ...key, ...files, ...subject], {
      cwd: folder,
      stdio: 'ignore',
    });
    const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
    const other = { cert: read('cert'), key: read('key') };
    const today = { notBefore: Date.now() - 1000, notAfter: Date.now() + 60_000 };
    const leaf = await issueServer({ authority: other, commonName: 'x', hosts, ...today });
    const certificate = new X509Certificate(leaf.cert);
    assert.ok(certificate.checkIssued(new X509Certificate(other.cert)));
    assert.ok(certificate.verify(new X509Certificate(other.cert).publicKey));
  }
});

test('rejects an authority with an unsupported type of key', async () => {
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const input = { authority: { cert: authority.cert, key }, commonName: 'x', hosts, ...validity };
  await assert.rejects(issueServer(input), /unsupported key type ed25519 of the certificate authority/);
});

test('a TLS client verifies the certificate by the host name of the URL', async () => {
  const around = { notBefore: Date.now() - 1000, notAfter: Date.now() + 60_000 };
  const ca = await createAuthority({ commonName: 'ca', keyBits: 2048, ...around });
  const pair = await issueServer({ authority: ca, commonName: 'x', hosts: ['hook.extension-x'], ...around });
  const listening = createServer(pair, (socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const address = listening.address();
  assert.ok(address !== null && typeof address === 'object');
  const greet = (servername: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: address.port, host: '127.0.0.1', servername, ca: ca.cert });
      socket.once('data', (data: Buffer) => resolve(data.toString()));
      socket.once('error', reject);
    });
  try {
    assert.equal(await greet('hook.extension-x'), 'hello');
    await assert.rejects(greet('hook.extension-y'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  } finally {
    listening.close();
  }
});

test('DER encodes lengths, integers, object identifiers and times', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  assert.equal(hex(integer(Uint8Array.of(0x80))), '02020080');
  assert.equal(hex(integer(Uint8Array.of(0, 0, 0x7f))), '02017f');
  assert.equal(hex(integer(Uint8Array.of())), '020100');
  assert.equal(hex(objectIdentifier('1.2.840.113549.1.1.11')), '06092a864886f70d01010b');
  assert.equal(hex(time(Date.UTC(2049, 11, 31, 23, 59, 59) / 1000)).slice(0, 4), '170d');
  assert.equal(hex(time(Date.UTC(2050, 0, 1) / 1000)), `180f${Buffer.from('20500101000000Z').toString('hex')}`);
  assert.equal(hex(octetString(new Uint8Array(200))).slice(0, 6), '0481c8');
});

test('DER decodes encoded elements and rejects truncated ones', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
      const [outer, ...more] = readElements(sequence(...parts.map((part) => octetString(part))));
      assert.ok(outer !== undefined && more.length === 0);
      assert.deepEqual(
        readElements(outer.content).map((one) => Buffer.from(one.content)),
        parts.map((part) => Buffer.from(part)),
      );
      if (parts.length > 0) assert.throws(() => readElements(outer.whole.subarray(0, -1)), /cut off/);
    }),
  );
});
