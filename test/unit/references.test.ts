/** References between code, charts, tests and documentation resolve within the repository. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import {
  brokenLinks,
  knownPages,
  linkProblem,
  misnamedLinks,
  missingPaths,
  namedPages,
  numberedSections,
  outsidePaths,
  pageProblem,
  type Reference,
  repositoryTexts,
  unknownPages,
} from '../support/references.ts';
import { type Page, pageLinks, readPage, readProse } from '../support/usage-docs.ts';

const root = path.join(import.meta.dirname, '../..');
const texts = repositoryTexts(root);
const pages: readonly Page[] = texts.filter(({ file }) => file.endsWith('.md')).map(({ file }) => readPage(root, file));
const design = pages.filter(({ file }) => file.startsWith('docs/design/'));
const known = knownPages(texts);

/** Files with references for tests, by file: the ones that do not resolve. */
const madeUp: Readonly<Record<string, readonly string[]>> = {
  'hack/build/sbom.io.test.ts': ['NOTICE.md', 'readme.md'],
  'pkg/network/diagnostics.test.ts': ['docs/a.md#b', 'docs/a.md'],
  'test/support/references.ts': ['page.md', 'page.md §3'],
  'test/support/shellcheck.io.test.ts': ['scripts/readme.md'],
  'test/unit/usage-examples.test.ts': ['page.md'],
};

/** Code that optionally uses recordings next to the repository, its documentation, and the tests of these references. */
const optionalRecordings: readonly RegExp[] = [/^test\/(?:parity|runner)\//, /^test\/(?:support|unit)\/references\b/];

test('names of documentation pages and headings exist', () => {
  assert.deepEqual(
    problems(namedPages, (target) => pageProblem(root, target)),
    [],
  );
  const headings = texts.flatMap(({ text }) => namedPages(text).filter(({ target }) => target.includes('#')));
  assert.ok(headings.length > 300, `only ${headings.length} references to headings were found`);
});

for (const page of pages) {
  test(`links of ${page.file} resolve`, () => {
    assert.deepEqual(brokenLinks(root, page), []);
    assert.deepEqual(misnamedLinks(page), []);
  });
}

test('mentioned Markdown files are in the repository', () => {
  assert.deepEqual(
    problems(
      (text) => unknownPages(text, known),
      () => 'is not in the repository',
    ),
    [],
  );
});

test('sections are referred to by heading, not by number', () => {
  assert.deepEqual(
    problems(numberedSections, () => 'refers to a section by number'),
    [],
  );
});

test('each file with references for tests contains them', () => {
  for (const [file, names] of Object.entries(madeUp)) {
    const text = texts.find((one) => one.file === file)?.text ?? assert.fail(`${file} does not exist`);
    for (const name of names) assert.ok(text.includes(name), `${file} does not mention ${name}`);
  }
});

test('only test code mentions recordings next to the repository', () => {
  const others = texts.filter(({ file }) => !optionalRecordings.some((allowed) => allowed.test(file)));
  assert.deepEqual(
    others.flatMap(({ file, text }) => outsidePaths(text).map(({ target, line }) => `${file}:${line}: ${target}`)),
    [],
  );
});

test('paths in docs/design exist', () => {
  const written = [...design, readPage(root, 'docs/glossary.md')];
  assert.deepEqual(
    written.flatMap((page) => missingPaths(root, page)),
    [],
  );
});

test('docs/design/README.md links every page of docs/design', () => {
  const links = pageLinks(readPage(root, 'docs/design/README.md'));
  const names = design.map(({ file }) => path.posix.basename(file)).filter((name) => name !== 'README.md');
  assert.deepEqual(
    names.filter((name) => !links.includes(name)),
    [],
  );
});

test('pages of docs/design have at most 300 lines, of at most 160 characters outside of tables', () => {
  for (const page of design) {
    assert.ok(page.text.split('\n').length <= 300, `${page.file} is too long`);
    const long = readProse(page)
      .split('\n')
      .filter((line) => line.length > 160 && !line.startsWith('|'));
    assert.deepEqual(long, [], page.file);
  }
});

for (const cni of ['calico', 'cilium']) {
  test(`docs/design/${cni}.md#values has a row for each member of the values of ${cni}`, () => {
    const source = texts.find(({ file }) => file === `pkg/${cni}/render/values.ts`)?.text ?? '';
    const body = /^export interface C\w+Values \{\n([^]*?)^\}/m.exec(source)?.[1] ?? '';
    const members = Array.from(body.matchAll(/^ {2}readonly (\w+):/gm), ([, name = '']) => name);
    assert.ok(members.length >= 15, `the values of ${cni} were not found`);
    const text = readPage(root, `docs/design/${cni}.md`).text;
    const section = /^## Values\n([^]*?)^## /m.exec(text)?.[1] ?? '';
    const cells = Array.from(section.matchAll(/^\| (.+?) \|/gm), ([, cell = '']) => cell).join();
    const missing = members.filter((name) => !new RegExp(`\`${name}[\`.]`).test(cells));
    assert.deepEqual(missing, []);
  });
}

suite('finds a misspelt reference', () => {
  const names: Readonly<Record<string, string | undefined>> = {
    'docs/usage/mtu.md#cilium-mtu': undefined,
    'docs/usage': undefined,
    'docs/decisions/0010': undefined,
    'docs/design/gardener.md#managedresource': undefined,
    'docs/design/gardener.md#managedresources': 'has no such heading',
    'docs/usage/mtu.md#cilium': 'has no such heading',
    'docs/usage/mut.md': 'does not exist',
    'docs/uses': 'does not exist',
    'docs/decisions/9999': 'does not exist',
    'docs/decisions/001': 'does not exist',
  };
  for (const [target, problem] of Object.entries(names))
    test(`${target} ${problem ?? 'exists'}`, () => assert.equal(pageProblem(root, target), problem));

  const page = { file: 'docs/design/README.md' };
  const links: Readonly<Record<string, string | undefined>> = {
    'gardener.md#readiness': undefined,
    '../../pkg/network/plugin.ts': undefined,
    'https://gardener.cloud': undefined,
    '#architecture': undefined,
    '#architektur': 'docs/design/README.md has no heading #architektur',
    'gardner.md': 'docs/design/gardner.md does not exist',
    '../../pkg/network/plugins.ts': 'pkg/network/plugins.ts does not exist',
    'gardener.md#ready': 'docs/design/gardener.md has no heading #ready',
  };
  for (const [target, problem] of Object.entries(links))
    test(`link ${target}: ${problem ?? 'resolves'}`, () => assert.equal(linkProblem(root, page, target), problem));

  test('in a comment, a mention of a page and a number of a section', () => {
    const outside = ['contract', 'md'].join('.');
    const comment = `/** See ${outside} §3, docs/usage/mut.md, sizing.md, https://example.com/page.md; RFC 9110 §10.2.3. */`;
    assert.deepEqual(
      unknownPages(comment, known).map(({ target }) => target),
      [outside, 'docs/usage/mut.md'],
    );
    assert.deepEqual(numberedSections(`a line\n${outside} §3`), [{ target: `${outside} §3`, line: 2 }]);
  });

  test('in a link text and in a code span', () => {
    const text = '[run.ts](../../controllers/network/remove.ts), `pkg/network/plugins.ts`, `charts/<cni>/scripts/`\n';
    const written: Page = { ...page, text, blocks: [] };
    assert.deepEqual(misnamedLinks(written), [
      'docs/design/README.md: run.ts is the text of a link to ../../controllers/network/remove.ts',
    ]);
    assert.deepEqual(missingPaths(root, written), ['docs/design/README.md: pkg/network/plugins.ts does not exist']);
  });
});

/** Returns `file:line: target problem` for each reference of the repository with a problem, except for those of tests. */
function problems(
  find: (text: string) => readonly Reference[],
  problemOf: (target: string) => string | undefined,
): readonly string[] {
  return texts
    .filter(({ file }) => file !== 'test/unit/references.test.ts')
    .flatMap(({ file, text }) =>
      find(text).flatMap(({ target, line }) => {
        const problem = madeUp[file]?.includes(target) === true ? undefined : problemOf(target);
        return problem === undefined ? [] : [`${file}:${line}: ${target} ${problem}`];
      }),
    );
}
