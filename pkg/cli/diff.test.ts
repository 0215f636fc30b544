import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { assertHarmless, runInFolder } from '../../test/support/command-line.ts';
import { shownDifference } from './diff-report.ts';

const folder = path.join(import.meta.dirname, '../../test/unit/cli/testdata/input');
const calico = readFileSync(path.join(folder, 'calico.yaml'), 'utf8');
const cilium = calico
  .replace('type: calico', 'type: cilium')
  .replace('version: 1.34.3', 'version: 1.34.3\n        kubeProxy: {enabled: true}');

/** Runs `netext diff` for a change from an input that has been applied to another one. */
async function diff(before: string, after: string, ...options: readonly string[]) {
  const shoot = { 'shoot.yaml': '' };
  const seed = await runInFolder({
    argv: ['render', '-f', 'before.yaml', '--target', 'seed', '--shoot-objects', 'shoot.yaml'],
    files: { 'before.yaml': before, ...shoot },
  });
  assert.equal(seed.code, 0, seed.stderr);
  return runInFolder({
    argv: ['diff', '-f', 'after.yaml', '-f', 'seed.yaml', '--shoot-objects', 'shoot.yaml', ...options],
    files: { 'after.yaml': after, 'seed.yaml': seed.stdout, ...shoot },
  });
}

function configured(network: string, providerConfig: string): string {
  const group = /type: (\w+)/.exec(network)?.[1];
  const lines = [
    'providerConfig:',
    `  apiVersion: ${group}.networking.extensions.gardener.cloud/v1alpha1`,
    '  kind: NetworkConfig',
  ];
  return network.replace(
    '  ipFamilies:',
    [...lines, `  ${providerConfig}`, 'ipFamilies:'].map((one) => `  ${one}`).join('\n'),
  );
}

interface Row {
  readonly before: string;
  readonly after: string;
  readonly code: number;
  readonly first: RegExp;
  readonly second?: RegExp;
  readonly lines?: readonly RegExp[];
}

suite('summary', () => {
  const table: Readonly<Record<string, Row>> = {
    'nothing changes': {
      before: calico,
      after: calico,
      code: 0,
      first: /^= Network shoot--dev--web\/web: nothing changes in the network$/,
    },
    'nothing changes, with Hubble': {
      before: configured(cilium, 'hubble: {enabled: true}'),
      after: configured(cilium, 'hubble: {enabled: true}'),
      code: 0,
      first: /: nothing changes in the network$/,
    },
    'pods roll, the data path is unchanged': {
      before: calico,
      after: configured(calico, 'birdExporter: {enabled: true}'),
      code: 0,
      first: /^~ Network shoot--dev--web\/web: agents restart one after the other, connections stay$/,
      second:
        /^ {2}calico-node rolls once \(.*bird-exporter.* added.*\); nothing is deleted; .*; the data path is unchanged$/,
      lines: [/^ {2}rolls once: DaemonSet kube-system\/calico-node \(RollingUpdate, maxUnavailable 2\)$/m],
    },
    'the data path changes': {
      before: calico,
      after: configured(calico, 'vethMTU: "1440"'),
      code: 1,
      first: /^~ Network shoot--dev--web\/web: agents restart one after the other, and new pods get another MTU$/,
      second:
        /^ {2}THE DATA PATH CHANGES in 1 value; calico-node rolls once \(configmap-calico changed\); nothing is deleted; /,
      lines: [/^ {2}data path: MTU: ConfigMap kube-system\/calico-config data\.veth_mtu: 0 → 1440$/m],
    },
    'objects are deleted': {
      before: configured(cilium, 'hubble: {enabled: true}'),
      after: cilium,
      code: 0,
      first: /: agents restart one after the other, connections stay$/,
      second: /^ {2}cilium rolls once .*; \d+ objects are deleted; /,
      lines: [/^ {2}deleted: Deployment kube-system\/hubble-relay$/m],
    },
  };
  cases('reports', table, async ({ before, after, code, first, second = /^/, lines = [] }) => {
    const result = await diff(before, after);
    assert.equal(result.stderr, '');
    assert.match(result.stdout.split('\n')[0] ?? '', first);
    assert.match(result.stdout.split('\n')[1] ?? '', second);
    for (const line of lines) assert.match(result.stdout, line);
    assert.equal(result.code, code);
    assertHarmless(result);
  });
});

test('prints digests of scripts, which JSON contains as a whole, and of values in Secrets', async () => {
  const script = 'first\nsecond\n';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'kube-system' } };
  const present = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'calico-config', namespace: 'kube-system' },
      data: { script },
    },
    { ...secret, data: { key: 'aGlkZGVu' } },
  ];
  const held = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'held', namespace: 'shoot--dev--web' } };
  const files = {
    'in.yaml': calico,
    'seed.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'resources.gardener.cloud/v1alpha1',
          kind: 'ManagedResource',
          metadata: { name: 'extension-networking-calico-config', namespace: 'shoot--dev--web' },
          spec: { secretRefs: [{ name: 'held' }] },
        },
        { ...held, stringData: { 'config.yaml': present.map((one) => JSON.stringify(one)).join('\n---\n') } },
      ],
    }),
  };
  for (const format of ['text', 'json']) {
    const { stdout } = await runInFolder({ argv: ['diff', '-f', 'in.yaml', '-f', 'seed.json', '-o', format], files });
    assert.match(stdout, format === 'text' ? /2 lines \(sha256 [0-9a-f]{8}\)/ : /"first\\nsecond\\n"/);
    assert.doesNotMatch(stdout, format === 'text' ? /second|aGlkZGVu|hidden/ : /aGlkZGVu|hidden/);
  }
  const difference = { path: 'data.key', kind: 'changed', before: 'aGlkZGVu', after: { list: ['hidden'] } } as const;
  assert.doesNotMatch(JSON.stringify(shownDifference('Secret kube-system/s', difference)), /aGlkZGVu|hidden/);
  assert.match(JSON.stringify(shownDifference('ConfigMap kube-system/s', difference)), /aGlkZGVu.*hidden/);
});

test('JSON output contains the changes with all paths', async () => {
  const { stdout, code } = await diff(calico, configured(calico, 'vethMTU: "1440"'), '-o', 'json');
  const [network] = (JSON.parse(stdout) as { readonly networks: readonly Readonly<Record<string, unknown>>[] })
    .networks;
  assert.deepEqual([code, network?.['outcome'], network?.['harmless']], [1, 'planned', false]);
  const changes = network?.['changes'] as readonly { readonly object: string; readonly roll?: object }[];
  assert.deepEqual(changes.find(({ object }) => object === 'DaemonSet kube-system/calico-node')?.roll, {
    strategy: 'RollingUpdate, maxUnavailable 2',
    reasons: ['spec.template.metadata.annotations["checksum/configmap-calico"]'],
  });
});
