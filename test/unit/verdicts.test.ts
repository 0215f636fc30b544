/** The registry of verdicts agrees with the code: warnings have rules, deviations from the Go extensions have reasons, and each fix has a test. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { calico } from '../../pkg/calico/plan.ts';
import { type Demo, demoInput, ranges } from '../../pkg/calico/testdata/demo.ts';
import { calicoVerdicts } from '../../pkg/calico/verdicts.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import { ciliumVerdicts } from '../../pkg/cilium/verdicts.ts';
import { describeObject, isRecord } from '../../pkg/gardener/objects.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { describe } from '../../pkg/network/diagnostics.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import type { NetworkPlan, NetworkPlugin, PlanInput } from '../../pkg/network/plugin.ts';
import type { Verdicts } from '../../pkg/network/verdicts.ts';
import { readDeviations } from '../parity/deviations.ts';
import { planInput, planTools } from '../support/planning.ts';

const root = path.join(import.meta.dirname, '../..');
const tools = planTools();

const registries: Readonly<Record<string, { readonly verdicts: Verdicts; readonly plugin: NetworkPlugin }>> = {
  calico: { verdicts: calicoVerdicts, plugin: calico },
  cilium: { verdicts: ciliumVerdicts, plugin: cilium },
};

for (const [cni, { verdicts, plugin }] of Object.entries(registries)) {
  test(`each ${cni} verdict with a warning has a rule, and each rule that names a verdict has one`, () => {
    const named = Object.values(plugin.rules).flatMap(({ verdict }) => (verdict === undefined ? [] : [verdict]));
    const warned = Object.keys(verdicts).filter((id) => verdicts[id]?.decision === 'warn');
    for (const id of warned) assert.ok(named.includes(`${cni} ${id}`), `no rule for ${cni} ${id}`);
    for (const name of named) {
      const [owner, id = ''] = name.split(' ');
      assert.equal(owner, cni);
      assert.ok(verdicts[id] !== undefined && verdicts[id].decision !== 'keep', `${name} needs no diagnostic`);
    }
  });

  test(`${cni} verdicts are sentences`, () => {
    for (const [id, { what }] of Object.entries(verdicts)) assert.match(what, /^\S.*[^.]\.$/, id);
  });
}

test('each deviation from the Go extensions has a verdict to fix as its reason, in the words of the registry', () => {
  const deviations = readDeviations();
  assert.ok(deviations.length > 0);
  for (const { cni, reason } of deviations) {
    const [, id = ''] = /^\w+ (\w+): /.exec(reason) ?? [];
    const verdict = registries[cni]?.verdicts[id];
    assert.equal(verdict?.decision, 'fix', reason);
    assert.equal(reason, `${cni} ${id}: ${verdict.what}`);
  }
});

/** Calico fixes that do not show in a plan, and the place of their tests. */
const elsewhere: Readonly<Record<string, string>> = {
  B3: 'deletion and migration: controllers/network',
  B10: 'the watches of the controller: controllers/network',
  B12: 'pkg/network/admission.test.ts',
  B18: 'changes of running shoots: pkg/calico/warnings/warnings.test.ts',
  B20: 'changes of running shoots: pkg/calico/warnings/warnings.test.ts',
  B22: 'charts/calico/scripts/scripts.io.test.ts',
  B26: 'annotations of the Network: pkg/calico/shoot/restarts.test.ts',
  O14: 'one status patch at the end of a run: controllers/network',
  O18: 'one strict decoder: pkg/network/decode.ts has no twin',
};

const on = { enabled: true };
const off = { enabled: false };

const fixes: Readonly<Record<string, () => void>> = {
  B1() {
    const kubernetes = { version: '1.34.2', kubeProxy: { enabled: false, mode: 'IPTables' } };
    const plan = planned({ config: { ebpfDataplane: on }, spec: { kubernetes } });
    assert.equal(variables(plan)['FELIX_BPFKUBEPROXYIPTABLESCLEANUPENABLED'], 'true');
    assert.equal(variables(plan)['FELIX_NFTABLESMODE'], undefined);
  },
  B2() {
    for (const config of [{}, { overlay: on }, { overlay: off }]) {
      const expected = planText(planned({ config }));
      for (const ipFamilies of [[], undefined, null]) {
        const input = demoInput({ config });
        const network = { ...input.network, spec: { ...input.network.spec, ipFamilies } };
        assert.equal(planText(planned({ ...input, network } as PlanInput)), expected);
      }
    }
  },
  B4() {
    const [without, withBird] = [planned({}), planned({ config: { birdExporter: on } })];
    const bird = 'ScrapeConfig shoot-calico-bird';
    const created = (plan: NetworkPlan): readonly string[] =>
      plan.seedObjects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const removed = (plan: NetworkPlan): readonly string[] =>
      plan.obsoleteSeedObjects.map(({ kind, name }) => `${kind} ${name}`);
    assert.deepEqual([created(without).includes(bird), removed(without).includes(bird)], [false, true]);
    assert.deepEqual([created(withBird).includes(bird), removed(withBird).includes(bird)], [true, false]);
    const known = [...calico.seedObjectNames, ...calico.legacySeedObjectNames].map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    for (const name of [...created(withBird), 'ConfigMap calico-monitoring-config'])
      assert.ok(known.includes(name), name);
  },
  B25() {
    const typha = 'ScrapeConfig shoot-calico-typha';
    const without = planned({ config: { typha: off } });
    assert.ok(without.obsoleteSeedObjects.some(({ kind, name }) => `${kind} ${name}` === typha));
    assert.ok(!without.seedObjects.some(({ kind, metadata }) => `${kind} ${metadata.name}` === typha));
    assert.ok(planned({}).seedObjects.some(({ kind, metadata }) => `${kind} ${metadata.name}` === typha));
  },
  B5() {
    const plan = planned({ families: ['IPv6', 'IPv4'], config: { overlay: off } });
    assert.deepEqual(pools(plan), { 'default-ipv4-ippool': ranges.IPv4.pods, 'default-ipv6-ippool': ranges.IPv6.pods });
    assert.equal(variables(plan)['CALICO_IPV4POOL_CIDR'], ranges.IPv4.pods);
    assert.equal(variables(plan)['CALICO_IPV6POOL_CIDR'], ranges.IPv6.pods);
    assert.equal(variables(plan, 'add-snat-rule-to-upstream-dns')['POD_CIDR'], ranges.IPv4.pods);
  },
  B6() {
    const status = { networking: null };
    const alone = planned({ families: ['IPv6'], status });
    assert.deepEqual(pools(alone), { 'default-ipv6-ippool': ranges.IPv6.pods });
    // Beside the object of the pool the variable would be a mistake (B23).
    assert.ok(!('CALICO_IPV6POOL_CIDR' in variables(alone)));
    const both = planned({ families: ['IPv4', 'IPv6'], config: { overlay: off } });
    assert.equal(variables(both)['CALICO_IPV6POOL_CIDR'], ranges.IPv6.pods);
    const unknown = planned({ families: ['IPv4', 'IPv6'], config: { overlay: on }, status });
    assert.deepEqual(pools(unknown), { 'default-ipv4-ippool': ranges.IPv4.pods });
    assert.ok(!('CALICO_IPV6POOL_CIDR' in variables(unknown)));
  },
  B11() {
    const switching = (status: object, spec: object): PlanInput => ({
      ...demoInput({
        config: { overlay: off },
        spec: { kubernetes: { version: '1.36.0' }, ...spec },
        status: { ...status },
      }),
      featureGates: { SeamlessOverlaySwitch: true },
      shoot: { available: false, reason: 'not read' },
    });
    const unreadable = {
      ...switching({}, {}),
      currentObjects: { available: false, reason: 'a Secret is missing' },
    } as const;
    assert.equal(planNetwork(calico, unreadable, tools).outcome, 'waiting');
    const running = planned({ config: { overlay: on } }).managedResource.parts.flatMap(({ objects }) => objects);
    const present = { available: true, value: running.map(({ object }) => object) } as const;
    assert.equal(planNetwork(calico, { ...switching({}, {}), currentObjects: present }, tools).outcome, 'waiting');
    const hibernated = switching({ hibernated: true }, { hibernation: on });
    assert.equal(planNetwork(calico, { ...hibernated, currentObjects: present }, tools).outcome, 'planned');
  },
  B15() {
    const plan = planned({
      families: ['IPv4', 'IPv6'],
      config: { ipv4: { autoDetectionMethod: 'first-found' }, ipv6: { autoDetectionMethod: 'interface=a' } },
      spec: { networking: { nodes: '10.180.0.0/16' } },
      status: { networking: { nodes: ['10.180.0.0/16'], pods: [ranges.IPv6.pods] } },
    });
    assert.equal(variables(plan)['IP_AUTODETECTION_METHOD'], 'cidr=10.180.0.0/16');
    assert.equal(variables(plan)['IP6_AUTODETECTION_METHOD'], 'interface=a');
  },
  O1() {
    const resources = { node: { z: 1, cpu: 0, memory: '-1' }, typha: { x: 1, memory: 0 } };
    const config = { backend: 'x', ipv4: { autoDetectionMethod: 'eth0' }, autoScaling: { mode: 'static', resources } };
    const messages = (given: unknown): readonly string[] =>
      planNetwork(calico, demoInput({ config: given }), tools).diagnostics.map(describe);
    assert.equal(messages(config).length, 7);
    assert.deepEqual(messages(withReversedKeys(config)), messages(config));
  },
  O2() {
    const { diagnostics } = planNetwork(calico, demoInput({ config: { ipAutodetectionMethod: 'x' } }), tools);
    assert.deepEqual(
      diagnostics.map((one) => one.path),
      ['spec.providerConfig.ipAutodetectionMethod'],
    );
  },
  O5() {
    const inits = (createPodRoutes: boolean): readonly string[] =>
      containers(planned({ config: { overlay: { enabled: false, createPodRoutes } } }), 'initContainers').map(
        elementName,
      );
    assert.deepEqual([inits(true).includes('cleanup-routes'), inits(false).includes('cleanup-routes')], [false, true]);
  },
  O9() {
    for (const pool of ['ipip', 'vxlan', null]) {
      const plan = planned({ config: { overlay: on, vxlan: on, ipv4: { pool } } });
      const node = containers(plan, 'containers').find((one) => elementName(one) === 'calico-node');
      const names = list(node?.['env']).map(elementName);
      assert.equal(names.filter((name) => name === 'CALICO_IPV4POOL_IPIP').length, 1);
      assert.equal(variables(plan)['CALICO_IPV4POOL_IPIP'], 'Never');
    }
  },
  O13() {
    for (const spec of [{}, { networking: null }, { networking: [] }]) planned({ config: { overlay: off }, spec });
  },
  O17() {
    const documents = loadAll(readFileSync(path.join(root, 'example/20-network.yaml'), 'utf8'));
    planned(planInput(documents));
  },
  O20() {
    const plan = planned({});
    const data = createManagedResourceRenderer()({
      plan: plan.managedResource,
      namespace: 'shoot--team--demo',
    }).secret()['data'];
    assert.ok(isRecord(data));
    assert.ok(Object.keys(data).every((key) => key.endsWith('.br')));
    const stored = Object.values(data).reduce<number>((sum, text) => sum + String(text).length, 0);
    // The target for one Network (docs/design/performance.md#targets); the Go extension needs 472 kB.
    assert.ok(stored <= 20_000, `${stored} bytes, base64 included`);
  },
  B16() {
    for (const cidr of ['usePodCidr', 'USEPODCIDR']) {
      const text = planText(planned({ families: ['IPv6'], config: { ipam: { cidr } } }));
      assert.ok(text.includes('usePodCidrIPv6') && !/"usePodCidr\\?"/i.test(text));
    }
  },
  B21() {
    for (const config of [{}, { ebpfDataplane: on }]) {
      const node = containers(planned({ config }), 'containers').find((one) => elementName(one) === 'calico-node');
      const paths = list(node?.['volumeMounts']).map(({ mountPath }) => mountPath);
      assert.equal(paths.filter((one) => one === '/sys/fs/bpf').length, 1);
    }
    const plan = planned({ featureGates: { NonPrivilegedCalicoNode: true } });
    assert.ok(!planText(plan).includes('/sys/fs/bpf'));
  },
  B23() {
    const alone = variables(planned({ families: ['IPv6'] }));
    assert.equal(alone['NO_DEFAULT_POOLS'], 'true');
    assert.ok('FELIX_VXLANMTUV6' in alone && 'FELIX_WIREGUARDMTUV6' in alone);
    const ipv4 = variables(planned({}));
    assert.ok(!('NO_DEFAULT_POOLS' in ipv4) && !('FELIX_VXLANMTUV6' in ipv4));
  },
  B24() {
    const port = (controlPlane: object): unknown => {
      const provider = { workers: [{ name: 'w', ...controlPlane }] };
      const plan = planned({ config: { ebpfDataplane: on }, spec: { provider } });
      return variables(plan)['FELIX_BPFKUBEPROXYHEALTHZPORT'];
    };
    assert.deepEqual([port({}), port({ controlPlane: {} })], ['10257', '10268']);
  },
  O21() {
    const { status } = planned({ config: { overlay: on, vxlan: on, ebpfDataplane: on } });
    assert.deepEqual(status.providerStatus, {
      apiVersion: 'calico.networking.extensions.gardener.cloud/v1alpha1',
      kind: 'NetworkStatus',
      applied: {
        backend: 'vxlan',
        overlay: 'on',
        dataplane: 'ebpf',
        ipam: 'calico-ipam',
        autoScaling: 'cluster-proportional',
        podPaths: { IPv4: { addresses: 'blocks', routes: 'Felix', transport: 'VXLAN', reach: 'any network' } },
      },
    });
  },
};

for (const [id, check] of Object.entries(fixes)) {
  const verdict: Verdicts[string] | undefined = (calicoVerdicts as Verdicts)[id];
  test(`calico ${id}: ${verdict?.what ?? 'unknown verdict'}`, check);
}

test('each calico fix has a test here or elsewhere', () => {
  const fixed = Object.entries(calicoVerdicts).flatMap(([id, { decision }]) => (decision === 'fix' ? [id] : []));
  assert.deepEqual([...Object.keys(fixes), ...Object.keys(elsewhere)].sort(), fixed.sort());
});

type Plain = Readonly<Record<string, unknown>>;

function planned(given: Demo | PlanInput): NetworkPlan {
  const result = planNetwork(calico, 'network' in given ? given : demoInput(given), tools);
  assert.ok(result.outcome === 'planned', result.diagnostics.map(describe).join('\n'));
  return result.plan;
}

function planText(plan: NetworkPlan): string {
  return JSON.stringify([
    plan.managedResource.parts.map(({ objects }) => objects.map(({ json }) => json)),
    plan.status,
  ]);
}

/** The CIDR of each pool by name. */
function pools(plan: NetworkPlan): Plain {
  const objects = plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  const found = objects.filter(({ kind }) => kind === 'IPPool');
  return Object.fromEntries(found.map(({ metadata, spec }) => [metadata.name, isRecord(spec) ? spec['cidr'] : spec]));
}

function containers(plan: NetworkPlan, field: 'containers' | 'initContainers'): readonly Plain[] {
  const objects = plan.managedResource.parts.flatMap((part) => part.objects.map(({ object }) => object));
  const node = objects.find((one) => describeObject(one) === 'DaemonSet kube-system/calico-node');
  const template = isRecord(node?.['spec']) ? node['spec']['template'] : undefined;
  const pod = isRecord(template) ? template['spec'] : undefined;
  return isRecord(pod) ? list(pod[field]) : [];
}

/** The variables of a calico-node container; undefined for values that refer to other objects. */
function variables(plan: NetworkPlan, container = 'calico-node'): Plain {
  const found = containers(plan, 'containers').find((one) => elementName(one) === container);
  return Object.fromEntries(list(found?.['env']).map((one) => [elementName(one), one['value']]));
}

function list(value: unknown): readonly Plain[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function elementName(one: Plain): string {
  return String(one['name']);
}

/** A copy with the keys of every object in reverse order. */
function withReversedKeys(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, withReversedKeys(inner)]),
  );
}
