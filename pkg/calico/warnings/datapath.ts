/** Warnings about encapsulation, routing and the MTU. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { mtuProblem } from '../../network/shoot.ts';
import { podPaths } from '../render/reachability.ts';
import type { CalicoValues } from '../render/values.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

export const datapathWarnings: readonly Check[] = [
  { dependsOn: dependencies.backend, find: overlayOverrulesBackend },
  { dependsOn: dependencies.ipv4Pool, find: overlayOverrulesPool },
  { dependsOn: dependencies.ipv4Pool, find: overlayOverrulesMode },
  { dependsOn: dependencies.ipv4Pool, find: modeWithoutBird },
  { dependsOn: dependencies.backend, find: ipv6OverrulesBackend },
  { dependsOn: ['overlay', 'vxlan', 'shoot: families'], find: overlayWithoutIPv6 },
  { dependsOn: ['ipam', 'overlay', 'vxlan', 'shoot: families'], find: vxlanChanges },
  { dependsOn: ['ipam', ...dependencies.ipv4Pool], find: vxlanOverruled },
  { dependsOn: dependencies.ipv4Pool, find: ipipLeftOn },
  { dependsOn: ['overlay'], find: podRoutes },
  { dependsOn: ['ipam', 'vxlan', 'shoot: families'], find: ipamRange },
  { dependsOn: ['vethMTU', 'shoot: families'], find: mtu },
];

function overlayOverrulesBackend({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay === 'unset' || !given.backend || given.backend === values.backend) return [];
  const message = `"${given.backend}" has no effect: ${overlaySetting(values)} sets it to "${values.backend}"`;
  return [warn('calico-overlay-overrules', 'backend', message)];
}

/** The IPPool object that is rendered with overlay has one encapsulation, or none. */
function overlayOverrulesPool({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const pool = given.ipv4?.pool;
  if (values.overlay === 'unset' || !pool || values.ipv4 === undefined) return [];
  const encapsulation = values.vxlan ? 'vxlan' : 'ipip';
  // "ipip" is the default, and needs no warning if nothing is encapsulated.
  if (pool === encapsulation || (values.overlay === 'off' && values.options.vxlan.enabled)) return [];
  const effect = values.overlay === 'off' ? 'encapsulates nothing' : `sets it to "${encapsulation}"`;
  const by = values.vxlan ? 'vxlan.enabled: true' : overlaySetting(values);
  return [warn('calico-overlay-overrules', 'ipv4.pool', `"${pool}" has no effect: ${by} ${effect}`)];
}

function overlayOverrulesMode({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const mode = given.ipv4?.mode;
  if (values.overlay === 'unset' || !mode || values.ipv4 === undefined) return [];
  const effective = values.overlay === 'on' ? 'Always' : 'Never';
  if (mode === effective || (mode === 'Off' && effective === 'Never')) return [];
  const message = `"${mode}" has no effect: ${overlaySetting(values)} sets it to "${effective}"`;
  return [warn('calico-overlay-overrules', 'ipv4.mode', message)];
}

function modeWithoutBird({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const mode = given.ipv4?.mode;
  if (values.overlay !== 'unset' || values.backend !== 'none' || values.ipv4?.pool !== 'ipip') return [];
  if (mode !== 'Always' && mode !== 'CrossSubnet') return [];
  const message = `"${mode}" has no effect: backend "none" encapsulates nothing in an IPIP pool`;
  return [warn('calico-ipv4-mode-without-effect', 'ipv4.mode', message)];
}

function overlaySetting({ overlay }: CalicoValues): string {
  return `overlay.enabled: ${overlay === 'on'}`;
}

function ipv6OverrulesBackend({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'unset' || !given.backend || given.backend === values.backend) return [];
  return [
    warn(
      'calico-ipv6-overrules-backend',
      'backend',
      `"${given.backend}" has no effect: IPv6 without overlay sets it to "${values.backend}"`,
    ),
  ];
}

/** VXLAN has a separate warning, since it then encapsulates IPv4. In dual-stack the path of IPv4 is broken, which reachability.ts reports. */
function overlayWithoutIPv6({ values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'on' || values.vxlan || !families.includes('IPv6')) return [];
  if (values.ipv4 !== undefined && values.ipv6 !== undefined) return [];
  const message =
    values.ipv4 === undefined
      ? 'has no effect on IPv6-only shoots: IPIP and VXLAN are disabled, and routes of BIRD work only between nodes of one subnet'
      : 'IPv4 traffic between nodes will stop when IPv6 is configured: IPIP will be disabled, and IPv6 will not be encapsulated';
  return [warn('calico-overlay-without-ipv6', 'overlay.enabled', message)];
}

function vxlanChanges({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.vxlan?.enabled !== true) return [];
  if (values.ipv4 === undefined)
    return [
      warn('calico-vxlan-without-ipv6', 'vxlan.enabled', 'has no effect on IPv6: its pool is never encapsulated'),
    ];
  const found: Diagnostic[] = [];
  if (given.ipam?.type !== 'calico-ipam') {
    found.push(
      warn(
        'calico-vxlan-ipam',
        'vxlan.enabled',
        `forces ipam.type "calico-ipam" instead of "${given.ipam?.type || 'host-local'}"`,
      ),
    );
  }
  // For broken paths, reachability.ts reports the option that selects calico-ipam.
  const isReported =
    given.ipam?.type !== 'calico-ipam' && podPaths(values).some(({ fault }) => fault === 'blocks without routes');
  if (values.overlay === 'off' && !isReported)
    found.push(
      warn('calico-vxlan-without-overlay', 'vxlan.enabled', 'encapsulates nothing because overlay.enabled is false'),
    );
  return found;
}

/** Reports vxlan.enabled where pool, mode and IPAM are given, so that it selects none of them, and packets are not encapsulated by VXLAN. */
function vxlanOverruled({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.vxlan?.enabled !== true || values.overlay !== 'unset' || values.ipv4 === undefined) return [];
  const { pool, mode } = values.ipv4;
  if (pool === 'vxlan' && mode === 'Always') return [];
  const selectsMode = !given.ipv4?.mode && values.backend === 'none';
  if (given.ipam?.type !== 'calico-ipam' || !given.ipv4?.pool || selectsMode) return [];
  const wins = pool === 'ipip' ? 'ipv4.pool is "ipip"' : `ipv4.mode is "${mode}"`;
  return [warn('calico-option-without-effect', 'vxlan.enabled', `has no effect: ${wins}`)];
}

function podRoutes({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.overlay?.createPodRoutes !== true || values.overlay !== 'on') return [];
  const message = 'has no effect: overlay.enabled is true';
  return [warn('calico-option-without-effect', 'overlay.createPodRoutes', message)];
}

function ipamRange({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const cidr = given.ipam?.cidr;
  if (!cidr || cidr.toLowerCase() === 'usepodcidr') return [];
  const reason =
    values.ipam.type === 'calico-ipam'
      ? 'calico-ipam assigns addresses of the pool'
      : values.ipam.subnet === undefined
        ? 'in dual-stack the ranges of the nodes are used'
        : undefined;
  if (reason === undefined) return [];
  return [warn('calico-ipam-cidr-without-effect', 'ipam.cidr', `${show(cidr)} has no effect: ${reason}`)];
}

function ipipLeftOn({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'unset' || values.backend !== 'vxlan' || values.ipv4?.pool !== 'vxlan') return [];
  return [warn('calico-ipip-left-on', 'backend', '"vxlan" leaves IPIP enabled in Felix while overlay is not set')];
}

function mtu({ values: { options, ipv6 } }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const problem = mtuProblem({ mtu: BigInt(options.vethMTU), shown: show(options.vethMTU), ipv6: ipv6 !== undefined });
  return problem === undefined ? [] : [warn(`calico-mtu-${problem.size}`, 'vethMTU', problem.message)];
}
