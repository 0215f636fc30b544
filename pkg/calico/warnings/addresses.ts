/** Warnings about pod ranges and the address autodetection of nodes. */
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { calicoRules } from '../api/diagnostics.ts';
import type { Check, CheckInput, Warn } from './check.ts';

const report = reporter(calicoRules);

export const addressWarnings: readonly Check[] = [
  { dependsOn: ['ipv4', 'shoot: families'], find: ipv4Options },
  { dependsOn: ['ipv6', 'overlay', 'shoot: families'], find: ipv6Options },
  { dependsOn: ['ipv4', 'ipv6', 'shoot: families', 'shoot: nodes'], find: autodetection },
  { dependsOn: ['shoot: families', 'shoot: pods'], find: unknownRanges },
];

/** Explains options of the family that is not configured before the end of a dual-stack migration. */
const pending = 'is not applied yet: the nodes of the shoot are still being migrated to dual-stack';

function ipv4Options({ given, values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipv4 || values.ipv4 !== undefined || !families.includes('IPv4')) return [];
  return [warn('calico-ipv4-config-pending', 'ipv4', pending)];
}

function ipv6Options({ given, values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!given.ipv6) return [];
  if (values.ipv6 === undefined) {
    if (!families.includes('IPv6')) return [];
    return [warn('calico-ipv6-config-pending', 'ipv6', pending)];
  }
  if (!given.ipv6.mode || given.ipv6.mode === values.ipv6.mode) return [];
  return [
    warn(
      'calico-ipv6-mode-without-effect',
      'ipv6.mode',
      `"${given.ipv6.mode}" has no effect: the mode depends on overlay alone, and is "${values.ipv6.mode}"`,
    ),
  ];
}

/** An effective method that differs from the user's comes from the node range. */
function autodetection({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const pairs = [
    [given.ipv4?.autoDetectionMethod, values.addresses.ipv4Method, 'ipv4.autoDetectionMethod'],
    [given.ipv6?.autoDetectionMethod, values.addresses.ipv6Method, 'ipv6.autoDetectionMethod'],
  ] as const;
  return pairs.flatMap(([method, effective, path]) => {
    if (!method || effective === undefined || effective === method) return [];
    const message = `${show(method)} has no effect: the node range of the shoot sets it to ${show(effective)}`;
    return [warn('calico-autodetection-overruled', path, message)];
  });
}

function unknownRanges({ values, object }: CheckInput): readonly Diagnostic[] {
  const missing = (['IPv4', 'IPv6'] as const).filter((family) => {
    const pool = family === 'IPv4' ? values.ipv4 : values.ipv6;
    return pool !== undefined && pool.cidr === undefined;
  });
  return missing.map((family) =>
    report('calico-pod-range-unknown', {
      object,
      path: 'spec.podCIDR',
      message: `no ${family} range is known yet: the ${family} pool is omitted`,
    }),
  );
}
