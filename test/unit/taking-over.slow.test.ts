/**
 * `netext diff` over the shoots of the Go extensions, which is what an operator runs before switching to this extension: no object is recreated but a
 * Job of another image, and no value of a running data path changes. test/integration/takeover.integration.test.ts does a part of this on real API servers.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import { describeObject } from '../../pkg/gardener/objects.ts';
import { type Cni, cnis, type ParityCase, readCase, readCases } from '../parity/cases.ts';
import { type EarlierState, earlierState } from '../parity/earlier-state.ts';
import { hasReference } from '../parity/reference/files.ts';
import { recordedState } from '../parity/reference/state.ts';
import { run } from '../parity/rendering.ts';
import { readPage } from '../support/usage-docs.ts';

/** Changes of the data path on purpose: what the Go extension renders there cannot run, or has no effect. Keyed by case, with ends of paths. */
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
  // cilium 36: agents exit without the range.
  'cilium 09-tunnel-disabled-alone': ['data.ipv4-native-routing-cidr'],
  // cilium 1: the egress gateway that the user enabled, under the key that Cilium reads.
  'cilium 15-egress-gateway': ['data.enable-egress-gateway'],
  // cilium 9: agents without any IP family.
  'cilium 33-ip-families-empty': [
    'data.enable-bpf-masquerade',
    'data.enable-ipv4',
    'data.enable-ipv4-masquerade',
    'data.ipv4-native-routing-cidr',
    'data.k8s-require-ipv4-pod-cidr',
  ],
  // cilium 37: agents exit in a tunnel with this mode.
  'cilium 37-all-fields': ['data.bpf-lb-mode'],
};

/** Refused because its mode cannot work (cilium 8); the shoot stays as it is. */
const refused: readonly string[] = ['cilium 27-encryption-ipsec'];

/** Bindings to ClusterRoles that do not exist (cilium 20), and an immutable file that has a new name (cilium 29). */
const removed: readonly string[] = [
  'ClusterRoleBinding hubble-generate-certs',
  'ClusterRoleBinding hubble-relay',
  'ConfigMap kube-system/label-prefix-conf',
];

/** A Job with the image of a later patch release. It is deleted and created, since Jobs are immutable. */
const repeatedJob = 'Job kube-system/hubble-generate-certs';

const sources: Readonly<Record<string, (parityCase: ParityCase) => EarlierState | Promise<EarlierState>>> = {
  'objects of the Go extension': earlierState,
  // The recorded objects themselves: other orders and notations of the same values.
  ...(hasReference ? { 'recorded objects of the Go extension': recordedState } : {}),
};

for (const [source, stateFor] of Object.entries(sources)) {
  for (const cni of cnis) {
    suite(`netext diff on ${source}, ${cni}`, () => {
      for (const parityCase of reconciled(cni))
        test(parityCase.name, async () => assertHarmless(await stateFor(parityCase)));
    });
  }

  test(`taking-over.md names the workloads that roll, from ${source}`, async () => {
    const { text } = readPage(path.join(import.meta.dirname, '../..'), 'docs/operations/taking-over.md');
    const documented = Array.from(
      text.matchAll(/^\| (\w+) `([^`]+)` +\| (once|no)\b/gm),
      ([, kind, name, rolls]) => `${kind} ${name}: ${rolls}`,
    );
    const seen = new Map<string, string>();
    for (const [cni, name] of withEveryWorkload) {
      for (const [workload, rolls] of await workloadRolls(await stateFor(readCase(cni, name))))
        if (seen.get(workload) !== 'once') seen.set(workload, rolls);
    }
    assert.deepEqual(documented.sort(), [...seen].map((row) => row.join(': ')).sort());
  });
}

test('each exception is a case', () => {
  const all = cnis.flatMap((cni) => reconciled(cni).map(({ name }) => `${cni} ${name}`));
  const exceptions = [...Object.keys(repaired), ...refused];
  assert.deepEqual(
    exceptions.filter((one) => !all.includes(one)),
    [],
  );
});

/** Together they have every workload; none of them is an exception above. */
const withEveryWorkload: readonly (readonly [Cni, string])[] = [
  ['calico', '01-defaults-no-providerconfig'],
  ['calico', '36-multus-with-cni-plugins'],
  ['cilium', '01-defaults-no-providerconfig'],
  ['cilium', '02-readme-example-hubble'],
];

function reconciled(cni: Cni): readonly ParityCase[] {
  return readCases(cni).filter((one) => one.refused === undefined);
}

async function assertHarmless(state: EarlierState): Promise<void> {
  const { code, network } = await diff(state);
  const title = `${state.parityCase.cni} ${state.parityCase.name}`;
  if (refused.includes(title)) {
    assert.deepEqual([code, network?.outcome], [1, 'refused']);
    return;
  }
  const changes = network?.changes ?? [];
  const immutable = changes.filter((change) => change.immutable !== undefined).map(({ object }) => object);
  assert.deepEqual(
    immutable.filter((object) => object !== repeatedJob),
    [],
  );
  const lost = changes.filter(({ change, object }) => change === 'removed' && !removed.includes(object));
  assert.deepEqual(lost, []);
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

/** Each object with pods, and whether its pods are replaced, or run again, once. */
async function workloadRolls(
  state: EarlierState,
): Promise<readonly (readonly [workload: string, rolls: 'once' | 'no'])[]> {
  const { network } = await diff(state);
  const changes = network?.changes ?? [];
  const changed = new Set(changes.map(({ object }) => object));
  const replaced = new Set(
    changes.filter(({ roll, immutable }) => (roll ?? immutable) !== undefined).map(({ object }) => object),
  );
  return state.objects
    .filter(({ kind }) => ['DaemonSet', 'Deployment', 'StatefulSet', 'Job', 'CronJob'].includes(kind))
    .map((object) => {
      const name = describeObject(object);
      const rolls = replaced.has(name) || (object.kind === 'CronJob' && changed.has(name));
      return [`${object.kind} ${object.metadata.name}`, rolls ? 'once' : 'no'];
    });
}

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

async function diff({ parityCase, seed }: EarlierState) {
  const { code, stdout, stderr } = await run(parityCase, ['diff', '-o', 'json'], seed);
  assert.equal(stderr, '');
  return { code, network: (JSON.parse(stdout) as DiffOutput).networks[0] };
}
