import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { findImage, type ImageSource } from '../gardener/imagevector.ts';
import { InputError } from '../yaml/input.ts';
import { readImages } from './images.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const shipped: readonly ImageSource[] = [
  { name: 'node', repository: 'quay.io/calico/node', tag: 'v1.2.3' },
  { name: 'cni', repository: 'quay.io/calico/cni', tag: 'v1.2.3' },
];

function read(text: string): readonly ImageSource[] {
  return readImages({ file: 'images.yaml', bytes: Buffer.from(text), shipped });
}

/** The references of two images after overwriting. */
cases<{ readonly file: string; readonly node: string }>(
  {
    'overwrites the repository with a private registry': {
      file: 'images:\n- name: node\n  repository: registry.example.com:5000/team/node\n',
      node: 'registry.example.com:5000/team/node:v1.2.3',
    },
    'overwrites the tag': { file: 'images:\n- name: node\n  tag: v1.3.0\n', node: 'quay.io/calico/node:v1.3.0' },
    'replaces a tag by a digest': {
      file: `images:\n- name: node\n  tag: ${digest}\n`,
      node: `quay.io/calico/node@${digest}`,
    },
    'accepts a tag with a digest': {
      file: `images:\n- name: node\n  tag: v1.3.0@${digest}\n`,
      node: `quay.io/calico/node:v1.3.0@${digest}`,
    },
    'accepts a reference by digest': {
      file: `images:\n- name: node\n  ref: registry.example.com/node@${digest}\n`,
      node: `registry.example.com/node@${digest}`,
    },
    'ignores entries for gardenlet in the same file': {
      file: `---
caBundle:
  inline: |
    -----BEGIN CERTIFICATE-----
components: []
images:
- name: node
  sourceRepository: github.com/projectcalico/calico
  repository: registry.example.com/node
  version: v1.3.0
  labels:
  - name: gardener.cloud/x
    value: {}
  resourceId:
    name: node
- name: an-image-of-somebody-else
  ref: registry.example.com/other:v1
`,
      node: 'registry.example.com/node:v1.2.3',
    },
    'accepts JSON': {
      file: '{"images": [{"name": "node", "tag": "v1.3.0"}]}',
      node: 'quay.io/calico/node:v1.3.0',
    },
    'accepts a file without entries': { file: 'images: []\n', node: 'quay.io/calico/node:v1.2.3' },
  },
  ({ file, node }) => {
    const images = read(file);
    assert.equal(findImage({ images, name: 'node', version: '1.34.2' }), node);
    assert.equal(findImage({ images, name: 'cni', version: '1.34.2' }), 'quay.io/calico/cni:v1.2.3');
  },
);

cases<{ readonly file: string; readonly problems: readonly string[] }>(
  {
    'rejects an empty file': { file: '', problems: ['images.yaml: must be an object with images'] },
    'rejects an empty document': { file: '---\n', problems: ['images.yaml: must be an object with images'] },
    'rejects a list': { file: '- name: node\n', problems: ['images.yaml:1:1: must be an object with images'] },
    'returns all problems with their lines': {
      file: `images:
- name: node
  repository: https://registry.example.com/node
- repository: registry.example.com/cni
- name: cni
  tag: "sha256:00"
  targetVersion: newest
`,
      problems: [
        'images.yaml:3:3: images[0].repository: "https://registry.example.com/node" must be a repository such as registry.example.com/calico/node',
        'images.yaml:4:3: images[1].name: must be the name of an image',
        'images.yaml:6:3: images[2].tag: "sha256:00" must be a tag or a digest sha256:…',
        'images.yaml:7:3: images[2].targetVersion: "newest" must be a range of versions such as >= 1.32, < 1.36',
      ],
    },
    'rejects tags without a repository, and a second document': {
      file: `images:
- name: node
  tag: v1
- name: nod
  tag: v1
- name: cni
  tag: v1
  targetVersion: 1.34.x
---
images: []
`,
      problems: [
        'images.yaml:4:3: image "nod" has only a tag, and no shipped image has the same name and versions',
        'images.yaml:6:3: image "cni" has only a tag, and no shipped image has the same name and versions',
        'images.yaml:10:1: is a second document; an image vector is a single document',
      ],
    },
    'rejects tags without a repository that overwrite each other': {
      file: 'images:\n- name: x\n  tag: v1\n- name: x\n  tag: v2\n',
      problems: ['images.yaml:4:3: image "x" has only a tag, and no shipped image has the same name and versions'],
    },
    'rejects duplicate keys': {
      file: 'images:\n- name: node\n  tag: v1\n  tag: v2\n',
      problems: ['images.yaml:4:3: duplicate key tag, first in line 3'],
    },
    'rejects invalid YAML': {
      file: 'images: [\n',
      problems: ['images.yaml:2:1: is not valid YAML: deficient indentation'],
    },
  },
  ({ file, problems }) => {
    assert.throws(
      () => read(file),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.deepEqual(
          error.problems.map(
            (one) =>
              [one.file, one.line, one.column].filter((part) => part !== undefined).join(':') + `: ${one.message}`,
          ),
          problems,
        );
        return true;
      },
    );
  },
);

test('rejects aliases that expand to gigabytes without expanding them', () => {
  const lines = Array.from(
    { length: 30 },
    (_, index) => `l${index}: &a${index} [${index === 0 ? 'x' : `*a${index - 1}, *a${index - 1}`}]`,
  );
  assert.throws(() => read(`${lines.join('\n')}\nimages: []\n`), /at most 16 aliases/);
});
