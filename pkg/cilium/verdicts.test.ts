/** Tests of the fixes that affect plans; warnings.test.ts tests the warnings. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { planTools } from '../../test/support/planning.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import { describe } from '../network/diagnostics.ts';
import { planNetwork } from '../network/plan.ts';
import type { NetworkPlan } from '../network/plugin.ts';
import type { Verdicts } from '../network/verdicts.ts';
import { cilium } from './plan.ts';
import { type Demo, demoInput, plannedConfig, plannedObjects, runningConfig } from './testdata/demo.ts';
import { ciliumVerdicts } from './verdicts.ts';

const tools = planTools();
const on = { enabled: true };
const off = { enabled: false };
const unreachable = { available: false, reason: 'connection refused' } as const;

function planned(given: Demo): NetworkPlan {
  const result = planNetwork(cilium, demoInput(given), tools);
  assert.ok(result.outcome === 'planned', result.diagnostics.map(describe).join('\n'));
  return result.plan;
}

function object(plan: NetworkPlan, name: string): KubeObject | undefined {
  return plannedObjects(plan).find((one) => describeObject(one) === name);
}

interface Listener {
  readonly address: { readonly socketAddress: { readonly address: string } };
  readonly additionalAddresses?: readonly Pick<Listener, 'address'>[];
}

function envoyListeners(plan: NetworkPlan): readonly Listener[] {
  const data = recordOf(object(plan, 'ConfigMap kube-system/cilium-envoy-config')?.['data']);
  return JSON.parse(String(data['bootstrap-config.json'])).staticResources.listeners;
}

/** Returns the init containers and the containers of agents. */
function agentContainers(plan: NetworkPlan): readonly (readonly unknown[])[] {
  const spec = recordOf(recordOf(recordOf(object(plan, 'DaemonSet kube-system/cilium')?.['spec'])['template'])['spec']);
  return [spec['initContainers'], spec['containers']].map((list) => (Array.isArray(list) ? list : []));
}

/** Other fixes, and where they are tested. */
const elsewhere: Readonly<Record<string, string>> = {
  4: 'plans are pure: properties.slow.test.ts',
  11: 'nodelocaldns/node-local-dns.test.ts',
  16: '../network/admission.test.ts',
  17: 'charts/gardener-extension-networking',
  23: 'documents with a key twice: pkg/templates',
  24: 'deletion: controllers/network',
  25: 'the watches of the controller: controllers/network',
  34: 'charts/gardener-extension-networking',
  29: 'render/label-prefixes.test.ts',
  48: 'changes.test.ts',
  49: 'changes.test.ts',
  44: '../../charts/cilium/scripts/scripts.io.test.ts',
  38: 'render/agent-config.slow.test.ts',
};

const fixes: Readonly<Record<string, () => void>> = {
  1() {
    const config = plannedConfig(planned({ config: { overlay: on, egressGateway: on } }));
    assert.equal(config['enable-egress-gateway'], 'true');
    assert.ok(!('enable-ipv4-egress-gateway' in config));
  },
  2() {
    const present = { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } as const;
    assert.equal(plannedConfig(planned({ shoot: unreachable, currentObjects: present }))['ipam'], 'cluster-pool');
    assert.deepEqual(planned({ shoot: unreachable, currentObjects: present }).status.state, { ipam: 'cluster-pool' });
  },
  3() {
    const first = planned({});
    const second = planned({ shoot: { available: true, value: plannedObjects(first) } });
    assert.deepEqual(plannedObjects(second), plannedObjects(first));
  },
  5() {
    const config = plannedConfig(
      planned({ families: ['IPv6'], kubeProxy: true, config: { overlay: off }, status: { networking: null } }),
    );
    assert.equal(config['ipv6-native-routing-cidr'], '2001:db8:1::/48');
    const waiting = demoInput({
      families: ['IPv4', 'IPv6'],
      kubeProxy: true,
      config: { overlay: off },
      status: { networking: null },
    });
    assert.equal(planNetwork(cilium, waiting, tools).outcome, 'waiting');
  },
  6() {
    const config = plannedConfig(planned({ families: ['IPv6', 'IPv4'], config: { overlay: off } }));
    assert.equal(config['ipv4-native-routing-cidr'], '100.64.0.0/12');
    assert.equal(config['ipv6-native-routing-cidr'], '2001:db8:1::/48');
  },
  7() {
    const encryption = { ...on, mode: 'wireguard', strictMode: true };
    const first = plannedConfig(planned({ families: ['IPv6', 'IPv4'], config: { encryption } }));
    assert.equal(first['encryption-strict-egress-cidr'], '100.64.0.0/12');
    const alone = plannedConfig(planned({ families: ['IPv6'], config: { encryption } }));
    assert.deepEqual(
      Object.keys(alone).filter((key) => key.includes('strict')),
      [],
    );
  },
  8() {
    for (const mode of ['ipsec', 'foo', '', null]) {
      const result = planNetwork(cilium, demoInput({ config: { encryption: { ...on, mode } } }), tools);
      assert.equal(result.outcome, 'refused');
      assert.deepEqual(
        result.diagnostics.map(({ path: where }) => where),
        ['spec.providerConfig.encryption.mode'],
      );
    }
  },
  9() {
    const empty = demoInput({});
    const network = { ...empty.network, spec: { ...empty.network.spec, ipFamilies: [] } };
    assert.deepEqual(planNetwork(cilium, { ...empty, network }, tools), planNetwork(cilium, empty, tools));
  },
  10() {
    const config = { loadBalancingMode: 'dsr', overlay: off };
    assert.equal(plannedConfig(planned({ families: ['IPv6'], config }))['bpf-lb-mode'], 'dsr');
  },
  13() {
    const variables = (given: Demo): unknown =>
      JSON.stringify(object(planned(given), 'DaemonSet kube-system/cilium')?.['spec']).match(
        /"name":"[A-Z]+_CIDR","value":"[^"]*"/g,
      );
    const config = { snatOutOfCluster: on };
    assert.deepEqual(variables({ config, spec: { networking: {} } }), ['"name":"POD_CIDR","value":"100.64.0.0/12"']);
    assert.deepEqual(variables({ config }), [
      '"name":"POD_CIDR","value":"100.64.0.0/12"',
      '"name":"NODE_CIDR","value":"10.250.0.0/16"',
    ]);
  },
  14() {
    for (const more of [{ snatOutOfCluster: on }, { enableBPFMasquerade: false }, { enableIpv4Masquerade: false }])
      assert.ok(
        !('enable-egress-gateway' in plannedConfig(planned({ config: { overlay: on, egressGateway: on, ...more } }))),
      );
  },
  18() {
    assert.deepEqual(planned({ families: ['IPv6', 'IPv4'] }).status.ipFamilies, ['IPv6', 'IPv4']);
  },
  19() {
    const dead = ['arping-refresh-period', 'enable-api-rate-limit', 'enable-session-affinity', 'tofqdns-enable-poller'];
    const config = plannedConfig(planned({ config: { hubble: on } }));
    assert.deepEqual(
      dead.filter((key) => key in config),
      [],
    );
  },
  20() {
    const objects = plannedObjects(planned({ config: { hubble: on } }));
    const roles = objects.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name);
    for (const binding of objects.filter(({ kind }) => kind === 'ClusterRoleBinding'))
      assert.ok(roles.includes((binding['roleRef'] as { readonly name: string }).name), binding.metadata.name);
  },
  22() {
    // Also render/certgen.test.ts.
    const plan = planned({ config: { hubble: on } });
    assert.doesNotMatch(JSON.stringify(object(plan, 'CronJob kube-system/hubble-generate-certs')), /--ca-reuse-secret/);
    const job = object(plan, 'Job kube-system/hubble-generate-certs');
    assert.match(JSON.stringify(job), /"--ca-reuse-secret"/);
  },
  32() {
    const relay = object(planned({ config: { hubble: on } }), 'ConfigMap kube-system/hubble-relay-config');
    assert.match(
      (relay?.['data'] as Readonly<Record<string, string>> | undefined)?.['config.yaml'] ?? '',
      /^disable-server-tls: true$/m,
    );
  },
  30() {
    const plan = planned({ config: { bgpControlPlane: on } });
    assert.equal(plannedConfig(plan)['bgp-secrets-namespace'], 'cilium-bgp-secrets');
    assert.equal(plannedConfig(planned({}))['bgp-secrets-namespace'], undefined);
    assert.deepEqual(object(plan, 'Namespace cilium-bgp-secrets')?.metadata.annotations, {
      'resources.gardener.cloud/keep-object': 'true',
    });
    // No Secret outside of that namespace is readable.
    const readers = plannedObjects(plan).filter((one) => JSON.stringify(one['rules'] ?? '').includes('"secrets"'));
    assert.deepEqual(readers.map(describeObject), ['Role cilium-bgp-secrets/cilium-bgp-secrets']);
    const binding = object(plan, 'RoleBinding cilium-bgp-secrets/cilium-bgp-secrets');
    assert.deepEqual(
      (binding?.['subjects'] as readonly { readonly name: string }[] | undefined)?.map(({ name }) => name),
      ['cilium', 'cilium-operator'],
    );
  },
  35() {
    assert.equal(plannedConfig(planned({ config: { enableIpv4Masquerade: false } }))['enable-bpf-masquerade'], 'false');
  },
  36() {
    assert.equal(
      plannedConfig(planned({ config: { tunnel: 'disabled' } }))['ipv4-native-routing-cidr'],
      '100.64.0.0/12',
    );
  },
  37() {
    assert.equal(plannedConfig(planned({ config: { loadBalancingMode: 'hybrid' } }))['bpf-lb-mode'], 'snat');
  },
  39() {
    const underlay = (given: Demo) => plannedConfig(planned(given))['underlay-protocol'];
    assert.equal(underlay({ families: ['IPv6'] }), 'ipv6');
    for (const given of [{}, { families: ['IPv4', 'IPv6'] }, { families: ['IPv6'], config: { overlay: off } }])
      assert.equal(underlay(given), undefined);
  },
  40() {
    const detection = (devices: readonly string[]) =>
      plannedConfig(planned({ config: { devices } }))['force-device-detection'];
    assert.deepEqual([detection(['!eth1']), detection(['!eth1', '!eth2+'])], ['true', 'true']);
    assert.deepEqual(
      [detection([]), detection(['eth0']), detection(['eth0', '!eth1'])],
      [undefined, undefined, undefined],
    );
  },
  41() {
    for (const [families, first, more] of [
      [['IPv4'], ['0.0.0.0', '127.0.0.1'], []],
      [['IPv6'], ['::', '::1'], []],
      [
        ['IPv4', 'IPv6'],
        ['0.0.0.0', '127.0.0.1'],
        ['::', '::1'],
      ],
    ] as const) {
      const listeners = envoyListeners(planned({ families }));
      assert.deepEqual(
        listeners.map(({ address }) => address.socketAddress.address),
        first,
      );
      assert.deepEqual(
        listeners
          .flatMap(({ additionalAddresses = [] }) => additionalAddresses)
          .map((one) => one.address.socketAddress.address),
        more,
      );
    }
  },
  42() {
    const encryption = { ...on, mode: 'wireguard', strictMode: true };
    const plan = planned({
      podCIDR: '100.64.0.5/12',
      config: { encryption, overlay: off, snatOutOfCluster: on },
      spec: { networking: { pods: '100.64.0.7/12', nodes: '10.250.0.9/16' } },
    });
    const config = plannedConfig(plan);
    assert.equal(config['encryption-strict-egress-cidr'], '100.64.0.0/12');
    assert.equal(config['ipv4-native-routing-cidr'], '100.64.0.0/12');
    assert.match(JSON.stringify(plannedObjects(plan)), /"100\.64\.0\.0\/12".*"10\.250\.0\.0\/16"/);
    assert.doesNotMatch(JSON.stringify(plannedObjects(plan)), /100\.64\.0\.[57]|10\.250\.0\.9/);
    const shoot = { available: true, value: [runningConfig({ ipam: 'cluster-pool' })] } as const;
    assert.equal(
      plannedConfig(planned({ podCIDR: '100.64.0.5/12', shoot }))['cluster-pool-ipv4-cidr'],
      '100.64.0.0/12',
    );
  },
  43() {
    const skip = (createPodRoutes: boolean) =>
      plannedConfig(planned({ config: { overlay: { enabled: false, createPodRoutes } } }))[
        'direct-routing-skip-unreachable'
      ];
    assert.deepEqual([skip(true), skip(false)], ['true', 'false']);
  },
  45() {
    const plan = planned({ config: { hubble: on } });
    const role = (name: string): string => JSON.stringify(object(plan, `ClusterRole ${name}`));
    assert.match(role('cilium-operator'), /"ciliumendpointslices"\],"verbs":\["deletecollection"\]/);
    assert.doesNotMatch(role('cilium'), /deletecollection/);
    assert.doesNotMatch(role('hubble-ui'), /cilium\.io|networkpolicies/);
    const [inits = [], containers = []] = agentContainers(plan);
    assert.deepEqual(
      [inits, containers].map((list) => list.filter((one) => /SYSLOG/.test(JSON.stringify(one))).length),
      [0, 1],
    );
  },
  46() {
    const [inits = []] = agentContainers(planned({}));
    assert.ok(inits.length > 5 && !inits.some((one) => /build-config/.test(JSON.stringify(one))));
  },
  47() {
    const devices = (list: readonly string[]) => plannedConfig(planned({ config: { devices: list } }))['devices'];
    assert.equal(devices(['a,b', 'c']), 'a b c');
    assert.equal(devices(['a,,b']), 'a b');
    assert.equal(devices([',']), undefined);
  },
  50() {
    const config = plannedConfig(planned({ config: { encryption: { ...on, mode: 'wireguard', strictMode: true } } }));
    assert.deepEqual(
      Object.entries(config).filter(([key]) => key.includes('strict')),
      [
        ['enable-encryption-strict-mode-egress', 'true'],
        ['encryption-strict-egress-allow-remote-node-identities', 'true'],
        ['encryption-strict-egress-cidr', '100.64.0.0/12'],
      ],
    );
  },
  51() {
    const workers = [{ name: 'a', controlPlane: {} }, { name: 'b' }];
    const selfHosted = { spec: { dns: { domain: 'x.example.com' }, provider: { workers } } };
    const urls = (demo: Demo) => plannedConfig(planned(demo))['k8s-api-server-urls'];
    const status = { advertisedAddresses: [] };
    assert.equal(urls({ ...selfHosted, status }), 'https://localhost:443,https://api.x.example.com:443');
    assert.equal(urls(selfHosted), 'https://localhost:443,https://api.demo.example.com:443');
    assert.deepEqual([urls({ ...selfHosted, kubeProxy: true }), urls({})], [undefined, undefined]);
  },
};

for (const [id, check] of Object.entries(fixes)) {
  const verdict: Verdicts[string] | undefined = (ciliumVerdicts as Verdicts)[id];
  test(`cilium ${id}: ${verdict?.what ?? 'no such verdict'}`, check);
}

test('each fix has a test here or elsewhere', () => {
  const fixed = Object.entries(ciliumVerdicts).flatMap(([id, { decision }]) => (decision === 'fix' ? [id] : []));
  assert.deepEqual([...Object.keys(fixes), ...Object.keys(elsewhere)].sort(), fixed.sort());
  for (const place of Object.values(elsewhere)) {
    const file = /[./a-z-]+\.test\.ts$/.exec(place)?.[0];
    if (file !== undefined) assert.ok(existsSync(path.join(import.meta.dirname, file)), file);
  }
});

test('every template of Cilium is used', () => {
  const plan = planned({
    config: { hubble: on, bgpControlPlane: on, gatewayAPI: on },
    featureGates: { CiliumGatewayAPI: true },
    spec: { systemComponents: { nodeLocalDNS: on }, networking: { nodes: '10.250.0.0/16' } },
  });
  const charts = path.join(import.meta.dirname, '../../charts/cilium');
  const templates = readdirSync(charts, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.hbs'));
  assert.equal(
    templates.length,
    plannedObjects(plan).length + 1,
    'all but the webhook are in the first ManagedResource',
  );
});
