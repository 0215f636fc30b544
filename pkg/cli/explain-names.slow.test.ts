/** Each option has an example that is valid, and whose effect on a running shoot is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInFolder } from '../../test/support/command-line.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { describe, errorsOf } from '../network/diagnostics.ts';
import { plugins } from '../plugins/index.ts';
import { topicNames } from './explain-names.ts';

interface Topics {
  readonly topics: readonly {
    readonly name: string;
    readonly network: string;
    readonly example: object;
    readonly effect?: { readonly impact: string };
  }[];
}

async function explain(...argv: readonly string[]): Promise<Topics> {
  const { code, stdout, stderr } = await runInFolder({ argv: ['explain', ...argv, '-o', 'json'] });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Topics;
}

test('the example of every option is a valid configuration', async () => {
  const options = topicNames().filter((name) => /^(calico|cilium)\./.test(name));
  for (const { name, network, example, effect } of (await explain(...options)).topics) {
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
    assert.ok(effect !== undefined, name);
  }
});
