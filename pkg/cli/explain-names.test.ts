import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInFolder } from '../../test/support/command-line.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { describe, errorsOf } from '../network/diagnostics.ts';
import { optionPaths } from '../network/option-paths.ts';
import { plugins } from '../plugins/index.ts';
import { topicNames } from './explain-names.ts';

interface Topics {
  readonly topics: readonly {
    readonly name: string;
    readonly network: string;
    readonly example: object;
    readonly findings: Readonly<Record<string, string>>;
  }[];
}

async function explain(...argv: readonly string[]): Promise<Topics> {
  const { code, stdout, stderr } = await runInFolder({ argv: ['explain', ...argv, '-o', 'json'] });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Topics;
}

test('every option and every code has a topic', async () => {
  const names = topicNames();
  assert.equal(new Set(names).size, names.length);
  for (const { type, configuration, rules } of plugins)
    for (const name of [...optionPaths(configuration.schema).map((path) => `${type}.${path}`), ...Object.keys(rules)])
      assert.ok(names.includes(name), name);
  assert.equal((await explain(...names)).topics.length, names.length);
});

test('the example of every option is a valid configuration', async () => {
  const options = topicNames().filter((name) => /^(calico|cilium)\./.test(name));
  for (const { name, network, example } of (await explain(...options)).topics) {
    const plugin = plugins.find(({ type }) => type === network) ?? assert.fail(network);
    const family = name.includes('.ipv6') ? 'IPv6' : 'IPv4';
    const pods = family === 'IPv6' ? '2001:db8:1::/48' : '100.96.0.0/11';
    const services = family === 'IPv6' ? '2001:db8:2::/108' : '100.64.0.0/13';
    const shoot = {
      metadata: { name: 'web', namespace: 'garden-dev' },
      spec: {
        kubernetes: { version: '1.34.3', kubeProxy: { enabled: network === 'calico' } },
        networking: { type: network, providerConfig: example, pods, services, ipFamilies: [family] },
        provider: { workers: [{ name: 'a', minimum: 1, maximum: 2 }] },
      },
      status: { advertisedAddresses: [{ name: 'external', url: 'https://api.example.com' }] },
    };
    const decoded = plugin.decode({ ...deriveNetwork(shoot), featureGates: {} });
    const errors = errorsOf([...plugin.check(decoded), ...(plugin.checkNew?.(decoded) ?? [])]);
    assert.deepEqual(errors.map(describe), [], `${name}: ${JSON.stringify(example)}`);
  }
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
