import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { cases } from '../../test/support/cases.ts';
import { parseImageVector } from './imagevector-file.ts';

const hash = `sha256:${'0123456789abcdef'.repeat(4)}`;

test('accepts the shipped image vector', () => {
  const content = load(readFileSync(new URL('../../charts/images.yaml', import.meta.url), 'utf8'));
  const { images, problems } = parseImageVector(content);
  assert.deepEqual(problems, []);
  assert.ok(images.length > 8);
});

test('drops unused fields and retains the others', () => {
  const used = {
    name: 'a',
    repository: 'registry.example.com:5000/team/a',
    tag: 'v1',
    runtimeVersion: '>= 1.32, < 1.36',
    targetVersion: '1.34.x',
    architectures: ['amd64'],
  };
  const images = [{ ...used, sourceRepository: 's', version: 'x', labels: [{ name: 'n' }], resourceId: {} }];
  assert.deepEqual(parseImageVector({ images, caBundle: { inline: 'c' }, components: 1 }), {
    images: [used],
    problems: [],
  });
});

cases<{ readonly member: string; readonly good: readonly string[]; readonly bad: readonly unknown[] }>(
  'validates each field',
  {
    'ref: host, path, tag and digest': {
      member: 'ref',
      good: [
        'a',
        'a/b',
        'docker.io/library/a',
        'a:v1',
        'localhost:5000/a:v1',
        `a@${hash}`,
        `h.io/a/b:v1@${hash}`,
        'H-1.io/a__b.c/d-e',
      ],
      bad: [
        '',
        ' a',
        'a b',
        'a:',
        ':v1',
        'a@',
        'A/B',
        'a//b',
        '/a',
        'a/',
        'a:v1:v2',
        `a@${hash}x`,
        `a@${hash}@${hash}`,
        'a@sha256:00',
        'a"\nimage: evil',
        'a{{b}}',
        'http://a/b',
        '-a/b',
        'a\u0085',
        7,
        null,
        ['a'],
      ],
    },
    'repository: no tag': {
      member: 'repository',
      good: ['a', 'a/b', 'h.io/a/b', 'h.io:443/a'],
      bad: ['', 'a:v1', `a@${hash}`, 'h.io:99999999/a', 'a\nb', 'a b', `${'a/'.repeat(300)}a`, 7, {}],
    },
    'tag: a tag, a digest, or both': {
      member: 'tag',
      good: ['v1', '1', '_x', 'v1.2-3_4', hash, `v1@${hash}`, 'a'.repeat(128)],
      bad: [
        '',
        '.a',
        '-a',
        'a b',
        'a:b',
        `${hash}@${hash}`,
        `v1@${hash}@${hash}`,
        'v1@sha256:0',
        'v1@',
        '@',
        'a'.repeat(129),
        '"',
        'v1\n',
        1.5,
      ],
    },
    'runtimeVersion: a range that both semver libraries parse': {
      member: 'runtimeVersion',
      good: ['>= 1.32', '>= 1.32, < 1.36', '1.34.x', '= 1.34.3', '1.34.3', '~1.34', '1.32.x || 1.34.x', '*'],
      bad: ['latest', '!= 1.34', '>= 1.32 and < 1.36', '1.34.3.4', 1.34, null],
    },
    'targetVersion: the same': { member: 'targetVersion', good: ['< 1.36'], bad: ['x.y.z.', 1.34] },
  },
  ({ member, good, bad }) => {
    const problemsWith = (value: unknown) =>
      parseImageVector({ images: [{ name: 'a', ...(member === 'ref' ? {} : { ref: 'r' }), [member]: value }] })
        .problems;
    for (const value of good) assert.deepEqual(problemsWith(value), [], `${member} ${value} is good`);
    for (const value of bad) {
      const paths = problemsWith(value).map((problem) => problem.path);
      assert.deepEqual(paths, [`images[0].${member}`], `${member} ${JSON.stringify(value)} is bad`);
    }
  },
);

cases<{ readonly content: unknown; readonly problems: readonly string[] }>(
  'reports every problem of a file by field path',
  {
    'not an object': { content: 'text', problems: [': must be an object with images'] },
    'an empty file': { content: undefined, problems: [': must be an object with images'] },
    'no images': { content: {}, problems: ['images: must be a list of images'] },
    'images is not a list': { content: { images: {} }, problems: ['images: must be a list of images'] },
    'an empty list is valid': { content: { images: [] }, problems: [] },
    'entries that are not objects': {
      content: { images: ['a', null] },
      problems: [
        'images[0]: must be an image with its name and its repository or ref',
        'images[1]: must be an image with its name and its repository or ref',
      ],
    },
    'a missing or empty name': {
      content: { images: [{ ref: 'r' }, { name: '', ref: 'r' }] },
      problems: ['images[0].name: must be the name of an image', 'images[1].name: "" must be the name of an image'],
    },
    'neither ref, repository nor tag': {
      content: { images: [{ name: 'a' }] },
      problems: ['images[0]: needs ref, repository or tag'],
    },
    'architectures of the wrong type': {
      content: {
        images: [
          { name: 'a', ref: 'r', architectures: 'amd64' },
          { name: 'a', ref: 'r', architectures: ['amd64', 7] },
        ],
      },
      problems: [
        'images[0].architectures: must be a list of architectures',
        'images[1].architectures[1]: must be an architecture such as amd64',
      ],
    },
    'several problems in several entries': {
      content: {
        images: [
          { tag: 'a b', runtimeVersion: 'soon' },
          { name: 7 },
          { name: 'good', ref: 'r' },
          { name: 'x', ref: '' },
        ],
      },
      problems: [
        'images[0].name: must be the name of an image',
        'images[0].tag: "a b" must be a tag or a digest sha256:…',
        'images[0].runtimeVersion: "soon" must be a range of versions such as >= 1.32, < 1.36',
        'images[1].name: must be the name of an image',
        'images[1]: needs ref, repository or tag',
        'images[3].ref: "" must be an image reference such as registry.example.com/calico/node:v1.2.3',
      ],
    },
    'a hostile value, shown in printable ASCII and cut': {
      content: { images: [{ name: 'a', ref: `\u009b\u2028\n${'x'.repeat(600)}` }] },
      problems: [
        `images[0].ref: "\\u009b\\u2028\\n${'x'.repeat(77)}..." must be an image reference such as registry.example.com/calico/node:v1.2.3`,
      ],
    },
  },
  ({ content, problems }) => {
    const parsed = parseImageVector(content);
    assert.deepEqual(
      parsed.problems.map(({ path, message }) => `${path}: ${message}`),
      problems,
    );
    assert.deepEqual(parsed.images, problems.length > 0 ? [] : (content as { readonly images: unknown }).images);
  },
);

test('property: never throws, and accepts no value that YAML would have to quote', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('a', 'v1', 'r/a:v1', hash, '>= 1.32'));
  const image = fc.dictionary(
    fc.constantFrom('name', 'ref', 'repository', 'tag', 'runtimeVersion'),
    fc.oneof(text, fc.jsonValue()),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ images: fc.array(image, { maxLength: 3 }) })), (content) => {
      const { images, problems } = parseImageVector(content);
      assert.ok(images.length === 0 || problems.length === 0);
      for (const { ref = '', repository = '', tag = '' } of images)
        assert.match(`${ref}${repository}${tag}`, /^[A-Za-z0-9@:/._-]*$/);
    }),
  );
});
