import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInFolder } from '../../test/support/command-line.ts';
import { optionPaths } from '../network/option-paths.ts';
import { plugins } from '../plugins/index.ts';
import { topicNames } from './explain-names.ts';

interface Topics {
  readonly topics: readonly {
    readonly name: string;
    readonly effect?: { readonly impact: string };
    readonly findings: Readonly<Record<string, string>>;
  }[];
}

async function explain(...argv: readonly string[]): Promise<Topics> {
  const { code, stdout, stderr } = await runInFolder({ argv: ['explain', ...argv, '-o', 'json'] });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Topics;
}

test('every option and every code has a topic', () => {
  const names = topicNames();
  assert.equal(new Set(names).size, names.length);
  for (const { type, configuration, rules, effects } of plugins)
    for (const name of [
      ...optionPaths(configuration.schema).map((path) => `${type}.${path}`),
      ...Object.keys({ ...rules, ...effects?.rules }),
    ])
      assert.ok(names.includes(name), name);
});

test('the topic of an option states what setting it does to a running shoot', async () => {
  const { topics } = await explain('calico.ebpfDataplane.enabled', 'cilium.debug');
  assert.deepEqual(
    topics.map(({ effect }) => effect?.impact),
    ['interruption', 'restart'],
  );
});

test('the topic of an option counts no nodes, since there is no shoot', async () => {
  const { stdout } = await runInFolder({ argv: ['explain', 'calico.overlay'] });
  assert.match(stdout, /while all nodes\s+change, two at a\s+time/);
});

test('the code of an effect has a topic', async () => {
  const { stdout } = await runInFolder({ argv: ['explain', 'effect-addresses'] });
  assert.match(stdout, /^effect-addresses\n  effect    pods get other addresses \(impact addresses\)\n  reason /);
});

test('a path without a network type means the option of all CNIs that have it, in any case', async () => {
  const { topics } = await explain('Overlay.Enabled');
  assert.deepEqual(
    topics.map(({ name }) => name),
    ['calico.overlay.enabled', 'cilium.overlay.enabled'],
  );
});

test('a path as in messages is found', async () => {
  const { topics } = await explain('spec.networking.providerConfig.hubble.enabled', 'spec.providerConfig.typha');
  assert.deepEqual(
    topics.map(({ name }) => name),
    ['cilium.hubble.enabled', 'calico.typha'],
  );
});

test('the topic of an option names the findings that mention it', async () => {
  const [topic] = (await explain('calico.vxlan.enabled')).topics;
  assert.equal(topic?.findings['calico-vxlan-ipam'], 'vxlan.enabled forces ipam.type calico-ipam');
});

test('unknown names are usage errors with suggestions', async () => {
  const { code, stderr, stdout } = await runInFolder({
    argv: ['explain', 'calico.overlay.enable', 'calico-vxlan-ipm', 'x'],
  });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /'calico.overlay.enable', did you mean calico.overlay.enabled\?/);
  assert.match(stderr, /'calico-vxlan-ipm', did you mean calico-vxlan-ipam\?/);
  assert.match(stderr, /'x', it must be an option such as calico.overlay.enabled, or a code/);
});

test('names and files together are a usage error', async () => {
  const { code, stderr } = await runInFolder({ argv: ['explain', 'calico.typha', '-f', 'example/30-shoot.yaml'] });
  assert.equal(code, 2);
  assert.match(stderr, /but not both/);
});
