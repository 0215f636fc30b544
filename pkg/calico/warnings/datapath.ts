/** Warnings about encapsulation, routing and the MTU. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { mtuProblem } from '../../network/shoot.ts';
import type { CalicoValues } from '../render/values.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

export const datapathWarnings: readonly Check[] = [
  { dependsOn: dependencies.backend, find: overlayOverrulesBackend },
  { dependsOn: dependencies.ipv4Pool, find: overlayOverrulesMode },
  { dependsOn: dependencies.backend, find: ipv6OverrulesBackend },
  { dependsOn: ['overlay', 'vxlan', 'shoot: families'], find: overlayWithoutIPv6 },
  { dependsOn: ['ipam', 'overlay', 'vxlan', 'shoot: families'], find: vxlanChanges },
  { dependsOn: dependencies.ipv4Pool, find: ipipLeftOn },
  { dependsOn: ['vethMTU', 'shoot: families'], find: mtu },
];

function overlayOverrulesBackend({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay === 'unset' || !given.backend || given.backend === values.backend) return [];
  const message = `"${given.backend}" has no effect: ${overlaySetting(values)} sets it to "${values.backend}"`;
  return [warn('calico-overlay-overrules', 'backend', message)];
}

function overlayOverrulesMode({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const mode = given.ipv4?.mode;
  if (values.overlay === 'unset' || !mode || values.ipv4 === undefined || mode === values.ipv4.mode) return [];
  const message = `"${mode}" has no effect: ${overlaySetting(values)} sets it to "${values.ipv4.mode}"`;
  return [warn('calico-overlay-overrules', 'ipv4.mode', message)];
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

/** VXLAN has a separate warning, since it then encapsulates IPv4. */
function overlayWithoutIPv6({ values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'on' || values.vxlan || !families.includes('IPv6')) return [];
  const message =
    values.ipv4 === undefined
      ? 'has no effect on IPv6-only shoots: IPIP and VXLAN are disabled'
      : values.ipv6 === undefined
        ? 'IPv6 will not be encapsulated, and IPIP will be disabled for IPv4'
        : 'IPv6 is not encapsulated, and IPIP is disabled for IPv4';
  return [warn('calico-overlay-without-ipv6', 'overlay.enabled', message)];
}

function vxlanChanges({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.vxlan?.enabled !== true) return [];
  const found: Diagnostic[] = [];
  if (values.ipv4 !== undefined && given.ipam?.type !== 'calico-ipam') {
    found.push(
      warn(
        'calico-vxlan-ipam',
        'vxlan.enabled',
        `forces ipam.type "calico-ipam" instead of "${given.ipam?.type || 'host-local'}"`,
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

function ipipLeftOn({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (values.overlay !== 'unset' || values.backend !== 'vxlan' || values.ipv4?.pool !== 'vxlan') return [];
  return [warn('calico-ipip-left-on', 'backend', '"vxlan" leaves IPIP enabled in Felix while overlay is not set')];
}

function mtu({ values: { options, ipv6 } }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const problem = mtuProblem({ mtu: BigInt(options.vethMTU), shown: show(options.vethMTU), ipv6: ipv6 !== undefined });
  return problem === undefined ? [] : [warn(`calico-mtu-${problem.size}`, 'vethMTU', problem.message)];
}
