import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { assertHarmless, runInFolder } from '../../test/support/command-line.ts';

const example = readFileSync(path.join(import.meta.dirname, '../../example/30-shoot.yaml'), 'utf8');
const plain = example
  .replace(
    'enabled: true\n      vxlan:\n        enabled: true',
    'enabled: false\n        createPodRoutes: true\n      vxlan:\n        enabled: true',
  )
  .replace(/ +# VXLAN .*\n/, '');
const exporter = example.replace(
  'typha:\n        enabled: true\n',
  'typha:\n        enabled: true\n      multus:\n        enabled: true\n',
);

function config(type: string, options: string): string {
  return `apiVersion: ${type}.networking.extensions.gardener.cloud/v1alpha1\nkind: NetworkConfig\n${options}\n`;
}

function run(files: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  return runInFolder({ argv: ['diff', ...argv], files });
}

interface Row {
  readonly files: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly code: number;
  readonly first: RegExp;
  readonly lines?: readonly RegExp[];
}

const interrupted =
  /^! Shoot garden-dev\/web: connections between nodes are interrupted while 2 to 8 nodes change, two at a time$/;
const pair = { 'old.yaml': example, 'new.yaml': plain };
const network = readFileSync(path.join(import.meta.dirname, '../../example/20-network.yaml'), 'utf8');
const [networkAlone = '', ...others] = network.split(/^---\n/m).sort((a) => (/^kind: Network$/m.test(a) ? -1 : 1));

suite('the states before and after a change', () => {
  const table: Readonly<Record<string, Row>> = {
    'two files': { files: pair, argv: ['old.yaml', 'new.yaml'], code: 1, first: interrupted },
    'a file and --old': { files: pair, argv: ['-f', 'new.yaml', '--old', 'old.yaml'], code: 1, first: interrupted },
    'two folders': {
      files: { 'a/shoot.yaml': example, 'b/shoot.yaml': plain },
      argv: ['a/shoot.yaml', 'b/shoot.yaml'],
      code: 1,
      first: interrupted,
    },
    'a file and a value of the command line': {
      files: { 'shoot.yaml': example },
      argv: ['shoot.yaml', '--old', 'shoot.yaml', '--set', 'spec.networking.providerConfig.birdExporter.enabled=true'],
      code: 0,
      first: /^~ Shoot garden-dev\/web: agents restart one after the other, connections stay$/,
    },
    'the same file twice, with a value of the command line': {
      files: { 'shoot.yaml': example },
      argv: ['shoot.yaml', 'shoot.yaml', '--set', 'spec.networking.providerConfig.multus.enabled=true'],
      code: 0,
      first: /^~ Shoot garden-dev\/web: Multus starts on each node/,
    },
    'two NetworkConfigs': {
      files: { 'a.yaml': config('cilium', 'debug: false'), 'b.yaml': config('cilium', 'debug: true') },
      argv: ['a.yaml', 'b.yaml'],
      code: 0,
      first: /^~ NetworkConfig of cilium: agents restart one after the other, connections stay$/,
    },
    'a NetworkConfig in place of that of a Shoot': {
      files: { 'old.yaml': example, 'new.yaml': config('calico', 'overlay: {enabled: true}\nvxlan: {enabled: true}') },
      argv: ['old.yaml', 'new.yaml'],
      code: 0,
      first: /^~ NetworkConfig of calico: agents restart one after the other, and new pods get another MTU$/,
    },
    'two Networks, one of them with the Cluster': {
      files: { 'old.yaml': network, 'new.yaml': networkAlone },
      argv: ['old.yaml', 'new.yaml'],
      code: 0,
      first: /^= Network \S+: nothing changes in the network$/,
    },
    'a Shoot without namespace in the changed file': {
      files: { 'old.yaml': example, 'new.yaml': plain.replace('  namespace: garden-dev\n', '') },
      argv: ['old.yaml', 'new.yaml'],
      code: 1,
      first: /^! Shoot garden-local\/web: connections between nodes are interrupted/,
    },
    'objects that change, on request': {
      files: { 'old.yaml': example, 'new.yaml': exporter },
      argv: ['old.yaml', 'new.yaml', '--objects'],
      code: 0,
      first: /: Multus starts on each node/,
      lines: [/^ {2}created: DaemonSet kube-system\/multus$/m],
    },
    'a refused change': {
      files: {
        'old.yaml': example,
        'new.yaml': example
          .replace('type: calico-ipam', 'type: host-local')
          .replace('vxlan:\n        enabled: true', 'vxlan:\n        enabled: false'),
      },
      argv: ['old.yaml', 'new.yaml'],
      code: 1,
      first: /^✗ Shoot garden-dev\/web: the change is refused$/,
      lines: [/^ {2}new\.yaml:\d+:\d+: error: .*\n {6}.*\[calico-ipam-change\]$/m],
    },
    'another CNI': {
      files: { 'a.yaml': config('calico', ''), 'b.yaml': config('cilium', '') },
      argv: ['a.yaml', 'b.yaml'],
      code: 1,
      first: /^✗ NetworkConfig of cilium: the change is refused$/,
      lines: [/\[gardener-immutable-field\]$/m],
    },
    'a running configuration that is rejected': {
      files: { 'old.yaml': example.replace('mode: vpa', 'mode: none'), 'new.yaml': example },
      argv: ['old.yaml', 'new.yaml'],
      code: 1,
      first:
        /^✗ Shoot garden-dev\/web: the configuration before the change is rejected, so that it cannot be the running one$/,
      lines: [/^ {2}old\.yaml:\d+:\d+: error: /m],
    },
  };
  cases('are read from', table, async ({ files, argv, code, first, lines = [] }) => {
    const result = await run(files, ...argv);
    assert.equal(result.stderr, '');
    assert.match(result.stdout.split('\n')[0] ?? '', first);
    for (const line of lines) assert.match(result.stdout, line);
    assert.equal(result.code, code);
    assertHarmless(result);
  });
});

suite('errors of the input', () => {
  const table: Readonly<Record<string, { files: Row['files']; argv: readonly string[]; says: RegExp }>> = {
    'different shoots': {
      files: { 'old.yaml': example, 'new.yaml': example.replace('name: web', 'name: shop') },
      argv: ['old.yaml', 'new.yaml'],
      says: /^new\.yaml:\d+:\d+: error: Shoot garden-dev\/web before the change and Shoot garden-dev\/shop after it are different shoots$/m,
    },
    'a file that cannot be read': {
      files: { 'old.yaml': 'a: [', 'new.yaml': example },
      argv: ['-f', 'new.yaml', '--old', 'old.yaml'],
      says: /^old\.yaml:/m,
    },
    'nothing before the change': {
      files: { 'old.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', 'new.yaml': example },
      argv: ['-f', 'new.yaml', '--old', 'old.yaml'],
      says: /is missing among the objects before the change/,
    },
  };
  cases('exit with 2 for', table, async ({ files, argv, says }) => {
    const result = await run(files, ...argv);
    assert.match(result.stderr, says);
    assert.deepEqual([result.code, result.stdout], [2, '']);
  });
});

test('a Shoot without counterpart is reported beside the others', async () => {
  const shop = example.replace('name: web', 'name: shop');
  const files = { 'old.yaml': `${example}---\n${shop}`, 'new.yaml': example };
  const { code, stdout } = await run(files, 'old.yaml', 'new.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /^= Shoot garden-dev\/web: nothing changes/m);
  assert.match(
    stdout,
    /^old\.yaml:\d+:\d+: error: Shoot garden-dev\/shop is missing among the objects after the change$/m,
  );
});

suite('--exit-code', () => {
  const table: Readonly<Record<string, { files: Row['files']; code: number }>> = {
    'no change': { files: { 'old.yaml': example, 'new.yaml': example }, code: 0 },
    'a change that needs no review': { files: { 'old.yaml': example, 'new.yaml': exporter }, code: 1 },
    'an interruption': { files: pair, code: 1 },
    'a refused change': {
      files: { 'old.yaml': example, 'new.yaml': example.replace('100.96.0.0/11', '100.128.0.0/11') },
      code: 2,
    },
  };
  cases('is that of kubectl diff for', table, async ({ files, code }) => {
    assert.equal((await run(files, 'old.yaml', 'new.yaml', '--exit-code')).code, code);
  });
});

test('the switch of the overlay fits on one screen, without words of the seed', async () => {
  const { stdout } = await run(pair, 'old.yaml', 'new.yaml');
  const lines = stdout.trimEnd().split('\n');
  const shown = lines.reduce((sum, { length }) => sum + Math.ceil(length / 100), 0);
  assert.ok(shown <= 30, `${shown} lines on a terminal with 100 columns`);
  assert.ok(lines.slice(1).every(({ length }) => length <= 100));
  assert.doesNotMatch(stdout, /seed|ManagedResource|[A-Z]+_[A-Z]+/);
});

test('JSON has the effects and whole values of objects', async () => {
  const { stdout } = await run(pair, 'old.yaml', 'new.yaml', '-o', 'json');
  const { networks } = JSON.parse(stdout) as { readonly networks: readonly Readonly<Record<string, unknown>>[] };
  const [{ impact, summary, rolls, objects } = {}] = networks;
  assert.equal(impact, 'interruption');
  assert.deepEqual((summary as { readonly code: string }).code, 'calico-effect-encapsulation-bird');
  assert.deepEqual(
    (rolls as readonly { readonly name: string }[]).map(({ name }) => name),
    ['calico-node'],
  );
  const changed = objects as readonly { readonly object: string; readonly differences: readonly object[] }[];
  assert.ok(
    changed.some(({ object, differences }) => object === 'IPPool default-ipv4-ippool' && differences.length > 0),
  );
});

test('annotations of GitHub have one line, with file and line of the configuration', async () => {
  const { stdout } = await run(pair, 'old.yaml', 'new.yaml', '-o', 'github');
  assert.match(
    stdout,
    /^::warning file=new\.yaml,line=\d+,title=calico-effect-encapsulation-bird::Shoot garden-dev\/web: .*%0Arolls: calico-node.*\n$/,
  );
  const refused = { 'old.yaml': example, 'new.yaml': example.replace('100.96.0.0/11', '100.128.0.0/11') };
  assert.match(
    (await run(refused, 'old.yaml', 'new.yaml', '-o', 'github')).stdout,
    /^::error file=new\.yaml,line=\d+,title=gardener-immutable-field::spec\.networking\.pods: /,
  );
});

test('Markdown has a heading and a list, in which text of the user has no markup', async () => {
  const { stdout } = await run(pair, 'old.yaml', 'new.yaml', '-o', 'markdown');
  assert.match(stdout, /^### ⚠️ Shoot garden-dev\/web: connections between nodes are interrupted/);
  assert.match(stdout, /^- \*\*data path\*\*\n {2}- packets between nodes, IPv4: VXLAN → plain$/m);
  assert.match(stdout, /^- \*\*more\*\*: docs\/usage\/[\w-]+\.md#[\w-]+ \\\[/m);
});

test('a Shoot that runs, without its ManagedResource, has an unknown state', async () => {
  const stored = example.replace('  name: web\n', '  name: web\n  uid: 3f1c9e5a\n');
  const { code, stdout } = await run({ 'shoot.yaml': stored }, '-f', 'shoot.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /^\? Shoot garden-dev\/web: the running state is not known: .* --old/);
});

test('two files of one state are no states before and after a change', async () => {
  const files = { 'network.yaml': networkAlone, 'cluster.yaml': others.join('---\n') };
  const { code, stdout } = await run(files, 'network.yaml', 'cluster.yaml');
  assert.equal(code, 0);
  assert.match(stdout, /treated as a new shoot/);
});

const withoutSubjects: Readonly<Record<string, { readonly text?: string; readonly message: RegExp }>> = {
  'an empty file': { text: '', message: /have no Shoot, Network or NetworkConfig in common/ },
  'a file with another kind': {
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n',
    message: /have no Shoot, Network or NetworkConfig in common/,
  },
  'a file that is not YAML': { text: 'a: [1\n', message: /is not valid YAML/ },
  'a missing file': { message: /no such file/ },
};

cases('is an error as one of two files, and the Shoot beside it is not a new one', withoutSubjects, async (row) => {
  const files = { 'shoot.yaml': example, ...(row.text === undefined ? {} : { 'other.yaml': row.text }) };
  for (const names of [
    ['shoot.yaml', 'other.yaml'],
    ['other.yaml', 'shoot.yaml'],
  ]) {
    const { code, stdout, stderr } = await run(files, ...names);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, row.message);
  }
});

test('a shoot with one node has no pace of a rollout, and pools without nodes have no number', async () => {
  const scaled = (text: string, nodes: number): string =>
    text.replaceAll(/(minimum|maximum): \d+/g, (_, name: string) => `${name}: ${nodes}`);
  const first = async (nodes: number) => {
    const files = { 'old.yaml': scaled(example, nodes), 'new.yaml': scaled(plain, nodes) };
    return (await run(files, 'old.yaml', 'new.yaml')).stdout;
  };
  const one = await first(1);
  assert.match(one, /are interrupted while the node changes$/m);
  assert.match(one, /^ {2}rolls {6}calico-node on the node$/m);
  assert.match(await first(0), /are interrupted while all nodes change, two at a time$/m);
});

test('validate prints the short form of the effects of a change', async () => {
  const { code, stdout } = await runInFolder({ argv: ['validate', 'new.yaml', '--old', 'old.yaml'], files: pair });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^ {2}change: connections between nodes are interrupted while 2 to 8 nodes change, two at a time$/m,
  );
  assert.match(stdout, /^ {2}before the change: Verify that all nodes are in one subnet/m);
});
