/** Certificates for TLS tests, made with the openssl command; where it is missing, the test says so and is skipped. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

export interface Authority {
  readonly ca: string;
  /** A leaf for 127.0.0.1 and api.test, good for servers and clients. */
  issue(commonName: string): { readonly cert: string; readonly key: string };
}

/** A folder that goes away with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new certificate authority; undefined, with the test skipped, where openssl cannot be run. */
export function createAuthority(t: TestContext, name: string): Authority | undefined {
  const folder = temporaryFolder(t);
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    openssl('version');
  } catch {
    t.skip('SKIPPED: the openssl command is missing, nothing about TLS is tested here');
    return undefined;
  }
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  const newKey = (file: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file];
  openssl('req', '-x509', ...newKey('ca.key'), '-out', 'ca.crt', '-days', '2', '-subj', `/CN=${name}`);
  let serial = 0;
  return {
    ca: read('ca.crt'),
    issue: (commonName) => {
      serial += 1;
      writeFileSync(path.join(folder, 'ext'), 'subjectAltName=IP:127.0.0.1,DNS:api.test\n');
      openssl('req', ...newKey('leaf.key'), '-out', 'leaf.csr', '-subj', `/CN=${commonName}`);
      const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', String(serial), '-extfile', 'ext'];
      openssl('x509', '-req', '-in', 'leaf.csr', ...authority, '-out', 'leaf.crt', '-days', '1');
      return { cert: read('leaf.crt'), key: read('leaf.key') };
    },
  };
}
