import type { IPFamily } from '../../gardener/network.ts';
import { type Needing, soundChecks } from '../../network/checks.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { mtuProblem } from '../../network/shoot.ts';
import { type NetworkConfig, networkConfigSchema } from '../api/config.ts';
import { calicoRules } from '../api/diagnostics.ts';
import type { CalicoValues, ValuesInput } from '../render/values.ts';

export interface WarningsInput extends Omit<ValuesInput, 'config' | 'families'> {
  /** As the user gave it: a default is nobody's mistake. */
  readonly given: NetworkConfig;
  /** All families of the Network. */
  readonly families: readonly IPFamily[];
  readonly values: CalicoValues;
  readonly object: string;
  readonly path: string;
  /** What is wrong with the configuration; `given` and `values` are what remains without it. */
  readonly errors: readonly Diagnostic[];
}

type Warn = (code: keyof typeof calicoRules, path: string, message: string) => Diagnostic;
interface Check extends Needing<keyof NetworkConfig> {
  readonly find: (input: WarningsInput, warn: Warn) => readonly Diagnostic[];
}

const report = reporter(calicoRules);

/**
 * What is accepted and rendered like the Go extension does, but does not do what its author meant (verdicts.md, "warn"). One finding per
 * option; each message names what wins. Beside errors there are those that the errors cannot change.
 */
export function warnings(input: WarningsInput): readonly Diagnostic[] {
  const { errors, object, path: root } = input;
  const warn: Warn = (code, path, message) =>
    report(code, { object, path: path === '' ? '' : `${root}.${path}`, message });
  const fields = Object.keys(networkConfigSchema.shape);
  return soundChecks(checks, { errors, path: root, fields }).flatMap(({ find }) => find(input, warn));
}

/** What values.ts makes backend and IPv4 pool of. */
const backendNeeds = ['backend', 'overlay', 'vxlan', 'shoot: families'] as const;
const ipv4PoolNeeds = [...backendNeeds, 'ipv4'] as const;

const checks: readonly Check[] = [
  { needs: backendNeeds, find: overlayOverrulesBackend },
  { needs: ipv4PoolNeeds, find: overlayOverrulesMode },
  { needs: backendNeeds, find: ipv6OverrulesBackend },
  { needs: ['overlay', 'vxlan', 'shoot: families'], find: overlayWithoutIPv6 },
  { needs: ['ipam', 'overlay', 'vxlan', 'shoot: families'], find: vxlanChanges },
  { needs: ipv4PoolNeeds, find: ipipLeftOn },
  { needs: ['ipip', ...ipv4PoolNeeds], find: deprecatedIpip },
  { needs: ['ipAutodetectionMethod', 'ipv4', 'shoot: families', 'shoot: nodes'], find: deprecatedMethod },
  { needs: ['ipv6', 'overlay', 'shoot: families'], find: ipv6Options },
  { needs: ['ipv4', 'ipv6', 'shoot: families', 'shoot: nodes'], find: autodetection },
  { needs: ['birdExporter', 'ebpfDataplane', ...backendNeeds], find: exporter },
  { needs: ['autoScaling'], find: autoscaling },
  { needs: ['ebpfDataplane', 'overlay', 'snatToUpstreamDNS', 'shoot: kubeProxy'], find: dnsPolicies },
  { needs: ['vethMTU', 'shoot: families'], find: mtu },
  { needs: ['shoot: families', 'shoot: pods'], find: unknownRanges },
];

function overlayOverrulesBackend({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay === 'unset' || !given.backend || given.backend === values.backend) return [];
  const message = `"${given.backend}" has no effect: ${overlaySetting(values)} makes it "${values.backend}"`;
  return [warn('calico-overlay-overrules', 'backend', message)];
}

function overlayOverrulesMode({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  const mode = given.ipv4?.mode;
  if (values.overlay === 'unset' || !mode || values.ipv4 === undefined || mode === values.ipv4.mode) return [];
  const message = `"${mode}" has no effect: ${overlaySetting(values)} makes it "${values.ipv4.mode}"`;
  return [warn('calico-overlay-overrules', 'ipv4.mode', message)];
}

function overlaySetting({ overlay }: WarningsInput['values']): string {
  return `overlay.enabled: ${overlay === 'on'}`;
}

function ipv6OverrulesBackend({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'unset' || !given.backend || given.backend === values.backend) return [];
  return [
    warn(
      'calico-ipv6-overrules-backend',
      'backend',
      `"${given.backend}" has no effect: IPv6 without overlay makes it "${values.backend}"`,
    ),
  ];
}

/** VXLAN has a warning of its own; it is what carries IPv4 then. */
function overlayWithoutIPv6({ values, families }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'on' || values.vxlan || !families.includes('IPv6')) return [];
  const message =
    values.ipv4 === undefined
      ? 'encapsulates nothing: IPIP and VXLAN are off for IPv6'
      : values.ipv6 === undefined
        ? 'IPv6 will not be encapsulated, and IPIP goes off for IPv4'
        : 'IPv6 is not encapsulated, and IPIP is off for IPv4, too';
  return [warn('calico-overlay-without-ipv6', 'overlay.enabled', message)];
}

function vxlanChanges({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (given.vxlan?.enabled !== true) return [];
  const found: Diagnostic[] = [];
  if (values.ipv4 !== undefined && given.ipam?.type !== 'calico-ipam') {
    found.push(
      warn(
        'calico-vxlan-ipam',
        'vxlan.enabled',
        `makes the IPAM type "calico-ipam" in place of "${given.ipam?.type || 'host-local'}"`,
      ),
    );
  }
  if (!values.vxlan)
    found.push(
      warn(
        'calico-vxlan-without-overlay',
        'vxlan.enabled',
        'Felix’ VXLAN stays off because overlay.enabled is not true',
      ),
    );
  else if (values.ipv6 !== undefined)
    found.push(
      warn('calico-vxlan-without-ipv6', 'vxlan.enabled', 'has no effect on IPv6: its pool is never encapsulated'),
    );
  return found;
}

function ipipLeftOn({ values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'unset' || values.backend !== 'vxlan' || values.ipv4?.pool !== 'vxlan') return [];
  return [warn('calico-ipip-left-on', 'backend', '"vxlan" leaves IPIP enabled in Felix while overlay is not given')];
}

function deprecatedIpip({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipip || values.ipv4 === undefined) return [];
  const message = `"${given.ipip}" has no effect: ipv4.mode is "${values.ipv4.mode}"`;
  return [warn('calico-deprecated-without-effect', 'ipip', message)];
}

function deprecatedMethod({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipAutodetectionMethod) return [];
  const wins =
    values.ipv4 === undefined
      ? 'no IPv4 is configured'
      : `ipv4.autoDetectionMethod is ${named(values.addresses.ipv4Method)}`;
  return [warn('calico-deprecated-without-effect', 'ipAutodetectionMethod', `has no effect: ${wins}`)];
}

function ipv6Options({ given, values, families }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipv6) return [];
  if (values.ipv6 === undefined) {
    if (!families.includes('IPv6')) return [];
    return [
      warn(
        'calico-ipv6-config-pending',
        'ipv6',
        'is not applied yet: the nodes of the shoot are still being migrated to dual-stack',
      ),
    ];
  }
  if (!given.ipv6.mode || given.ipv6.mode === values.ipv6.mode) return [];
  return [
    warn(
      'calico-ipv6-mode-without-effect',
      'ipv6.mode',
      `"${given.ipv6.mode}" has no effect: overlay alone decides, it is "${values.ipv6.mode}"`,
    ),
  ];
}

/** What is neither the user's method nor absent comes from the node range. */
function autodetection({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  const pairs = [
    [given.ipv4?.autoDetectionMethod, values.addresses.ipv4Method, 'ipv4.autoDetectionMethod'],
    [given.ipv6?.autoDetectionMethod, values.addresses.ipv6Method, 'ipv6.autoDetectionMethod'],
  ] as const;
  return pairs.flatMap(([method, effective, path]) => {
    if (!method || effective === undefined || effective === method) return [];
    const message = `${show(method)} has no effect: the node range of the shoot makes it ${show(effective)}`;
    return [warn('calico-autodetection-overruled', path, message)];
  });
}

function exporter({ given, values, nonPrivileged }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (given.birdExporter?.enabled !== true) return [];
  if (values.backend !== 'bird')
    return [
      warn(
        'calico-bird-exporter-without-bird',
        'birdExporter.enabled',
        `there is no bird with backend "${values.backend}"`,
      ),
    ];
  if (nonPrivileged && values.nonPrivileged)
    return [
      warn(
        'calico-bird-exporter-unprivileged',
        'birdExporter.enabled',
        'is left out: feature gate NonPrivilegedCalicoNode is on',
      ),
    ];
  return [];
}

function autoscaling({ given, values }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (given.autoScaling?.mode === 'vpa' && values.sizing.mode !== 'vpa') {
    found.push(
      warn(
        'calico-autoscaling-vpa-off',
        'autoScaling.mode',
        '"vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
      ),
    );
  }
  const resources = { ...given.autoScaling?.resources?.node, ...given.autoScaling?.resources?.typha };
  if (values.sizing.mode === 'cluster-proportional' && Object.keys(resources).length > 0) {
    found.push(
      warn(
        'calico-autoscaling-resources-ignored',
        'autoScaling.resources',
        'has no effect: the cluster-proportional autoscalers set the requests',
      ),
    );
  }
  return found;
}

/**
 * Only iptables knows an order of chains in which another one accepts first: eBPF programs sit at the pod’s interface, and a table of
 * nftables is asked whatever others say. Who did not ask for SNAT gets it by default, in every shoot without overlay: a warning at each
 * of their changes would teach people to skip warnings, so docs/usage/limits.md tells them.
 */
function dnsPolicies({ given, values, shoot }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  if (given.snatToUpstreamDNS?.enabled !== true) return [];
  if (!values.snatToUpstreamDNS || !shoot.nodeLocalDNS || values.ebpf || values.nftables) return [];
  const message = 'policies cannot block requests to NodeLocalDNS';
  return [warn('calico-dns-policy-bypassed', 'snatToUpstreamDNS.enabled', message)];
}

function mtu({ values: { vethMTU, ipv6 } }: WarningsInput, warn: Warn): readonly Diagnostic[] {
  const problem = mtuProblem({ mtu: BigInt(vethMTU), shown: show(vethMTU), ipv6: ipv6 !== undefined });
  return problem === undefined ? [] : [warn(`calico-mtu-${problem.size}`, 'vethMTU', problem.message)];
}

function unknownRanges({ values, object }: WarningsInput): readonly Diagnostic[] {
  const missing = (['IPv4', 'IPv6'] as const).filter((family) => {
    const pool = family === 'IPv4' ? values.ipv4 : values.ipv6;
    return pool !== undefined && pool.cidr === undefined;
  });
  return missing.map((family) =>
    report('calico-pod-range-unknown', {
      object,
      path: 'spec.podCIDR',
      message: `no ${family} range is known yet: the ${family} pool is left out`,
    }),
  );
}

function named(method: string | undefined): string {
  return method === undefined ? 'Calico’s own default' : show(method);
}
