import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { loadAll } from 'js-yaml';
import { run } from '../../../controllers/program.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { readManifests } from '../../../pkg/managedresource/read.ts';
import { allFeatureGates } from '../../../pkg/network/feature-gates.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { cases } from '../../support/cases.ts';
import { type RunInput, runInFolder } from '../../support/command-line.ts';

const folder = new URL('testdata/input/', import.meta.url).pathname;
const input = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');

const listFolder = async (): Promise<undefined> => undefined;

cases<readonly string[]>(
  'prints the version',
  { '-V': ['-V'], '--version': ['--version'], 'before a command': ['--version', 'render'] },
  async (argv) => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    };
    assert.deepEqual(await runInFolder({ argv }), { code: 0, stdout: `${version}\n`, stderr: '' });
  },
);

test('a defect results in exit code 3 and a clear line before the stack', async () => {
  const stdin = (): never => {
    throw new TypeError('x is undefined');
  };
  const err: string[] = [];
  const nothing = { write: assert.fail, colour: false, width: undefined };
  const screen = { write: (text: string) => void err.push(text), colour: false, width: undefined };
  const code = await run(['validate', '-f', '-'], { stdin, readFile: stdin, listFolder, out: nothing, err: screen });
  assert.equal(code, 3);
  const [first, second, third] = err.join('').split('\n');
  assert.match(first ?? '', /^error: netext \S+ failed, please report this with the input$/);
  assert.equal(second, 'TypeError: x is undefined');
  assert.match(third ?? '', /^ +at /);
});

test('an unreadable device is an input error', async () => {
  const stdin = (): never => {
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  };
  const err: string[] = [];
  const screen = { write: (text: string) => void err.push(text), colour: false, width: undefined };
  assert.equal(await run(['validate', '-f', '-'], { stdin, readFile: stdin, listFolder, out: screen, err: screen }), 2);
  assert.equal(err.join(''), 'stdin: error: EIO: i/o error, read\n');
});

/** Colours depend on the stream, so that `netext validate | less` prints none. */
cases<RunInput & { readonly coloured: 'stdout' | 'stderr' | 'none' }>(
  'colours',
  {
    'findings on a terminal': {
      argv: ['validate', '-f', 'refused.yaml'],
      colour: { out: true, err: false },
      coloured: 'stdout',
    },
    'findings in a pipe, errors on a terminal': {
      argv: ['validate', '-f', 'refused.yaml'],
      colour: { out: false, err: true },
      coloured: 'none',
    },
    'findings for programs': {
      argv: ['validate', '-f', 'refused.yaml', '-o', 'json'],
      colour: { out: true, err: true },
      coloured: 'none',
    },
    'findings beside the objects': {
      argv: ['render', '-f', 'warned.yaml', '--target', 'status'],
      colour: { out: true, err: true },
      coloured: 'stderr',
    },
    'objects in a terminal, findings in a file': {
      argv: ['render', '-f', 'warned.yaml', '--target', 'status'],
      colour: { out: true, err: false },
      coloured: 'none',
    },
    'unreadable input': { argv: ['render', '-f', 'none.yaml'], colour: { out: false, err: true }, coloured: 'stderr' },
    'help on a terminal': { argv: ['--help'], colour: { out: true, err: false }, coloured: 'stdout' },
    'help in a pipe': { argv: ['--help'], colour: { out: false, err: true }, coloured: 'none' },
  },
  async ({ coloured, ...one }) => {
    const result = await runInFolder({ ...one, folder });
    const plain = await runInFolder({ ...one, folder, colour: { out: false, err: false } });
    for (const stream of ['stdout', 'stderr'] as const) {
      assert.equal(stripVTControlCharacters(result[stream]), plain[stream]);
      assert.equal(result[stream] !== plain[stream], stream === coloured, stream);
    }
  },
);

for (const file of ['calico.yaml', 'warned.yaml', 'shoot.yaml', 'switch.yaml']) {
  test(`YAML and JSON contain the same objects, and the Secret for the seed contains those for the shoot: ${file}`, async () => {
    const render = async (...options: string[]): Promise<string> =>
      (await runInFolder({ argv: ['render', '-f', file, ...options], folder })).stdout;
    for (const target of ['shoot', 'seed', 'status']) {
      const list = JSON.parse(await render('-o', 'json', '--target', target)) as { readonly items: readonly unknown[] };
      assert.deepEqual(loadAll(await render('--target', target)), list.items);
      assert.ok(list.items.length > 0);
    }
    const secrets = (loadAll(await render('--target', 'seed')) as readonly KubeObject[]).filter(
      ({ kind }) => kind === 'Secret',
    );
    assert.deepEqual(readManifests(secrets), loadAll(await render()));
  });
}

test('reads standard input, files, Lists and JSON alike', async () => {
  const expected = await runInFolder({ argv: ['render', '-f', 'calico.yaml'], folder });
  const items = loadAll(input('calico.yaml'));
  const lists = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'NetworkList', items: [items[0]] },
      { apiVersion: 'v1', kind: 'List', items: [items[1]] },
    ],
  };
  const forms: Readonly<Record<string, string>> = {
    'several documents': input('calico.yaml'),
    'in the other order': input('calico.yaml').split('---\n').reverse().join('---\n'),
    'empty documents between': `---\n---\n${input('calico.yaml')}---\n# the end\n`,
    'CRLF and a byte order mark': `\ufeff${input('calico.yaml').replaceAll('\n', '\r\n')}`,
    JSON: JSON.stringify(lists),
    'JSON over several lines': JSON.stringify(lists, undefined, 2),
  };
  for (const [name, form] of Object.entries(forms)) {
    const files = { form };
    assert.deepEqual(await runInFolder({ argv: ['render', '-f', 'form'], files }), expected, name);
    assert.deepEqual(await runInFolder({ argv: ['render', '-f', '-'], files, stdin: 'form' }), expected, name);
  }
});

test('the same input results in the same output', async () => {
  const argv = ['render', '-f', 'calico.yaml', '-f', 'second.yaml', '--target', 'seed'];
  assert.deepEqual(await runInFolder({ argv, folder }), await runInFolder({ argv, folder }));
});

cases<readonly string[]>(
  'names all feature gates in the help of',
  { render: ['render', '--help'], validate: ['validate', '--help'], controller: ['controller', '--help'] },
  async (argv) => {
    const { stdout } = await runInFolder({ argv });
    const named = Array.from(stdout.matchAll(/(\w+)=true/g), ([, name]) => name);
    assert.deepEqual(new Set(named), new Set(Object.keys(allFeatureGates(plugins))), 'the gates in the help');
  },
);
