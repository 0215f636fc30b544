import { isIP } from 'node:net';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { planNetwork } from '../../../pkg/network/plan.ts';
import type { ManifestPart, NetworkPlan } from '../../../pkg/network/plugin.ts';
import { planTools } from '../../support/planning.ts';
import { type FuzzTarget, must } from '../engine/target.ts';
import { assertManifest, type Slot } from '../oracles/manifest.ts';
import { readManifest } from '../oracles/readers.ts';
import { generateCase, mutateCase, type NetworkCase, readCase } from './network-case.ts';

/** From accepted configurations to manifests; what the templates make of each text of the user is compared with an expectation of its own. */
export const manifestTarget: FuzzTarget = {
  name: 'manifest',
  seeds: [],
  mostCpuMs: (bytes) => 400 + bytes / 1024,
  generate: (dice) => generateCase(dice, dice.pick([0, 0.05, 0.15])),
  mutate: mutateCase,
  check: checkManifest,
};

const tools = planTools();
type Plain = Readonly<Record<string, unknown>>;

function checkManifest(bytes: Uint8Array): void {
  const given = readCase(bytes);
  if (given === undefined) return;
  const plan = planFor(given);
  if (plan === undefined) return;
  const config = isRecord(given.config) ? given.config : {};
  const harmless = withHarmlessTexts(config);
  const { network } = given.input;
  const spec = { ...network.spec, providerConfig: harmless };
  const twin = planFor({ ...given, input: { ...given.input, network: { ...network, spec } } });
  must(twin !== undefined, 'planned, but not with harmless texts', () => JSON.stringify(harmless));
  assertManifest({
    objects: objectsOf(plan),
    twin: objectsOf(twin),
    slots: slotsFor(config, plan),
    twinSlots: slotsFor(harmless, twin),
    charts: given.plugin.type,
    texts: textsIn([given.config, given.input.cluster, network.spec]),
  });
  assertCniConfig(plan);
}

function planFor({ plugin, input }: NetworkCase): NetworkPlan | undefined {
  const result = planNetwork(plugin, input, tools);
  return result.outcome === 'planned' ? result.plan : undefined;
}

/** CRDs are the same list of objects in every plan. */
function objectsOf(plan: NetworkPlan): readonly unknown[] {
  return plan.managedResource.parts
    .filter(({ key }) => key === 'config.yaml')
    .flatMap((part) => readManifest(textOf(part)));
}

function textOf({ objects }: ManifestPart): string {
  return objects.map(({ json }) => `${json}\n`).join('---\n');
}

/** The same configuration with plain texts of the same kind where any text is accepted. */
function withHarmlessTexts(config: Plain): Plain {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, harmless[key]?.(value) ?? value]));
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const harmlessMethod = (value: unknown): unknown => {
  const [option, argument] = text(value)?.split(/=(.*)/s, 2) ?? [];
  if (option === 'interface' || option === 'skip-interface') return `${option}=eth0`;
  return option === 'can-reach' && isIP(argument ?? '') === 0 ? 'can-reach=a.example' : value;
};

const family = (value: unknown): unknown =>
  isRecord(value) && 'autoDetectionMethod' in value
    ? { ...value, autoDetectionMethod: harmlessMethod(value['autoDetectionMethod']) }
    : value;

const harmless: Readonly<Record<string, ((value: unknown) => unknown) | undefined>> = Object.assign(
  Object.create(null),
  {
    ipv4: family,
    ipv6: family,
    ipAutodetectionMethod: harmlessMethod,
    devices: (value: unknown) =>
      Array.isArray(value) ? value.map((one: unknown) => (one === null ? null : 'eth7')) : value,
    directRoutingDevice: (value: unknown) => (text(value) === undefined ? value : 'eth8'),
    kubeproxy: (value: unknown) => {
      const host = isRecord(value) ? text(value['k8sServiceHost']) : undefined;
      const isName = host !== undefined && host !== '' && isIP(host) === 0;
      return isRecord(value) && isName ? { ...value, k8sServiceHost: 'api.harmless.example' } : value;
    },
  },
);

/** Where the documentation of each free text says that it ends up. */
function slotsFor(config: Plain, plan: NetworkPlan): readonly Slot[] {
  return plan.managedResource.name.includes('calico') ? calicoSlots(config, plan) : ciliumSlots(config, plan);
}

function calicoSlots(config: Plain, plan: NetworkPlan): readonly Slot[] {
  const methods = [
    ['IP_AUTODETECTION_METHOD', memberOf(config['ipv4'], 'autoDetectionMethod')],
    ['IP6_AUTODETECTION_METHOD', memberOf(config['ipv6'], 'autoDetectionMethod')],
  ] as const;
  const free = methods.filter(([, method]) => /^(interface|skip-interface|can-reach)=/.test(text(method) ?? ''));
  return ['calico-node', 'network-unavailable-condition-ensurer'].flatMap((container) =>
    free.flatMap(([name, method]) =>
      variable(plan, { object: 'DaemonSet calico-node', container, name, value: method }),
    ),
  );
}

function ciliumSlots(config: Plain, plan: NetworkPlan): readonly Slot[] {
  const setting = (key: string, value: string | undefined): readonly Slot[] =>
    value === undefined || value === ''
      ? []
      : [{ object: 'ConfigMap cilium-config', place: ['data', key], text: value }];
  const devices = Array.isArray(config['devices']) ? config['devices'].map((one: unknown) => text(one) ?? '') : [];
  const { k8sServiceHost: host, k8sServicePort: port } = isRecord(config['kubeproxy']) ? config['kubeproxy'] : {};
  const operator = { object: 'Deployment cilium-operator', container: 'cilium-operator' };
  return [
    ...setting('devices', devices.length === 0 ? undefined : devices.join(' ')),
    ...setting('direct-routing-device', text(config['directRoutingDevice'])),
    ...(port ? variable(plan, { ...operator, name: 'KUBERNETES_SERVICE_HOST', value: host }) : []),
  ];
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

interface Variable {
  readonly object: string;
  readonly container: string;
  readonly name: string;
  readonly value: unknown;
}

/** The slot of an environment variable; none where the container has no such variable, or where the ranges of the nodes overrule the value. */
function variable(plan: NetworkPlan, { object: of, container, name, value }: Variable): readonly Slot[] {
  const wanted = text(value);
  if (wanted === undefined || wanted === '') return [];
  const objects = plan.managedResource.parts.flatMap(({ objects: all }) => all);
  const [object] = objects.flatMap(({ json, object: one }) =>
    json.includes(name) && `${one.kind} ${one.metadata.name}` === of ? [one] : [],
  );
  const place = ['spec', 'template', 'spec', 'containers', container, 'env', name, 'value'];
  const now = place.reduce<unknown>(
    (at, key) => (Array.isArray(at) ? at.find((item: Plain) => item['name'] === key) : memberOf(at, key)),
    object,
  );
  if (typeof now !== 'string' || now.startsWith('cidr=')) return [];
  return [{ object: of, place, text: wanted }];
}

/** All keys and strings of a value, which may be nested more deeply than the stack allows. */
function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'string') texts.push(next);
    if (typeof next !== 'object' || next === null) continue;
    texts.push(...Object.keys(next));
    rest.push(...Object.values(next));
  }
  return texts;
}

/** The text that Calico's installer completes on each node: two plugins, whatever the configuration. */
function assertCniConfig({ managedResource }: NetworkPlan): void {
  for (const { objects } of managedResource.parts)
    for (const { object } of objects) {
      if (object.kind !== 'ConfigMap' || object.metadata.name !== 'calico-config') continue;
      const data = object['data'] as Readonly<Record<string, string>>;
      const json = (data['cni_network_config'] ?? '').replace('__CNI_MTU__', data['veth_mtu'] ?? '');
      const { plugins } = JSON.parse(json) as { readonly plugins: readonly { readonly mtu?: unknown }[] };
      must(
        plugins.length === 2 && typeof plugins[0]?.mtu === 'number',
        'CNI configuration of another shape',
        () => json,
      );
    }
}
