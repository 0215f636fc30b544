/** The effects of each option, changed alone in a running shoot: docs/reference/changes.md is the reviewed table. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { golden } from '../../test/support/golden.ts';
import { planTools } from '../../test/support/planning.ts';
import { listOptions, valueAt } from '../../test/support/silent-options.ts';
import { calico } from '../calico/plan.ts';
import { cilium } from '../cilium/plan.ts';
import { type KubeObject, recordOf } from '../gardener/objects.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { describeShootChange } from './shoots.ts';

type Plain = Readonly<Record<string, unknown>>;

/** A shoot in which options are changed: other options, fields of spec.networking, and feature gates of the controller. */
interface Context {
  readonly featureGates?: Readonly<Record<string, boolean>>;
  readonly config?: Plain;
  readonly networking?: Plain;
}

const ipv6Only: Context = {
  networking: { ipFamilies: ['IPv6'], pods: '2001:db8:1::/56', services: '2001:db8:3::/112', nodes: '2001:db8:2::/64' },
};
const dualStack: Context = { networking: { ipFamilies: ['IPv4', 'IPv6'] } };
const plain: Context = {};
const withGateways: Context = { featureGates: { CiliumGatewayAPI: true } };
const encrypted: Context = { config: { encryption: { enabled: true, mode: 'wireguard' } } };
const withoutOverlay: Context = { config: { overlay: { enabled: false } } };

interface Cni {
  readonly plugin: NetworkPlugin;
  /** Values of the options that have neither a list of values nor the type boolean. */
  readonly samples: Readonly<Record<string, readonly unknown[]>>;
  /** The shoots in which an option has an effect, by its path; default: one without other options. */
  readonly contexts: Readonly<Record<string, readonly Context[]>>;
}

const cnis: readonly Cni[] = [
  {
    plugin: calico,
    samples: {
      'ipam.cidr': ['usePodCidr', '100.64.0.0/16'],
      'ipv4.autoDetectionMethod': ['interface=eth0', 'interface=eth9'],
      'ipv6.autoDetectionMethod': ['interface=eth0', 'interface=eth9'],
      vethMTU: ['1350', '1440'],
      'autoScaling.resources.node': [{ cpu: '123m', memory: '77Mi' }, { cpu: '200m' }],
      'autoScaling.resources.typha': [{ cpu: '123m', memory: '77Mi' }, { cpu: '200m' }],
      ipAutodetectionMethod: ['interface=eth0', 'interface=eth9'],
    },
    contexts: {
      backend: [plain, { config: { overlay: { enabled: true } } }],
      'autoScaling.resources.node': [
        { config: { autoScaling: { mode: 'static' } } },
        { config: { autoScaling: { mode: 'vpa' } } },
      ],
      'autoScaling.resources.typha': [
        { config: { autoScaling: { mode: 'static' } } },
        { config: { autoScaling: { mode: 'vpa' } } },
      ],
      'ipam.type': [plain, { config: { overlay: { enabled: true }, vxlan: { enabled: true } } }],
      'ipv4.autoDetectionMethod': [{ networking: { nodes: undefined } }, plain],
      'ipv4.mode': [plain, { config: { overlay: { enabled: true } } }],
      'ipv4.pool': [plain, { config: { overlay: { enabled: true } } }],
      'ipv6.autoDetectionMethod': [{ networking: { ...ipv6Only.networking, nodes: undefined } }],
      'ipv6.mode': [ipv6Only],
      'ipv6.pool': [ipv6Only],
      'ipv6.sourceNATEnabled': [ipv6Only],
      'multus.installCNIPlugins': [{ config: { multus: { enabled: true } } }],
      'overlay.createPodRoutes': [withoutOverlay, { config: { overlay: { enabled: true } } }],
      'overlay.enabled': [plain],
      'snatToUpstreamDNS.enabled': [withoutOverlay, plain],
      'vxlan.enabled': [
        { config: { overlay: { enabled: true } } },
        { config: { overlay: { enabled: true }, ipam: { type: 'calico-ipam' } } },
      ],
      wireguardEncryption: [plain, ipv6Only],
    },
  },
  {
    plugin: cilium,
    samples: {
      'kubeproxy.k8sServiceHost': ['10.9.8.7', '10.9.8.6'],
      'kubeproxy.k8sServicePort': [6443, 7443],
      mtu: [1350, 1440],
      devices: [['eth0'], ['eth9']],
      directRoutingDevice: ['eth0', 'eth9'],
      'l2Announcements.leaseDuration': ['21s', '30s'],
      'l2Announcements.leaseRenewDeadline': ['7s', '8s'],
      'l2Announcements.leaseRetryPeriod': ['3s', '4s'],
      'encryption.mode': ['wireguard'],
      'agentOptions.k8s-client-qps': [33, 44],
      'agentOptions.k8s-client-burst': [66, 77],
      'agentOptions.monitor-aggregation-interval': ['11s', '12s'],
      'agentOptions.hubble-event-buffer-capacity': [1023, 2047],
      'agentOptions.tofqdns-min-ttl': [3601, 3602],
      'agentOptions.tofqdns-endpoint-max-ip-per-hostname': [77, 78],
      'agentOptions.tofqdns-idle-connection-grace-period': ['9s', '8s'],
      'agentOptions.tofqdns-proxy-response-max-delay': ['90ms', '80ms'],
    },
    contexts: {
      'agentOptions.hubble-event-buffer-capacity': [{ config: { hubble: { enabled: true } } }],
      'bgpControlPlane.enabled': [plain],
      debug: [plain, { config: { bgpControlPlane: { enabled: true } } }],
      enableBPFMasquerade: [plain, { config: { snatOutOfCluster: { enabled: true } } }],
      enableIpv4Masquerade: [plain, { config: { enableBPFMasquerade: false } }],
      enableIpv6Masquerade: [dualStack, plain],
      'encryption.enabled': [{ config: { encryption: { mode: 'wireguard' } } }],
      'encryption.mode': [plain, { config: { encryption: { enabled: true } } }],
      'encryption.nodeToNodeEnabled': [encrypted],
      'encryption.strictMode': [encrypted],
      'gatewayAPI.enabled': [withGateways, plain],
      'gatewayAPI.externalTrafficPolicy': [{ ...withGateways, config: { gatewayAPI: { enabled: true } } }, plain],
      ipv4NativeRoutingCIDREnabled: [plain, { config: { tunnel: 'disabled' } }],
      ipv6NativeRoutingCIDREnabled: [dualStack],
      'kubeproxy.k8sServiceHost': [{ config: { kubeproxy: { k8sServicePort: 443 } } }, plain],
      'kubeproxy.k8sServicePort': [{ config: { kubeproxy: { k8sServiceHost: '10.9.8.7' } } }, plain],
      'l2Announcements.leaseDuration': [{ config: { l2Announcements: { enabled: true } } }, plain],
      'l2Announcements.leaseRenewDeadline': [{ config: { l2Announcements: { enabled: true } } }, plain],
      'l2Announcements.leaseRetryPeriod': [{ config: { l2Announcements: { enabled: true } } }, plain],
      loadBalancingMode: [withoutOverlay, plain],
      'overlay.createPodRoutes': [withoutOverlay, { config: { overlay: { enabled: true } } }],
      'overlay.enabled': [plain, { config: { overlay: { createPodRoutes: true } } }],
      'snatOutOfCluster.enabled': [plain, { config: { enableBPFMasquerade: false } }],
      'snatToUpstreamDNS.enabled': [plain, { config: { enableBPFMasquerade: false } }],
      tunnel: [plain, { config: { overlay: { enabled: true } } }],
    },
  },
];

const tools = planTools();

/** The outcome of one or more transitions of an option. */
interface Row {
  readonly option: string;
  readonly context: string;
  readonly change: string;
  readonly impact: string;
  readonly code: string;
  readonly text: string;
}

function rowsOf({ plugin, samples, contexts }: Cni): readonly Row[] {
  const options = listOptions({ plugin, samples }).filter(({ where }) => !['apiVersion', 'kind'].includes(where));
  const values = Map.groupBy(options, ({ where }) => where);
  assert.deepEqual(
    Object.keys(contexts).filter((where) => !values.has(where)),
    [],
    'contexts of options that do not exist',
  );
  return [...values].flatMap(([option, list]) =>
    (contexts[option] ?? [plain]).flatMap((context) =>
      transitions(
        list.map(({ value }) => value),
        valueAt(context.config, option),
      ).map(([from, to]): Row => {
        const result = describeShootChange({
          plugins: [plugin],
          tools,
          old: shootWith({ plugin, context, option, value: from }),
          new: shootWith({ plugin, context, option, value: to }),
          featureGates: context.featureGates ?? {},
        });
        const change = `${show(from)} → ${show(to)}`;
        const row = { option, context: describeContext(context), change };
        if (result.outcome !== 'described')
          return { ...row, impact: 'unknown', code: '', text: `not possible: ${result.diagnostics[0]?.code}` };
        const { impact, summary, findings } = result.effects;
        const { code } = findings[0] ?? summary;
        return { ...row, impact, code, text: summary.text };
      }),
    ),
  );
}

/** Returns unset → A, A → B in both directions, and A → unset; without a transition to the value that the context has. */
function transitions(values: readonly unknown[], given: unknown): readonly (readonly [from: unknown, to: unknown])[] {
  const all = given === undefined ? [undefined, ...values] : values;
  return all.flatMap((from) => all.filter((to) => to !== from).map((to) => [from, to] as const));
}

function shootWith(input: {
  readonly plugin: NetworkPlugin;
  readonly context: Context;
  readonly option: string;
  readonly value: unknown;
}): KubeObject {
  const { plugin, context, option, value } = input;
  const { apiVersion, kind } = plugin.configuration;
  const put = (at: unknown, [name, ...rest]: readonly string[]): unknown =>
    name === undefined ? value : { ...recordOf(at), [name]: put(recordOf(at)[name], rest) };
  const given = { apiVersion, kind, ...context.config };
  const families = recordOf(context.networking)['ipFamilies'];
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', uid: '1' },
    spec: {
      kubernetes: {
        version: '1.34.3',
        verticalPodAutoscaler: { enabled: true },
        kubeProxy: { enabled: plugin.type === 'calico' },
      },
      provider: { type: 'local', workers: [{ name: 'a', minimum: 2 }] },
      networking: {
        type: plugin.type,
        nodes: '10.180.0.0/16',
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        ...context.networking,
        providerConfig: value === undefined ? given : put(given, option.split('.')),
      },
    },
    status: {
      advertisedAddresses: [{ name: 'external', url: 'https://api.web.example.org' }],
      ...(Array.isArray(families) && families.length === 2
        ? { networking: { pods: ['100.96.0.0/11', '2001:db8:1::/56'] } }
        : {}),
    },
  };
}

function describeContext({ config, networking, featureGates = {} }: Context): string {
  const families = networking?.['ipFamilies'];
  const parts = [
    ...Object.keys(featureGates).map((name) => `feature gate ${name}`),
    ...(Array.isArray(families) ? [families.length === 2 ? 'dual-stack' : 'IPv6 only'] : []),
    ...(networking !== undefined && 'nodes' in networking && networking['nodes'] === undefined
      ? ['node range unknown']
      : []),
    ...(config === undefined ? [] : [`\`${flow(config)}\``]),
  ];
  return parts.join(', ');
}

/** Formats an object like YAML in one line. */
function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}: ${flow(inner)}`)
    .join(', ')}}`;
}

function show(value: unknown): string {
  return value === undefined ? 'unset' : `\`${flow(value)}\``;
}

/** Joins transitions of an option with the same outcome. */
function table(rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ option, context, impact, code, text }) =>
    JSON.stringify([option, context, impact, code, text]),
  );
  const totals = Map.groupBy(rows, ({ option, context }) => JSON.stringify([option, context]));
  const lines = [...groups.values()].map((group) => {
    const [{ option, context, impact, code, text } = rows[0] as Row] = group;
    const isEach = totals.get(JSON.stringify([option, context]))?.length === group.length;
    const change = isEach ? 'each' : group.map((one) => one.change).join('; ');
    const link = code === '' ? text : `[${text}](diagnostics.md#${code})`;
    return `| \`${option}\` | ${context} | ${change} | \`${impact}\` | ${link} |`;
  });
  return [
    '| Option | In a shoot with | Change | Impact | What happens |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const head = `<!-- Written by the tests of pkg/changes, which compare it with the rules: UPDATE_GOLDENS=1 node --test pkg/changes/options.slow.test.ts -->

# Changes of options in a running shoot

What \`netext diff\` says when one option of a running shoot changes, and nothing else. The shoot has IPv4 and a known range of nodes, kube-proxy with
Calico and none with Cilium, and no other options than those in the second column. \`each\` stands for all changes of the option: from unset to each
value, between all values, and back to unset.

Impacts: \`none\`: nothing changes. \`no-restart\`: settings change, no pod restarts. \`restart\`: pods of the CNI restart one after the other, and
connections stay. \`interruption\`: connections are interrupted. \`addresses\`: pods get other addresses, or nodes are replaced. \`refused\`: Gardener or
the admission rejects the change. The last column leads to the reason.
`;

test('the effects of each option are the reviewed ones', () => {
  const sections = cnis.map((cni) => ({ title: cni.plugin.title, rows: rowsOf(cni) }));
  const all = sections.flatMap(({ rows }) => rows);
  assert.ok(all.length > 400, `${all.length} changes`);
  golden(
    path.join(import.meta.dirname, '../../docs/reference/changes.md'),
    `${head}${sections.map(({ title, rows }) => `\n## ${title}\n\n${table(rows)}\n`).join('')}`,
  );
});
