/**
 * `netext diff` over every recorded shoot of the Go extensions, which is what an operator does before switching to this extension: nothing
 * is created anew, and no value of a running data path changes. The same on real API servers, for a part of them, is in test/integration.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { describeObject } from '../../pkg/gardener/objects.ts';
import { runInFolder } from '../support/command-line.ts';
import { type Cni, readRecording, recordingsAreHere, recordingsOf } from '../support/recordings.ts';
import { readPage } from '../support/usage-docs.ts';

if (!recordingsAreHere)
  console.log('SKIPPED: netext diff over the Go extensions’ shoots (no recordings in ../shared/reference)');

/** Where the data path does change: what the Go extension rendered there cannot run, or does nothing (verdicts.ts). */
const repaired: Readonly<Record<string, readonly string[]>> = {
  // calico B5: an IPv6 range for IPv4.
  'calico 18-dualstack-v6-first-overlay-on': ['env CALICO_IPV4POOL_CIDR', 'default-ipv4-ippool spec.cidr'],
  // calico B6: an empty range.
  'calico 22-ipv6-only-first-reconcile-no-status': ['env CALICO_IPV6POOL_CIDR', 'default-ipv6-ippool spec.cidr'],
  // calico B2: pods without any address.
  'calico 44-no-ipfamilies-no-providerconfig': [
    'plugin calico ipam.assign_ipv4',
    'plugin calico ipam.subnet',
    'env CALICO_IPV4POOL_CIDR',
    'env CALICO_IPV4POOL_IPIP',
  ],
  // cilium 36: agents end without the range.
  'cilium 09-tunnel-disabled-alone': ['data.ipv4-native-routing-cidr'],
  // cilium 1: what the user switched on, by the key that Cilium reads.
  'cilium 15-egress-gateway': ['data.enable-egress-gateway'],
  // cilium 9: agents without any family.
  'cilium 33-ip-families-empty': [
    'data.enable-bpf-masquerade',
    'data.enable-ipv4',
    'data.enable-ipv4-masquerade',
    'data.ipv4-native-routing-cidr',
    'data.k8s-require-ipv4-pod-cidr',
  ],
  // cilium 37: agents end in a tunnel with it.
  'cilium 37-all-fields': ['data.bpf-lb-mode'],
};

/** Refused since its mode cannot work (cilium 8); the shoot stays as it is. */
const refused: readonly string[] = ['cilium 27-encryption-ipsec'];

interface DiffOutput {
  readonly networks: readonly {
    readonly outcome: string;
    readonly harmless?: boolean;
    readonly changes?: readonly {
      readonly object: string;
      readonly change: string;
      readonly roll?: object;
      readonly immutable?: object;
    }[];
    readonly dataPath?: readonly { readonly place: string }[];
  }[];
}

for (const cni of recordingsAreHere ? (['calico', 'cilium'] as const) : []) {
  for (const name of recordingsOf(cni)) test(`${cni} ${name}`, () => compare(cni, name));
}

test('taking-over.md tells which workloads roll', { skip: !recordingsAreHere }, async () => {
  const { text } = readPage(path.join(import.meta.dirname, '../..'), 'docs/operations/taking-over.md');
  const told = Array.from(
    text.matchAll(/^\| (\w+) `([^`]+)` +\| (once|no)\b/gm),
    ([, kind, name, rolls]) => `${kind} ${name}: ${rolls}`,
  );
  const seen = new Map<string, string>();
  for (const [cni, name] of withEveryWorkload) {
    for (const [workload, rolls] of await rollsOf(cni, name))
      if (seen.get(workload) !== 'once') seen.set(workload, rolls);
  }
  assert.deepEqual(told.sort(), [...seen].map((row) => row.join(': ')).sort());
});

test('every exception is one', { skip: !recordingsAreHere }, () => {
  const all = (['calico', 'cilium'] as const).flatMap((cni) => recordingsOf(cni).map((name) => `${cni} ${name}`));
  assert.deepEqual(
    [...Object.keys(repaired), ...refused].filter((one) => !all.includes(one)),
    [],
  );
});

/** Together they have every workload; none of them is one of the odd cases above. */
const withEveryWorkload: readonly (readonly [Cni, string])[] = [
  ['calico', '01-defaults-no-providerconfig'],
  ['calico', '36-multus-with-cni-plugins'],
  ['cilium', '01-defaults-no-providerconfig'],
  ['cilium', '02-readme-example-hubble'],
];

/** Of every object with pods whether these are replaced, or run anew. */
async function rollsOf(cni: Cni, name: string): Promise<readonly (readonly [workload: string, rolls: string])[]> {
  const { network } = await diff(cni, name);
  const changed = new Set((network?.changes ?? []).map(({ object }) => object));
  const replaced = new Set(
    (network?.changes ?? [])
      .filter(({ roll, immutable }) => (roll ?? immutable) !== undefined)
      .map(({ object }) => object),
  );
  return readRecording(cni, name)
    .objects.filter(({ kind }) => ['DaemonSet', 'Deployment', 'StatefulSet', 'Job', 'CronJob'].includes(kind))
    .map((one) => {
      const object = describeObject(one);
      const rolls = replaced.has(object) || (one.kind === 'CronJob' && changed.has(object));
      return [`${one.kind} ${one.metadata.name}`, rolls ? 'once' : 'no'];
    });
}

async function compare(cni: Cni, name: string): Promise<void> {
  const { code, network } = await diff(cni, name);
  const title = `${cni} ${name}`;
  if (refused.includes(title)) {
    assert.deepEqual([code, network?.outcome], [1, 'refused']);
    return;
  }
  const changes = network?.changes ?? [];
  assert.deepEqual(
    changes.filter(({ immutable }) => immutable !== undefined),
    [],
  );
  assert.deepEqual(
    changes
      .filter(({ change }) => change === 'removed')
      .map(({ object }) => object)
      .filter(isMissed),
    [],
  );
  const places = (network?.dataPath ?? []).map(({ place }) => place);
  const expected = repaired[title] ?? [];
  assert.equal(places.length, expected.length, places.join('\n'));
  for (const end of expected)
    assert.ok(
      places.some((place) => place.endsWith(end)),
      `${end} of ${places.join(', ')}`,
    );
  assert.deepEqual([code, network?.harmless], expected.length === 0 ? [0, true] : [1, false]);
}

/** Bindings to ClusterRoles that never were are left out on purpose (cilium 20). */
function isMissed(object: string): boolean {
  return !['ClusterRoleBinding hubble-generate-certs', 'ClusterRoleBinding hubble-relay'].includes(object);
}

async function diff(cni: Cni, name: string) {
  const { network, cluster, seed, observed, gatesText } = readRecording(cni, name);
  const list = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const files = {
    'in.json': list([network, cluster, ...seed]),
    'shoot.json': list(observed.known ? observed.value : []),
  };
  const gates = gatesText === '' ? [] : ['--feature-gates', gatesText];
  const shoot = observed.known ? ['--shoot-objects', 'shoot.json'] : [];
  const argv = ['diff', '-f', 'in.json', '-o', 'json', ...gates, ...shoot];
  const { code, stdout, stderr } = await runInFolder({ argv, files });
  assert.equal(stderr, '');
  return { code, network: (JSON.parse(stdout) as DiffOutput).networks[0] };
}
