/** Tests that the documentation is complete and correct. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createProgram } from '../../controllers/program.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { gardenerRules } from '../../pkg/network/apiserver/diagnostics.ts';
import { networkRules } from '../../pkg/network/diagnostics.ts';
import { effectRules } from '../../pkg/network/effects.ts';
import { configFields, configSchema, effectiveDefault } from '../../pkg/network/option-reference.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { inputRules } from '../../pkg/yaml/diagnostics.ts';
import { type Page, pageLinks, readPages, readProse } from '../../test/support/usage-docs.ts';
import { createExamples } from '../../test/support/usage-shoots.ts';

const root = path.join(import.meta.dirname, '../..');
const usage = readPages(root, 'docs/usage');
const written = [...usage, ...readPages(root, 'docs/operations')];
const all = readPages(root, 'docs');
const rules = new Set(
  [
    networkRules,
    gardenerRules,
    inputRules,
    effectRules,
    ...plugins.flatMap((plugin) => [plugin.rules, plugin.effects?.rules ?? {}]),
  ].flatMap(Object.keys),
);

for (const { type: cni, configuration } of plugins) {
  const fields = configFields(configSchema(configuration)).map((field) => field.path);
  const options = fields.filter(
    (one) => !['apiVersion', 'kind'].includes(one) && !fields.some((other) => other.startsWith(`${one}.`)),
  );

  test(`docs/usage/${cni}.md documents exactly the existing options, with their defaults`, () => {
    const tables = pageAt(`docs/usage/${cni}.md`)
      .text.split(/^\| Option +\| Default +\| What it does +\|$/m)
      .slice(1);
    const rows = tables.flatMap((text) =>
      Array.from(
        (text.split('\n\n')[0] ?? '').matchAll(/^\| `(.+?)` +\| (.+?) +\| .+ \|$/gm),
        ([, option = '', fallback]) => [option, fallback] as const,
      ),
    );
    assert.deepEqual(rows.map(([option]) => option).sort(), [...options].sort());
    for (const [option, fallback] of rows)
      assert.equal(fallback, effectiveDefault(configuration, option) || 'unset', option);
  });

  test(`docs/usage shows each option of ${cni} in a tested example`, () => {
    const used = new Set(
      usage
        .flatMap(({ blocks }) =>
          blocks.filter(({ language, claim }) => language === 'yaml' && claim.outcome !== 'other'),
        )
        .flatMap(({ text }) => createExamples(text))
        .filter((example) => example.cni === cni)
        .flatMap(({ providerConfig }) => pathsIn(providerConfig)),
    );
    assert.deepEqual(
      options.filter((option) => !used.has(option)),
      [],
    );
  });
}

test('codes in docs/usage and docs/operations are diagnostics', () => {
  let named = 0;
  for (const page of written) {
    for (const [, code = ''] of page.text.matchAll(
      /`((?:calico|cilium|config|cluster|network|shoot)(?:-[a-z0-9]+)+)`/g,
    )) {
      if (notCodes.has(code)) continue;
      assert.ok(rules.has(code), `${page.file}: unknown diagnostic ${code}`);
      named += 1;
    }
    for (const { claim, line } of page.blocks)
      for (const code of claim.codes) assert.ok(rules.has(code), `${page.file}:${line}: unknown diagnostic ${code}`);
  }
  assert.ok(named > 20);
});

/** Returns names in code spans that look like codes. */
const notCodes: ReadonlySet<string> = new Set([
  ...plugins.flatMap((plugin) => [...plugin.seedObjectNames, ...plugin.legacySeedObjectNames].map(({ name }) => name)),
  'calico-config',
  'cilium-secrets',
  'calico-ipam',
  'calico-kube-controllers',
  'calico-node',
  'calico-typha',
  'cilium-config',
  'cilium-bgp-secrets',
  'cilium-label-prefixes',
  'cilium-envoy',
  'cilium-operator',
  'cluster-pool',
  'calico-node-vertical-autoscaler',
  'calico-typha-deploy',
  'calico-typha-horizontal-autoscaler',
  'calico-typha-vertical-autoscaler',
  'cilium-agent',
  'cluster-proportional',
]);

test('docs/README.md links every folder of docs, and README.md of a folder links its pages', () => {
  const map = pageLinks(pageAt('docs/README.md'));
  for (const folder of readdirSync(path.join(root, 'docs')).filter((name) => isFolder(`docs/${name}`)))
    assert.ok(
      map.some((target) => target.split('/')[0] === folder),
      `docs/README.md does not link docs/${folder}`,
    );
  for (const { file } of written) {
    const index = `${path.posix.dirname(file)}/README.md`;
    if (file !== index)
      assert.ok(pageLinks(pageAt(index)).includes(path.posix.basename(file)), `${index} does not link ${file}`);
  }
});

test('handwritten pages are short and specify the language of code blocks', () => {
  for (const { file, text, blocks } of written) {
    assert.ok(text.split('\n').length <= 300, `${file} is too long`);
    for (const { language, line } of blocks)
      assert.ok(['yaml', 'sh', 'console', 'text'].includes(language), `${file}:${line}: language ${language}`);
  }
});

test('command lines of netext use existing options', () => {
  const nothing = { write: assert.fail, colour: false, width: undefined };
  const terminal = {
    stdin: assert.fail,
    readFile: assert.fail,
    listFolder: assert.fail,
    out: nothing,
    err: nothing,
  };
  const { commands } = createProgram(terminal, () => assert.fail('a command ran'));
  let named = 0;
  for (const { file, text } of written) {
    for (const [line, name, rest = ''] of text.matchAll(
      /\bnetext (render|validate|explain|controller|admission)\b([^\n`|]*)/g,
    )) {
      const command = commands.find((one) => one.name() === name);
      const known = command?.options.flatMap(({ short, long }) => [short, long]) ?? [];
      for (const [option] of rest.matchAll(/(?<= )--?[a-z][a-z-]*/g)) {
        assert.ok(known.includes(option), `${file}: ${line}`);
        named += 1;
      }
    }
  }
  assert.ok(named > 5);
});

test('the tables of sizing.md are correct', () => {
  const page = pageAt('docs/usage/sizing.md');
  const ranges = Array.from(
    page.text.matchAll(/^\| `\/(\d+)` +\| `\/(\d+)` +\| ([\d,]+) +\| ([\d,]+) +\|$/gm),
    (cells) => cells.slice(1).map(number) as [number, number, number, number],
  );
  assert.ok(ranges.length >= 8);
  for (const [range, mask, nodes, addresses] of ranges) {
    const bits = mask > 32 ? 128 : 32;
    const expected = [2 ** (mask - range), 2 ** (bits - mask)];
    assert.deepEqual([nodes, addresses], expected, `/${range} with /${mask}`);
  }
  const masks = Array.from(page.text.matchAll(/^\| (\d+) +\| `\/(\d+)` +\| (\d+) +\|$/gm), (cells) =>
    cells.slice(1).map(number),
  );
  assert.ok(masks.length >= 4);
  for (const [maxPods = 0, mask, addresses] of masks) {
    const expected = 32 - Math.ceil(Math.log2(2 * maxPods));
    assert.deepEqual([mask, addresses], [expected, 2 ** (32 - expected)], `maxPods ${maxPods}`);
  }
});

test('prose has short lines', () => {
  for (const page of written) {
    const long = readProse(page)
      .split('\n')
      .filter((line) => line.length > 160 && !line.startsWith('|'));
    assert.deepEqual(long, [], page.file);
  }
});

/** Returns a page; fails if it does not exist. */
function pageAt(file: string): Page {
  return all.find((page) => page.file === file) ?? assert.fail(`${file} does not exist`);
}

function isFolder(name: string): boolean {
  return statSync(path.join(root, name)).isDirectory();
}

function number(text: string): number {
  return Number(text.replaceAll(',', ''));
}

function pathsIn(value: unknown, parent = ''): readonly string[] {
  if (!isRecord(value)) return [parent];
  return [
    ...(parent === '' ? [] : [parent]),
    ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, parent === '' ? key : `${parent}.${key}`)),
  ];
}
