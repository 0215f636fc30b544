import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { findImage, type ImageSource, overwriteImages } from './imagevector.ts';

const node: ImageSource = { name: 'node', repository: 'quay.io/calico/node', tag: 'v3' };
const digest = `sha256:${'0'.repeat(64)}`;

interface Merge {
  readonly base: readonly ImageSource[];
  readonly over: readonly ImageSource[];
  readonly merged: readonly ImageSource[];
}

cases<Merge>(
  'overwriteImages merges entries',
  {
    'an overwriting tag keeps the repository': {
      base: [node],
      over: [{ name: 'node', tag: 'v4' }],
      merged: [{ ...node, tag: 'v4' }],
    },
    'an overwriting repository keeps the tag': {
      base: [node],
      over: [{ name: 'node', repository: 'mirror/node' }],
      merged: [{ ...node, repository: 'mirror/node' }],
    },
    'an overwriting ref removes repository and tag': {
      base: [node],
      over: [{ name: 'node', ref: 'mirror/node:v9' }],
      merged: [{ name: 'node', ref: 'mirror/node:v9' }],
    },
    'an overwriting repository removes the ref': {
      base: [{ name: 'node', ref: 'quay.io/calico/node:v3' }],
      over: [{ name: 'node', repository: 'mirror/node', tag: 'v9' }],
      merged: [{ name: 'node', repository: 'mirror/node', tag: 'v9' }],
    },
    'an overwriting tag does not change a ref': {
      base: [{ name: 'node', ref: 'quay.io/calico/node:v3' }],
      over: [{ name: 'node', tag: 'v9' }],
      merged: [{ name: 'node', ref: 'quay.io/calico/node:v3', tag: 'v9' }],
    },
    'entries for other versions are distinct': {
      base: [node],
      over: [{ ...node, tag: 'v4', runtimeVersion: '>= 1.34' }],
      merged: [node, { ...node, tag: 'v4', runtimeVersion: '>= 1.34' }],
    },
    'entries with equal versions and architectures in any order are the same': {
      base: [{ ...node, targetVersion: '1.34.x', architectures: ['amd64', 'arm64'] }],
      over: [{ name: 'node', tag: 'v4', targetVersion: '1.34.x', architectures: ['arm64', 'amd64'] }],
      merged: [{ ...node, tag: 'v4', targetVersion: '1.34.x', architectures: ['arm64', 'amd64'] }],
    },
    'an entry for one architecture is distinct': {
      base: [node],
      over: [{ ...node, tag: 'v4', architectures: ['arm64'] }],
      merged: [node, { ...node, tag: 'v4', architectures: ['arm64'] }],
    },
    'new names are appended, the order of the base is retained': {
      base: [{ name: 'b', ref: 'b' }, node],
      over: [
        { name: 'a', ref: 'a' },
        { name: 'node', tag: 'v4' },
      ],
      merged: [
        { name: 'b', ref: 'b' },
        { ...node, tag: 'v4' },
        { name: 'a', ref: 'a' },
      ],
    },
    'duplicate overwriting entries are merged in their order': {
      base: [node],
      over: [
        { name: 'node', repository: 'mirror/node' },
        { name: 'node', tag: 'v5' },
      ],
      merged: [{ name: 'node', repository: 'mirror/node', tag: 'v5' }],
    },
  },
  ({ base, over, merged }) => assert.deepEqual(overwriteImages(base, over), merged),
);

interface Find {
  readonly images: readonly Omit<ImageSource, 'name'>[];
  readonly version?: string;
  readonly architecture?: string;
  readonly found: string | RegExp;
}

cases<Find>(
  'findImage chooses an entry',
  {
    'repository and tag are joined by a colon': { images: [{ repository: 'r', tag: 'v1' }], found: 'r:v1' },
    'a digest is joined by @': { images: [{ repository: 'r', tag: digest }], found: `r@${digest}` },
    'a tag followed by a digest is joined by a colon': {
      images: [{ repository: 'r', tag: `v1@${digest}` }],
      found: `r:v1@${digest}`,
    },
    'a ref is used as it is': { images: [{ ref: `r@${digest}`, repository: 'x', tag: 'y' }], found: `r@${digest}` },
    'a repository needs no tag': { images: [{ repository: 'r' }], found: 'r' },
    'a range beats no constraint': {
      images: [{ ref: 'any' }, { ref: 'range', runtimeVersion: '>= 1.32' }],
      version: '1.34.3',
      found: 'range',
    },
    'an exact version beats a range': {
      images: [
        { ref: 'range', targetVersion: '>= 1.32' },
        { ref: 'exact', targetVersion: '1.34.3' },
      ],
      version: '1.34.3',
      found: 'exact',
    },
    'a version after an equals sign is exact': {
      images: [
        { ref: 'range', targetVersion: '1.34.x' },
        { ref: 'exact', targetVersion: '= 1.34' },
      ],
      version: '1.34.3',
      found: 'exact',
    },
    'scores of runtime and target version are added': {
      images: [
        { ref: 'exact', targetVersion: 'v1.34.3' },
        { ref: 'both', runtimeVersion: '1.34.3', targetVersion: '>= 1.32' },
      ],
      version: '1.34.3',
      found: 'both',
    },
    'both version constraints must hold': {
      images: [{ ref: 'a', runtimeVersion: '>= 1.32', targetVersion: '< 1.33' }, { ref: 'b' }],
      version: '1.34.3',
      found: 'b',
    },
    'commas separate the parts of a range': {
      images: [
        { ref: 'a', runtimeVersion: '>= 1.32, < 1.34' },
        { ref: 'b', runtimeVersion: '>=1.34,<1.36' },
      ],
      version: '1.34.3',
      found: 'b',
    },
    'the first of equals wins': { images: [{ ref: 'a' }, { ref: 'b' }], found: 'a' },
    'one architecture beats several': {
      images: [
        { ref: 'multi', architectures: ['amd64', 'arm64'] },
        { ref: 'one', architectures: ['amd64'] },
      ],
      found: 'one',
    },
    'a missing list of architectures ranks as several': {
      images: [{ ref: 'none' }, { ref: 'multi', architectures: ['amd64', 'arm64'] }],
      found: 'none',
    },
    'the default architecture is amd64': {
      images: [
        { ref: 'arm', architectures: ['arm64'] },
        { ref: 'amd', architectures: ['amd64'] },
      ],
      found: 'amd',
    },
    'another architecture can be requested': {
      images: [
        { ref: 'amd', architectures: ['amd64'] },
        { ref: 'arm', architectures: ['arm64'] },
      ],
      architecture: 'arm64',
      found: 'arm',
    },
    'pre-release and build parts of the version are ignored': {
      images: [{ ref: 'a', runtimeVersion: '>= 1.34' }],
      version: 'v1.34.0-gke.1+b',
      found: 'a',
    },
    'without a version every constraint holds': { images: [{ ref: 'a', runtimeVersion: '< 1.0' }], found: 'a' },
    'an unavailable architecture is an error': { images: [{ ref: 'a' }], architecture: 's390x', found: /no image x$/ },
    'a version outside of all ranges is an error': {
      images: [{ ref: 'a', runtimeVersion: '< 1.30' }],
      version: '1.34.3',
      found: /no image x for version 1\.34\.3$/,
    },
    'an invalid version is an error': {
      images: [{ ref: 'a', runtimeVersion: '< 1.30' }],
      version: 'x',
      found: /no image x/,
    },
    'a tag without a repository is an error': { images: [{ tag: 'v1' }], found: /image x has no repository/ },
    'an unknown name is an error': { images: [], found: /no image x$/ },
  },
  ({ images, found, ...wanted }) => {
    const find = () =>
      findImage({ images: [{ ...node }, ...images.map((one) => ({ name: 'x', ...one }))], name: 'x', ...wanted });
    if (typeof found === 'string') assert.equal(find(), found);
    else assert.throws(find, found);
  },
);

test('property: overwriting is idempotent, and overwriting with nothing or with itself changes nothing', () => {
  const name = fc.constantFrom('a', 'b');
  const source: fc.Arbitrary<ImageSource> = fc.record(
    {
      name,
      ref: fc.constantFrom('r1', 'r2'),
      repository: fc.constantFrom('p1', 'p2'),
      tag: fc.constantFrom('t1', 't2'),
      runtimeVersion: fc.constantFrom('', '>= 1.32'),
      architectures: fc.constantFrom<readonly string[]>(['amd64'], ['arm64', 'amd64']),
    },
    { requiredKeys: ['name'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(source), fc.array(source), (base, over) => {
      const merged = overwriteImages(base, over);
      assert.deepEqual(overwriteImages(merged, []), merged);
      assert.deepEqual(overwriteImages(merged, merged), merged);
      const refs = (images: readonly ImageSource[]) =>
        images.filter((one) => one.ref !== undefined).map((one) => one.ref);
      assert.deepEqual(refs(overwriteImages(merged, over)), refs(merged));
    }),
  );
});
