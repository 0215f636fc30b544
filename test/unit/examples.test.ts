/** The files in example/ work unchanged. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { readControllerSettings } from '../../controllers/process/controller/settings.ts';
import { examples } from '../../controllers/program.ts';
import { defaultFeatureGates } from '../../pkg/network/feature-gates.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { runInFolder } from '../support/command-line.ts';

const root = path.join(import.meta.dirname, '../..');

for (const [file, subject] of [
  ['example/20-network.yaml', 'Network shoot--garden--example/example'],
  ['example/21-network-cilium.yaml', 'Network shoot--garden--cilium/example'],
  ['example/30-shoot.yaml', 'Shoot garden-dev/web'],
] as const) {
  test(`${file} is valid, without a warning`, async () => {
    const result = await runInFolder({ argv: ['validate', '-f', file], folder: root });
    const [verdict, ...rest] = result.stdout.trimEnd().split('\n');
    assert.deepEqual({ ...result, stdout: verdict }, { code: 0, stdout: `✓ ${subject} is valid`, stderr: '' });
    assert.ok(rest.length === 1 && rest[0]?.startsWith('  room for '), result.stdout);
  });

  for (const target of ['shoot', 'seed', 'status']) {
    test(`${file} is rendered for the ${target}`, async () => {
      const result = await runInFolder({ argv: ['render', '-f', file, '--target', target], folder: root });
      assert.deepEqual({ code: result.code, stderr: result.stderr }, { code: 0, stderr: '' });
      assert.ok(loadAll(result.stdout).length > 0);
    });
  }
}

test('README.md shows the report about a misspelled value of the example', async () => {
  const text = readFileSync(path.join(root, 'example/20-network.yaml'), 'utf8').replace(
    '    overlay:\n',
    '    backend: brid\n    overlay:\n',
  );
  const { code, stdout } = await runInFolder({ argv: ['validate', 'network.yaml'], files: { 'network.yaml': text } });
  assert.equal(code, 1);
  assert.ok(readFileSync(path.join(root, 'README.md'), 'utf8').includes(`\`\`\`text\n${stdout}\`\`\``), stdout);
});

test('the first command line of each offline command works in the root folder', async () => {
  for (const command of ['netext', 'render', 'validate']) {
    const [line = ''] = examples[command] ?? [];
    const result = await runInFolder({ argv: line.split(' ').slice(1), folder: root });
    assert.deepEqual({ code: result.code, stderr: result.stderr }, { code: 0, stderr: '' }, line);
  }
});

test('examples of command lines name files of example/ that exist', () => {
  const named = Object.values(examples)
    .flat()
    .flatMap((line) => line.match(/example\/\S+/g) ?? []);
  const present = readdirSync(path.join(root, 'example')).map((file) => `example/${file}`);
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((file) => !present.includes(file)),
    [],
  );
});

test('the example configuration has all feature gates with their defaults for each CNI, and changes no other setting', () => {
  const file = 'example/00-componentconfig.yaml';
  const bytes = readFileSync(path.join(root, file));
  const read = (given: readonly { readonly file: string; readonly bytes: Uint8Array }[]) =>
    readControllerSettings({ options: {}, env: { LEADER_ELECTION_NAMESPACE: 'a' }, files: given, plugins });
  const { settings, problems, notes } = read([{ file, bytes }]);
  assert.deepEqual({ problems, notes }, { problems: [], notes: [] });
  assert.deepEqual(settings, read([]).settings);
  const documents = loadAll(bytes.toString()) as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    documents.map((one) => one['featureGates'] ?? {}),
    plugins.map((plugin) => defaultFeatureGates([plugin])),
  );
});
