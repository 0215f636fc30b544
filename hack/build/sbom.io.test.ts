import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { recordOf } from '../../pkg/gardener/objects.ts';
import { cases } from '../../test/support/cases.ts';
import { bundledPackages, createSbom, digestFiles, type LockFile, type Metafile, readNotice } from './sbom.ts';

const root = path.join(import.meta.dirname, '../..');
const metafile = path.join(root, 'dist/netext.meta.json');
const skip = existsSync(metafile) ? false : 'dist/netext.meta.json does not exist, run make build';
if (skip !== false) console.log(`SKIPPED: what is in the bundle: ${skip}`);

const sha512 = Buffer.alloc(64, 7);
const integrity = `sha512-${sha512.toString('base64')}`;
const lock = (...names: readonly string[]): LockFile => ({
  packages: Object.fromEntries(
    names.map((name) => [`node_modules/${name}`, { version: '1.2.3', license: 'MIT', integrity }]),
  ),
});
const metafileWith = (inputs: Readonly<Record<string, number>>): Metafile => ({
  outputs: {
    'dist/a.js': {
      inputs: Object.fromEntries(Object.entries(inputs).map(([file, bytes]) => [file, { bytesInOutput: bytes }])),
    },
  },
});

test('lists every package with at least one byte in the bundle, with its version', { skip }, () => {
  const meta: Metafile = JSON.parse(readFileSync(metafile, 'utf8'));
  const listed = bundledPackages(meta, JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  const names = new Set(listed.map(({ name, version }) => `${name}@${version}`));
  const files = Object.values(meta.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const foreign = files.filter((file) => file.includes('node_modules/'));
  assert.ok(foreign.length > 0);
  for (const file of foreign) assert.ok(names.has(findPackage(file)), `${file} is of ${findPackage(file)}`);
});

/** Returns the package of a file by its nearest package.json with a name, independent of the lock file. */
function findPackage(file: string): string {
  for (let folder = path.dirname(path.resolve(root, file)); folder !== '/'; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    const content: unknown = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : undefined;
    const { name, version } = recordOf(content);
    if (typeof name === 'string' && typeof version === 'string') return `${name}@${version}`;
  }
  return 'nobody';
}

test('lists nested packages once and sorted, without own files and empty inputs', () => {
  const packages = bundledPackages(
    metafileWith({
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
  'rejects a package that',
  {
    'is missing in the lock file': { lock: lock() },
    'has no license': { lock: { packages: { 'node_modules/zed': { version: '1.2.3', integrity } } } },
    'has no SHA-512': {
      lock: { packages: { 'node_modules/zed': { version: '1.2.3', license: 'MIT', integrity: 'sha1-x' } } },
    },
  },
  ({ lock }) => {
    const bundle = metafileWith({ 'node_modules/zed/index.js': 1 });
    assert.throws(
      () => bundledPackages(bundle, lock),
      /no version, license or SHA-512 of the bundled package node_modules\/zed/,
    );
  },
);

test('identifies each package as scanners expect', () => {
  const one = { version: '1.2.3', sha512: 'ab', folder: '' };
  const document = createSbom({
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
  'readNotice returns',
  {
    'license files': {
      files: { LICENSE: 'Copyright A\n', 'NOTICE.md': 'B', 'README.md': '## License\nC' },
      notice: 'Copyright A\n\nB',
    },
    'a section of the README': { files: { 'readme.md': '# x\n\n## Licence\n\nD\n\n# More\n' }, notice: 'D' },
    'an error if there is neither': {
      files: { 'README.md': '# license-less\n## License\n' },
      notice: /zed has neither a file nor a README section with its license MIT/,
    },
  },
  ({ files, notice }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sbom-test-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const zed = { name: 'zed', version: '1.2.3', license: 'MIT', sha512: '', folder };
    if (typeof notice === 'string') assert.equal(readNotice(zed, folder), notice);
    else assert.throws(() => readNotice(zed, folder), notice);
    rmSync(folder, { recursive: true });
  },
);

test('the digest depends on names and contents, but not on their order', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  assert.equal(digestFiles({ one: a, two: b }), digestFiles({ two: b, one: a }));
  assert.notEqual(digestFiles({ one: a, two: b }), digestFiles({ one: b, two: a }));
});
