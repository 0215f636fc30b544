/** Certificates for TLS tests, created with the openssl command; tests are skipped if it is missing. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

export interface Authority {
  readonly ca: string;
  /** Issues a certificate for 127.0.0.1 and api.test, valid for servers and clients. */
  issue(commonName: string): { readonly cert: string; readonly key: string };
}

/** Creates a folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a certificate authority. Without openssl it skips the test and returns undefined. */
export function createAuthority(t: TestContext, name: string): Authority | undefined {
  const folder = temporaryFolder(t);
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    openssl('version');
  } catch {
    t.skip('SKIPPED: the openssl command is missing, TLS is not tested');
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
