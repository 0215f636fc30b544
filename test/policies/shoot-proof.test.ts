/** Proves for every golden that Gardener's policies and ours open the traffic of the CNI's components, and nothing else to them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { calico } from '../../pkg/calico/plan.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import { plannedObjects } from '../../pkg/network/plan.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import type { Cni } from '../../pkg/networkpolicy/cni.ts';
import { readCases } from '../support/plan-goldens.ts';
import { planTools } from '../support/planning.ts';
import { calicoClosed, calicoFlows, ciliumClosed, ciliumFlows, type FlowRow, openWithoutNeed } from './flows.ts';
import {
  closedRows,
  createScene,
  decide,
  type Scene,
  usedPolicies,
  withoutLabel,
  withoutPolicy,
} from './shoot-proof.ts';

const root = path.join(import.meta.dirname, '../..');

function scenesOf(cni: Cni, plugin: NetworkPlugin): readonly { readonly name: string; readonly scene: Scene }[] {
  const cases = readCases({ folder: path.join(root, 'pkg', cni, 'testdata/plan'), plugin, tools: planTools() });
  return cases.flatMap(({ name, result }) => {
    if (result.outcome !== 'planned') return [];
    const { managedResource, status } = result.plan;
    const objects = plannedObjects(managedResource);
    return [true, false].map((knowsRanges) => ({
      name: `${name}, ${knowsRanges ? 'with' : 'without'} ranges`,
      scene: createScene({ cni, families: status.ipFamilies, objects, knowsRanges }),
    }));
  });
}

for (const { cni, plugin, flows, closed } of [
  { cni: 'calico', plugin: calico as NetworkPlugin, flows: calicoFlows, closed: calicoClosed },
  { cni: 'cilium', plugin: cilium as NetworkPlugin, flows: ciliumFlows, closed: ciliumClosed },
] as const)
  describe(`policies in kube-system of shoots with ${cni}`, () => {
    const scenes = scenesOf(cni, plugin);

    test('every needed flow is open in every golden, also without the label to-public-networks', () => {
      for (const { name, scene } of scenes) {
        assert.deepEqual(closedRows(scene, flows), [], name);
        assert.deepEqual(closedRows(withoutPolicy(scene, openWithoutNeed), flows), [], name);
      }
    });

    test('every row of the table applies to a golden', () => {
      const applied = new Set(
        scenes.flatMap(({ scene }) => decide(scene, [...flows, ...closed]).map(({ row }) => row)),
      );
      const unused = [...flows, ...closed].filter((row) => !applied.has(row));
      assert.deepEqual(unused, []);
    });

    test('a flow that nobody needs is closed, or open by to-public-networks alone', () => {
      const opened = new Set<string>();
      for (const { name, scene } of scenes) {
        assert.deepEqual(openRows(withoutPolicy(scene, openWithoutNeed), closed), [], name);
        for (const row of openRows(scene, closed)) opened.add(row.replace(/ \(.*/, ''));
      }
      assert.deepEqual([...opened].sort(), surplus[cni]);
    });

    test('without any policy that admits a needed flow, a flow closes by its name', () => {
      const closing = new Map<string, string>();
      for (const { scene } of scenes) {
        const strict = withoutPolicy(scene, openWithoutNeed);
        for (const policy of usedPolicies(strict, flows)) {
          const [lost] = closedRows(withoutPolicy(strict, policy), flows);
          if (lost !== undefined) closing.set(policy, lost.replace(/ \(.*/, ''));
        }
      }
      assert.deepEqual(Object.fromEntries(closing), firstClosed[cni]);
      const all = new Set(scenes.flatMap(({ scene }) => scene.policies.map((policy) => policy.name)));
      const spare = [...all].filter((policy) => !closing.has(policy));
      assert.deepEqual(spare, withoutUse[cni]);
    });

    test('without any label by which policies admit the flows of a component, one of its flows closes by its name', () => {
      const checked = new Set<string>();
      for (const { scene } of scenes) {
        const strict = withoutPolicy(scene, openWithoutNeed);
        for (const { pod, label } of usedLabels(strict, flows)) {
          const lost = closedRows(withoutLabel(strict, pod, label), flows);
          assert.ok(
            lost.some((row) => row.includes(pod)),
            `${pod} without ${label} loses ${lost.join()}`,
          );
          checked.add(`${pod}: ${label}`);
        }
      }
      assert.deepEqual([...checked].sort(), labels[cni]);
    });
  });

function openRows(scene: Scene, rows: readonly FlowRow[]): readonly string[] {
  return decide(scene, rows).flatMap(({ name, verdict }) => (verdict.allowed ? [name] : []));
}

/** The labels of pods of the CNI, by which rules that admit needed flows select them. */
function usedLabels(
  scene: Scene,
  rows: readonly FlowRow[],
): readonly { readonly pod: string; readonly label: string }[] {
  const found = new Map<string, { readonly pod: string; readonly label: string }>();
  for (const { row, verdict } of decide(scene, rows))
    for (const { policy, rule, peer = -1 } of [...verdict.egress.allowedBy, ...verdict.ingress.allowedBy]) {
      const isEgress = verdict.egress.allowedBy.some((one) => one.policy === policy);
      const [self, other] = isEgress ? [row.from, row.to] : [row.to, row.from];
      const peers = (isEgress ? policy.egress : policy.ingress)?.[rule]?.peers[peer];
      const selectors = [
        [self, policy.podSelector] as const,
        ...(peers !== undefined && 'podSelector' in peers && peers.podSelector
          ? [[other, peers.podSelector] as const]
          : []),
      ];
      const used = selectors.flatMap(([pod, { matchLabels = {}, matchExpressions = [] }]) =>
        [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)].map((label) => ({ pod, label })),
      );
      for (const one of used) found.set(`${one.pod} ${one.label}`, one);
    }
  return [...found.values()];
}

/** Open by to-public-networks alone. In Calico that policy opens all addresses, in Cilium those outside of the cluster. */
const surplus: Readonly<Record<Cni, readonly string[]>> = {
  calico: [
    'calico-kube-controllers → application 8080/TCP',
    'calico-kube-controllers → other node 10250/TCP',
    'calico-kube-controllers → outside 80/TCP',
    'calico-node-vertical-autoscaler → application 8080/TCP',
    'calico-node-vertical-autoscaler → other node 10250/TCP',
    'calico-node-vertical-autoscaler → outside 80/TCP',
    'calico-typha-horizontal-autoscaler → application 8080/TCP',
    'calico-typha-horizontal-autoscaler → other node 10250/TCP',
    'calico-typha-horizontal-autoscaler → outside 80/TCP',
    'calico-typha-vertical-autoscaler → application 8080/TCP',
    'calico-typha-vertical-autoscaler → other node 10250/TCP',
    'calico-typha-vertical-autoscaler → outside 80/TCP',
  ],
  cilium: ['hubble-generate-certs → outside 80/TCP', 'hubble-relay → outside 80/TCP', 'hubble-ui → outside 80/TCP'],
};

/** The first flow that closes without each policy. */
const firstClosed: Readonly<Record<Cni, Readonly<Record<string, string>>>> = {
  calico: {
    'gardener.cloud--allow-dns': 'calico-typha-horizontal-autoscaler → coredns 8053/UDP',
    'gardener.cloud--allow-to-apiserver': 'calico-typha-horizontal-autoscaler → API server 443/TCP',
    'gardener.cloud--allow-to-dns': 'calico-typha-horizontal-autoscaler → coredns 8053/UDP',
    'gardener.cloud--allow-vpn': 'vpn-shoot → calico-node 9091/TCP',
  },
  cilium: {
    'gardener.cloud--allow-dns': 'application → coredns 8053/UDP',
    'gardener.cloud--allow-dns-from-remote-nodes': 'other node → coredns 8053/UDP',
    'gardener.cloud--allow-hubble-relay-from-hubble-ui': 'hubble-ui → hubble-relay 4245/TCP',
    'gardener.cloud--allow-hubble-relay-to-peers': 'hubble-relay → own node 4244/TCP',
    'gardener.cloud--allow-hubble-ui-to-hubble-relay': 'hubble-ui → hubble-relay 4245/TCP',
    'gardener.cloud--allow-to-apiserver': 'hubble-ui → API server 443/TCP',
    'gardener.cloud--allow-to-dns': 'node-local-dns → coredns 8053/UDP',
    'gardener.cloud--allow-vpn': 'vpn-shoot → cilium 9090/TCP',
    nodelocaldns: 'application → node-local-dns 53/UDP',
  },
};

/**
 * Policies on which no flow depends: those of Gardener for other components, and that of Typha, which is in the network of its node like
 * calico-node, where no policy selects it.
 */
const withoutUse: Readonly<Record<Cni, readonly string[]>> = {
  calico: [
    'gardener.cloud--deny-all',
    'gardener.cloud--allow-to-kubelet',
    'gardener.cloud--allow-to-public-networks',
    'gardener.cloud--allow-from-seed',
    'gardener.cloud--allow-from-calico-node',
  ],
  cilium: [
    'gardener.cloud--deny-all',
    'gardener.cloud--allow-to-kubelet',
    'gardener.cloud--allow-to-public-networks',
    'gardener.cloud--allow-from-seed',
  ],
};

/** The labels on which flows depend. */
const labels: Readonly<Record<Cni, readonly string[]>> = {
  calico: [
    ...[
      'kube-controllers',
      'node-vertical-autoscaler',
      'typha-horizontal-autoscaler',
      'typha-vertical-autoscaler',
    ].flatMap((name) => ['apiserver', 'dns'].map((to) => `calico-${name}: networking.gardener.cloud/to-${to}`)),
    'coredns: k8s-app',
    'vpn-shoot: app',
  ],
  cilium: [
    'coredns: k8s-app',
    'hubble-generate-certs: networking.gardener.cloud/to-apiserver',
    'hubble-generate-certs: networking.gardener.cloud/to-dns',
    'hubble-relay: k8s-app',
    'hubble-relay: networking.gardener.cloud/to-dns',
    'hubble-ui: k8s-app',
    'hubble-ui: networking.gardener.cloud/to-apiserver',
    'hubble-ui: networking.gardener.cloud/to-dns',
    'node-local-dns: k8s-app',
    'node-local-dns: networking.gardener.cloud/to-dns',
    'vpn-shoot: app',
  ],
};
