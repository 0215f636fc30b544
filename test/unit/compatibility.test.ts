/** compatibility.ts is the only source of the verified versions of a CNI; images and pages must agree with it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { images } from '#charts';
import { parseImageVector } from '../../pkg/gardener/imagevector-file.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { repositoryTexts } from '../support/references.ts';

const root = path.join(import.meta.dirname, '../..');
const shipped = parseImageVector(images).images;

/** Files that may contain a verified version, with the reason; a new version must change them. */
const mayName: readonly (readonly [file: RegExp, reason: string])[] = [
  [/^pkg\/\w+\/compatibility\.ts$/, 'states the versions'],
  [/^charts\/images\.yaml$/, 'has the tags that are rendered'],
  [/^docs\/design\/(?:calico|cilium)\.md$/, 'describe the behaviour of that version'],
  [/^docs\/design\/data-plane-tests\.md$/, 'compares that version with the one that is tested'],
  [/^docs\/usage\/versions\.md$/, 'tells users the verified versions'],
  [/^docs\/reference\/dataplane\.md$/, 'is written by a run of that version'],
  [/^docs\/operations\/configuring\.md$/, 'shows a tag that operators may write'],
  [/^pkg\/cilium\/render\/testdata\/options-[\d.]+\.txt$/, 'lists the options of that version'],
  [/^pkg\/calico\/render\/testdata\/variables-[\d.]+\.txt$/, 'lists the variables of that version'],
  [/^test\/parity\/(?:calico|cilium)\/\w[\w-]*\.yaml$/, 'are records of the Go extensions'],
];

/** Files with other versions: a history, and strings that only look like versions. */
const unrelated = ['CHANGELOG.md', 'pkg/yaml/testdata/nasty-texts.json'];

/** Files about other versions: later ones, which test/unit/versions.test.ts checks, and an older one that data plane tests can build. */
const others = ['docs/usage/versions.md', 'test/unit/versions.test.ts', 'docs/reference/dataplane.md'];

const texts = repositoryTexts(root).filter(({ file }) => !unrelated.includes(file) && !file.endsWith('go.sum'));

test('every shipped image belongs to one CNI, and has the verified tag', () => {
  const checked = plugins.flatMap(({ compatibility: { version, images: names, companions } }) => [
    ...names.map((name) => [name, `v${version}`] as const),
    ...Object.entries(companions),
  ]);
  const tags = shipped.map(({ name, tag }) => [name, tag]);
  assert.deepEqual(tags.toSorted(byName), checked.toSorted(byName));
});

for (const { title, compatibility } of plugins) {
  test(`the minor version of ${title} is that of its releases`, () => {
    const { version, sources, minor } = compatibility;
    assert.deepEqual(
      [version, sources].map((one) => one.replace(/\.\d+$/, '')),
      [minor, minor],
    );
  });

  test(`only listed files contain the verified version of ${title}`, () => {
    const number = new RegExp(`(?<![\\d.])${compatibility.minor.replace('.', '\\.')}(?:\\.\\d+)?(?![\\d.]*\\d)`, 'g');
    const others = texts.filter(({ file }) => !mayName.some(([allowed]) => allowed.test(file)));
    assert.deepEqual(
      others.flatMap(({ file, text }) => (text.match(number) ?? []).map((found) => `${file}: ${found}`)),
      [],
    );
  });

  test(`mentions of a version of ${title} are a verified one`, () => {
    const mention = new RegExp(
      `\\b${title}(?:['’]s own chart)? v?(\\d+\\.\\d+(?:\\.\\d+)?)(?![\\d.]|\\s+(?:ms|s|→|/|to|CPU))`,
      'g',
    );
    const named = texts
      .filter(({ file }) => !others.includes(file))
      .flatMap(({ file, text }) => Array.from(text.matchAll(mention), ([, version = '']) => ({ file, version })));
    assert.ok(named.length > 0, `no page names a version of ${title}`);
    const { version, sources, minor } = compatibility;
    assert.deepEqual(
      named.filter((one) => ![version, sources, minor].includes(one.version)),
      [],
    );
  });
}

test('the example of an image vector has a shipped tag', () => {
  const page = texts.find(({ file }) => file === 'docs/operations/configuring.md')?.text ?? '';
  const [, name, tag] = /- name: ([\w-]+)\n +repository: \S+\n +tag: (\S+)/.exec(page) ?? [];
  assert.equal(shipped.find((image) => image.name === name)?.tag, tag);
});

test('the list of options is that of the release whose sources were read', () => {
  const cilium = plugins.find(({ type }) => type === 'cilium');
  const lists = texts.filter(({ file }) => file.startsWith('pkg/cilium/render/testdata/options-'));
  assert.deepEqual(
    lists.map(({ text }) => /^# Options of cilium-agent and cilium-operator v([\d.]+):/.exec(text)?.[1]),
    [cilium?.compatibility.sources],
  );
});

test('each file that may contain a version exists', () => {
  for (const [file, reason] of mayName)
    assert.ok(
      texts.some((one) => file.test(one.file)),
      `${reason}: no file matches ${file}`,
    );
});

function byName([a = '']: readonly (string | undefined)[], [b = '']: readonly (string | undefined)[]): number {
  return a < b ? -1 : 1;
}
