/** docs/usage/versions.md states the versions that the repository verifies: each has one source, which this test reads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { plugins } from '../../pkg/plugins/index.ts';
import { cases } from '../support/cases.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/usage/versions.md');

/** Returns the cells of the row about a component. */
function row(component: string): { readonly verified: string; readonly expected: string } {
  const line = page.split('\n').find((one) => one.startsWith(`| ${component} `)) ?? '';
  const [, , verified = '', expected = ''] = line.split('|').map((cell) => cell.trim());
  return { verified, expected };
}

function minor(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? assert.fail(`${version} is no version`);
}

const kubeApiServer = /k8s\.io\/kubernetes (v[\d.]+)/.exec(read('test/controlplane/build/kube-apiserver/go.mod'))?.[1];
const gardener = /sources of Gardener ([\d.]+) /.exec(read('docs/design/gardener.md'))?.[1];

interface Row {
  readonly component: string;
  readonly begins: string;
  /** What the other column contains. */
  readonly expected: string;
}

suite('the page about versions states', () => {
  const cnis = plugins.flatMap(({ type, title, compatibility }): readonly (readonly [string, Row])[] => [
    [
      `the version of ${title} in compatibility.ts`,
      {
        component: title,
        begins: compatibility.version,
        expected: `other patch releases of ${compatibility.minor}`,
      },
    ],
    [
      `the version of the Go extension for ${title}`,
      { component: `networking-${type}`, begins: `${compatibility.goExtension}:`, expected: 'migration in place' },
    ],
  ]);
  cases<Row>(
    {
      ...Object.fromEntries(cnis),
      'the version of kube-apiserver that tests build': {
        component: 'Kubernetes of seeds',
        begins: `${minor(kubeApiServer ?? '')}:`,
        expected: 'Gardener supports',
      },
      'the version of Gardener that defines the contract': {
        component: 'Gardener',
        begins: `${gardener}:`,
        expected: 'older and newer',
      },
      'the version of Node.js in package.json': {
        component: 'Node.js of the extension',
        begins: `${manifest.engines.node.replace('>=', '')},`,
        expected: manifest.engines.node.replace('>=', ''),
      },
    },
    ({ component, begins, expected }) => {
      const found = row(component);
      assert.ok(found.verified.startsWith(begins), `${component}: "${found.verified}" begins with "${begins}"`);
      assert.ok(found.expected.includes(expected), `${component}: "${found.expected}" contains "${expected}"`);
    },
  );
});

suite('the page about versions describes later versions only', () => {
  const headings = [...page.matchAll(/^## (\w+) (\d+\.\d+)$/gm)].map(([, title = '', version = '']) => ({
    title,
    version,
  }));
  cases(
    Object.fromEntries(plugins.map(({ title, compatibility }) => [title, { title, verified: compatibility.minor }])),
    ({ title, verified }) => {
      const later = headings.filter((one) => one.title === title);
      assert.ok(later.length > 0, `no heading about a later version of ${title}`);
      for (const { version } of later)
        assert.ok(Number(version.split('.')[1]) > Number(verified.split('.')[1]), `${title} ${version} is not later`);
    },
  );
});
