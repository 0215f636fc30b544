import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { recordOf } from '../../pkg/gardener/objects.ts';
import { cases } from '../../test/support/cases.ts';
import { bundledPackages, digestOf, type LockFile, type Metafile, noticeOf, sbomOf } from './sbom.ts';

const root = path.join(import.meta.dirname, '../..');
const metafile = path.join(root, 'dist/netext.meta.json');
const skip = existsSync(metafile) ? false : 'dist/netext.meta.json is not there, run make build';
if (skip !== false) console.log(`SKIPPED: what is in the bundle: ${skip}`);

const sha512 = Buffer.alloc(64, 7);
const integrity = `sha512-${sha512.toString('base64')}`;
const lock = (...names: readonly string[]): LockFile => ({
  packages: Object.fromEntries(
    names.map((name) => [`node_modules/${name}`, { version: '1.2.3', license: 'MIT', integrity }]),
  ),
});
const bundleOf = (inputs: Readonly<Record<string, number>>): Metafile => ({
  outputs: {
    'dist/a.js': {
      inputs: Object.fromEntries(Object.entries(inputs).map(([file, bytes]) => [file, { bytesInOutput: bytes }])),
    },
  },
});

test('every package of which esbuild put a byte into the bundle is listed with its version', { skip }, () => {
  const meta: Metafile = JSON.parse(readFileSync(metafile, 'utf8'));
  const listed = bundledPackages(meta, JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  const names = new Set(listed.map(({ name, version }) => `${name}@${version}`));
  const files = Object.values(meta.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const foreign = files.filter((file) => file.includes('node_modules/'));
  assert.ok(foreign.length > 0);
  for (const file of foreign) assert.ok(names.has(ownerOf(file)), `${file} is of ${ownerOf(file)}`);
});

/** By the installed files, not by the lock file: the nearest package.json with a name. */
function ownerOf(file: string): string {
  for (let folder = path.dirname(path.resolve(root, file)); folder !== '/'; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    const content: unknown = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : undefined;
    const { name, version } = recordOf(content);
    if (typeof name === 'string' && typeof version === 'string') return `${name}@${version}`;
  }
  return 'nobody';
}

test('packages by folder, however deep, once each and sorted; our own files and empty inputs do not count', () => {
  const packages = bundledPackages(
    bundleOf({
      '../elsewhere/node_modules/zed/lib/a.js': 1,
      '../elsewhere/node_modules/zed/lib/b.js': 2,
      'node_modules/@scope/name/index.js': 3,
      'node_modules/zed/node_modules/inner/index.js': 4,
      'node_modules/dropped/index.js': 0,
      'controllers/netext.ts': 5,
    }),
    lock('zed', '@scope/name', 'zed/node_modules/inner'),
  );
  assert.deepEqual(
    packages.map(({ name, folder }) => [name, folder]),
    [
      ['zed', '../elsewhere/node_modules/zed'],
      ['@scope/name', 'node_modules/@scope/name'],
      ['inner', 'node_modules/zed/node_modules/inner'],
    ],
  );
  assert.equal(packages[0]?.sha512, sha512.toString('hex'));
});

cases<{ readonly lock: LockFile }>(
  {
    'a package that the lock file does not know is an error': { lock: lock() },
    'so is one without a license': { lock: { packages: { 'node_modules/zed': { version: '1.2.3', integrity } } } },
    'and one without an SHA-512': {
      lock: { packages: { 'node_modules/zed': { version: '1.2.3', license: 'MIT', integrity: 'sha1-x' } } },
    },
  },
  ({ lock }) => {
    const bundle = bundleOf({ 'node_modules/zed/index.js': 1 });
    assert.throws(() => bundledPackages(bundle, lock), /no version, license or SHA-512 of node_modules\/zed/);
  },
);

test('the document names each package as scanners look it up', () => {
  const one = { version: '1.2.3', sha512: 'ab', folder: '' };
  const document = sbomOf({
    name: 'app',
    version: '0.1.0',
    license: 'Apache-2.0',
    sha256: 'cd',
    packages: [
      { ...one, name: '@scope/name', license: 'MIT' },
      { ...one, name: 'zed', license: '(MIT OR Apache-2.0)' },
    ],
  });
  const { components } = document as { readonly components: readonly Record<string, unknown>[] };
  assert.deepEqual(
    components.map(({ purl, licenses }) => [purl, licenses]),
    [
      ['pkg:npm/%40scope/name@1.2.3', [{ license: { id: 'MIT' } }]],
      ['pkg:npm/zed@1.2.3', [{ expression: '(MIT OR Apache-2.0)' }]],
    ],
  );
});

cases<{ readonly files: Readonly<Record<string, string>>; readonly notice: string | RegExp }>(
  {
    'notices are the files with them': {
      files: { LICENSE: 'Copyright A\n', 'NOTICE.md': 'B', 'README.md': '## License\nC' },
      notice: 'Copyright A\n\nB',
    },
    'or a part of the README': { files: { 'readme.md': '# x\n\n## Licence\n\nD\n\n# More\n' }, notice: 'D' },
    'and one without any is an error': {
      files: { 'README.md': '# license-less\n## License\n' },
      notice: /zed has no file with its license MIT/,
    },
  },
  ({ files, notice }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sbom-test-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const zed = { name: 'zed', version: '1.2.3', license: 'MIT', sha512: '', folder };
    if (typeof notice === 'string') assert.equal(noticeOf(zed, folder), notice);
    else assert.throws(() => noticeOf(zed, folder), notice);
    rmSync(folder, { recursive: true });
  },
);

test('the digest depends on names and content, not on order', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  assert.equal(digestOf({ one: a, two: b }), digestOf({ two: b, one: a }));
  assert.notEqual(digestOf({ one: a, two: b }), digestOf({ one: b, two: a }));
});
