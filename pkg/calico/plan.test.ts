import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { planGoldens, readCases } from '../../test/support/plan-goldens.ts';
import { planTools } from '../../test/support/planning.ts';
import { isRecord } from '../gardener/objects.ts';
import { planNetwork } from '../network/plan.ts';
import type { PlanTools } from '../network/plugin.ts';
import { networkConfigSchema } from './api/config.ts';
import { calicoCompatibility } from './compatibility.ts';
import { calico } from './plan.ts';
import { demoInput } from './testdata/demo.ts';

const folder = path.join(import.meta.dirname, 'testdata/plan');
const plans = planGoldens({
  folder,
  plugin: calico,
  full: ['default', 'dual-stack-overlay-off', 'everything'],
});

/** The rendered objects by case; empty for cases without a plan. */
const manifests = plans.map(({ name, result }) => ({
  name,
  objects: result.outcome === 'planned' ? result.plan.managedResource.parts.flatMap((part) => part.objects) : [],
}));

test('the cases cover every option, and every value of enumerations', () => {
  const given = plans.flatMap(({ input }) => leaves(input.network.spec.providerConfig, ''));
  const wanted = options(z.toJSONSchema(networkConfigSchema, { io: 'input' }), '');
  assert.ok(wanted.length > 50, `${wanted.length} options and values`);
  for (const [option, value] of wanted) {
    const found = given.some(([where, what]) => where === option && (value === undefined || what === value));
    assert.ok(found, `no case has ${option}${value === undefined ? '' : `: ${JSON.stringify(value)}`}`);
  }
});

/** Returns the paths of all fields of a JSON Schema, with each value of an enumeration. */
function options(schema: unknown, where: string): readonly (readonly [string, string | undefined])[] {
  if (!isRecord(schema)) return [];
  const variants = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  const own = Array.isArray(schema['enum'])
    ? schema['enum'].map((value) => [where, String(value)] as const)
    : [[where, undefined] as const];
  const fields = isRecord(schema['properties']) ? Object.entries(schema['properties']) : [];
  return [
    ...(variants.length > 0 || where === '' ? [] : own),
    ...variants.filter((one) => isRecord(one) && one['type'] !== 'null').flatMap((one) => options(one, where)),
    ...fields.flatMap(([name, inner]) => options(inner, where === '' ? name : `${where}.${name}`)),
  ];
}

function leaves(value: unknown, where: string): readonly (readonly [string, unknown])[] {
  if (!isRecord(value)) return [[where, value]];
  return [
    [where, undefined] as const,
    ...Object.entries(value).flatMap(([key, inner]) => leaves(inner, where === '' ? key : `${where}.${key}`)),
  ];
}

test('the cases cover every template, and every condition with true and false', () => {
  const seen = new Map<string, Set<unknown>>();
  const rendered = new Set<string>();
  const real = planTools();
  const tools: PlanTools = {
    ...real,
    charts: {
      crds: (name) => real.charts.crds(name),
      render(name, view) {
        rendered.add(name);
        for (const [member, value] of Object.entries(view))
          if (typeof value === 'boolean') seen.set(member, (seen.get(member) ?? new Set()).add(value));
        return real.charts.render(name, view);
      },
    },
  };
  readCases({ folder, plugin: calico, tools });
  const charts = path.join(import.meta.dirname, '../../charts');
  const templates = readdirSync(path.join(charts, 'calico'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => `calico/${file.slice(0, -'.hbs'.length)}`);
  assert.deepEqual([...rendered].sort(), templates.sort());
  const conditions = templates.flatMap((name) =>
    [...readFileSync(path.join(charts, `${name}.hbs`), 'utf8').matchAll(/\{\{#(?:if|unless) (\w+)\}\}/g)].map(
      ([, member]) => member ?? '',
    ),
  );
  assert.ok(conditions.length > 20);
  for (const member of conditions) assert.equal(seen.get(member)?.size, 2, `${member} is always the same`);
});

/** The environment of container calico-node, in order (docs/design/calico.md#workloads). */
const variables = [
  'USE_POD_CIDR',
  'FELIX_PROMETHEUSMETRICSENABLED',
  'FELIX_PROMETHEUSMETRICSPORT',
  'DATASTORE_TYPE',
  'FELIX_TYPHAK8SSERVICENAME',
  'WAIT_FOR_DATASTORE',
  'NODENAME',
  'CALICO_NETWORKING_BACKEND',
  'CLUSTER_TYPE',
  'IP',
  'CALICO_IPV4POOL_VXLAN',
  'CALICO_IPV4POOL_CIDR',
  'IP_AUTODETECTION_METHOD',
  'IP6',
  'CALICO_IPV6POOL_VXLAN',
  'NO_DEFAULT_POOLS',
  'CALICO_IPV6POOL_CIDR',
  'IP6_AUTODETECTION_METHOD',
  'CALICO_IPV6POOL_NAT_OUTGOING',
  'CALICO_ROUTER_ID',
  'FELIX_IPV6SUPPORT',
  'FELIX_IPINIPMTU',
  'FELIX_VXLANMTU',
  'FELIX_WIREGUARDMTU',
  'FELIX_VXLANMTUV6',
  'FELIX_WIREGUARDMTUV6',
  'CALICO_DISABLE_FILE_LOGGING',
  'FELIX_DEFAULTENDPOINTTOHOSTACTION',
  'FELIX_IPINIPENABLED',
  'FELIX_BPFENABLED',
  'FELIX_BPFKUBEPROXYHEALTZPORT',
  'FELIX_BPFKUBEPROXYHEALTHZPORT',
  'FELIX_BPFKUBEPROXYIPTABLESCLEANUPENABLED',
  'FELIX_HEALTHENABLED',
  'FELIX_NATPORTRANGE',
  'FELIX_SERVICELOOPPREVENTION',
  'FELIX_NFTABLESMODE',
  'FELIX_CHAININSERTMODE',
  'FELIX_WIREGUARDENABLED',
  'FELIX_WIREGUARDENABLEDV6',
  'CALICO_MANAGE_CNI',
  'FELIX_VXLANENABLED',
];
const initContainers = ['cleanup-routes', 'log-mtu-issues', 'install-cni', 'ebpf-bootstrap', 'hostpath-init'];
const containers = [
  'add-snat-rule-to-upstream-dns',
  'network-unavailable-condition-ensurer',
  'calico-node',
  'bird-exporter',
];

test('variables and containers of calico-node are in the order of calico.md, and each is covered by a case', () => {
  const seen = new Set<string>();
  for (const { name, objects } of manifests) {
    const node = objects.find(({ object }) => object.kind === 'DaemonSet' && object.metadata.name === 'calico-node');
    if (node === undefined) continue;
    const pod = at(at(at(node.object, 'spec'), 'template'), 'spec');
    const [first, all] = [names(at(pod, 'initContainers')), names(at(pod, 'containers'))];
    const env = names(at(list(at(pod, 'containers'))[all.indexOf('calico-node')], 'env'));
    // Has two possible positions: after IP as the mode of the pool, or before FELIX_VXLANENABLED with value Never for VXLAN.
    const rest = env.filter((one) => one !== 'CALICO_IPV4POOL_IPIP');
    assert.deepEqual(
      rest,
      variables.filter((one) => rest.includes(one)),
      name,
    );
    assert.deepEqual(
      first,
      initContainers.filter((one) => first.includes(one)),
      name,
    );
    assert.deepEqual(
      all,
      containers.filter((one) => all.includes(one)),
      name,
    );
    const place = env[env.indexOf('CALICO_IPV4POOL_IPIP') - 1];
    if (env.includes('CALICO_IPV4POOL_IPIP')) assert.ok(place === 'IP' || place === 'CALICO_MANAGE_CNI', name);
    for (const one of [...env, ...first, ...all]) seen.add(one);
  }
  const known = [...variables, 'CALICO_IPV4POOL_IPIP', ...initContainers, ...containers];
  assert.deepEqual([...seen].sort(), known.sort());
});

/** Variables of our own scripts and of containers that are not Calico's, and a spelling that only earlier versions of Calico read. */
const notCalico = ['FELIX_BPFKUBEPROXYHEALTZPORT', 'MULTUS_NODE_NAME', 'POD_CIDR'];

test('the version of Calico in compatibility.ts reads every rendered variable', () => {
  const file = path.join(import.meta.dirname, `render/testdata/variables-${calicoCompatibility.minor}.txt`);
  const read = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const pods = manifests.flatMap(({ objects }) =>
    objects.map(({ object }) => at(at(at(object, 'spec'), 'template'), 'spec')),
  );
  // Autoscalers and Multus have variables of their own.
  const ours = pods
    .flatMap((pod) => [...list(at(pod, 'initContainers')), ...list(at(pod, 'containers'))])
    .filter((one) => /calico|network|install-cni|hostpath/.test(String(at(one, 'image'))));
  const rendered = new Set(ours.flatMap((one) => names(at(one, 'env'))));
  assert.ok(rendered.size > 40, `${rendered.size} variables`);
  const unknown = [...rendered].filter((name) => !read.includes(name) && !notCalico.includes(name));
  assert.deepEqual(unknown, []);
  assert.deepEqual(
    [...read].filter((name) => !rendered.has(name)),
    [],
  );
});

function at(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function names(value: unknown): readonly string[] {
  return list(value).map((one) => String(at(one, 'name')));
}

test('each checksum is that of its ConfigMap', () => {
  const tools = planTools();
  const checksums = (config: object): Readonly<Record<string, unknown>> => {
    const result = planNetwork(calico, demoInput({ config }), tools);
    assert.ok(result.outcome === 'planned');
    const objects = result.plan.managedResource.parts.flatMap((part) => part.objects);
    const digests = new Set(objects.map(({ json }) => tools.sha256(json)));
    const found = objects.flatMap(({ object }) => {
      const metadata = at(at(at(object, 'spec'), 'template'), 'metadata');
      const annotations = at(metadata, 'annotations');
      return isRecord(annotations) ? Object.entries(annotations).filter(([name]) => name.startsWith('checksum/')) : [];
    });
    for (const [name, digest] of found) assert.ok(digests.has(String(digest)), `${name} is the digest of nothing`);
    return Object.fromEntries(found);
  };
  const [before, after] = [checksums({}), checksums({ vethMTU: '1400' })];
  assert.deepEqual(Object.keys(before).sort(), [
    'checksum/configmap-calico',
    'checksum/configmap-calico-node-vertical-autoscaler',
    'checksum/configmap-calico-typha-horizontal-autoscaler',
    'checksum/configmap-calico-typha-vertical-autoscaler',
  ]);
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  assert.deepEqual(changed, ['checksum/configmap-calico']);
});

test('the order of families does not affect the shoot, and the status has IPv4 first', () => {
  const result = planNetwork(calico, demoInput({ families: ['IPv6', 'IPv4'] }), planTools());
  assert.ok(result.outcome === 'planned');
  assert.deepEqual(result.plan.status.ipFamilies, ['IPv4', 'IPv6']);
});
