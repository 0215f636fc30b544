import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import type { Network } from '../gardener/network.ts';
import { type DecodedNetwork, decodeNetwork, type NetworkRules } from './decode-network.ts';
import { networkRules, reporter } from './diagnostics.ts';

const report = reporter(networkRules);
const schema = z.strictObject({ size: z.number().nullish(), name: z.string().nullish() });
type Config = z.infer<typeof schema>;

const rules: NetworkRules<Config> = {
  schema,
  apiVersion: 'a/v1',
  kind: 'Config',
  config: ({ config, families, object, path, decoding }) =>
    (config.size ?? 0) > 10
      ? [
          report('config-invalid-value', {
            object,
            path: `${path}.size`,
            message: `${families.join()} ${decoding.length}`,
          }),
        ]
      : [],
  shoot: ({ config, object }) => [
    report('shoot-invalid', { object, path: 'spec.kubernetes.version', message: `${config.name}` }),
  ],
  ranges: ({ networking }) => [['spec.networking.nodes', networking.nodes ?? '']],
  rangeLists: ({ observed }) => [['status.networking.pods', observed.pods]],
};

const spec = { type: 'calico', podCIDR: '10.96.0.0/11', serviceCIDR: '10.64.0.0/13', ipFamilies: ['IPv4'] };
const cluster = {
  spec: {
    shoot: {
      metadata: { name: 'bar', namespace: 'foo' },
      spec: { networking: { nodes: 'no range' } },
      status: { networking: { pods: ['10.96.0.0/11', 'nor this'] } },
    },
  },
};

function decode(change: object, clusterOf: unknown = cluster): DecodedNetwork<Config> {
  const metadata = { name: 'demo', namespace: 'shoot--foo--bar' };
  const network = { apiVersion: 'v1', kind: 'Network', metadata, spec: { ...spec, ...change } } as unknown as Network;
  return decodeNetwork({ network, cluster: clusterOf, featureGates: {} }, rules);
}

const lines = ({ diagnostics }: DecodedNetwork<Config>): readonly string[] =>
  diagnostics.map(({ object, path, message }) => `${object} ${path}: ${message}`);

test('returns all findings at once: of Network, configuration and Shoot', () => {
  const decoded = decode({ podCIDR: 'none', providerConfig: { size: 11, name: 5 } });
  assert.deepEqual(
    lines(decoded).map((line) => line.split(':')[0]),
    [
      'Network shoot--foo--bar/demo spec.podCIDR',
      'Network shoot--foo--bar/demo spec.providerConfig.name',
      'Network shoot--foo--bar/demo spec.providerConfig.size',
      'Shoot foo/bar spec.kubernetes.version',
      'Shoot foo/bar spec.networking.nodes',
      'Shoot foo/bar status.networking.pods[1]',
    ],
  );
  assert.deepEqual(decoded.config, { size: 11 });
  assert.deepEqual(decoded.families, ['IPv4']);
  assert.equal(decoded.shoot?.name, 'bar');
});

test('rules get families, findings of decoding, and the configuration without invalid parts', () => {
  const found = lines(decode({ ipFamilies: ['IPv6', 'IPv4'], providerConfig: { size: 11, name: 5 } }));
  assert.ok(found.includes('Network shoot--foo--bar/demo spec.providerConfig.size: IPv6,IPv4 1'), found.join('\n'));
  assert.ok(found.includes('Shoot foo/bar spec.kubernetes.version: undefined'), found.join('\n'));
});

test('reports a missing Shoot after the findings about the Network', () => {
  const decoded = decode({ podCIDR: 'none' }, { spec: {} });
  assert.equal(decoded.shoot, undefined);
  assert.deepEqual(
    decoded.diagnostics.map(({ code, path }) => [code, path]),
    [
      ['network-invalid', 'spec.podCIDR'],
      ['cluster-invalid', 'spec.shoot'],
    ],
  );
});
