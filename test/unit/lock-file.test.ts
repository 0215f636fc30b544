import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> };
const locked = Object.entries(packages).filter(([path]) => path !== '');

/** Packages whose hash is unknown, with the reason why the lock file contains them nevertheless (docs/decisions/0006). */
const withoutIntegrity: Readonly<Record<string, string>> = {};

test('the lock file pins each package to a hash of its content', () => {
  assert.ok(locked.length > 300);
  const missing = locked.filter(([, one]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(one.integrity ?? ''));
  assert.deepEqual(
    missing.map(([path]) => path),
    Object.keys(withoutIntegrity),
  );
});

test('the lock file contains no address of a registry and no package from elsewhere', () => {
  assert.doesNotMatch(text, /"resolved"/);
  assert.deepEqual(
    locked.filter(([, one]) => one.link === true || !/^\d+\.\d+\.\d+/.test(one.version ?? '')).map(([path]) => path),
    [],
  );
});
