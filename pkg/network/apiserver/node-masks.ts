import { field } from '../field.ts';
import { invalidValue, type RuleFinding } from './rule.ts';
import type { ShootSpec } from './shoot-spec.ts';

export const maskPaths = {
  primary: 'spec.kubernetes.kubeControllerManager.nodeCIDRMaskSize',
  ipv6: 'spec.kubernetes.kubeControllerManager.nodeCIDRMaskSizeIPv6',
} as const;

/** Returns the findings about node masks by ValidateKubeControllerManager and ValidateNodeCIDRMaskWithMaxPod. */
export function maskFindings({ families, nodeMask, maxPods }: ShootSpec): readonly RuleFinding[] {
  if (families === undefined) return [];
  const { primary, ipv6 } = nodeMask;
  const only = families.length === 1 ? families[0] : undefined;
  return [
    ...(primary === undefined ? [] : primaryFindings({ mask: primary, only, hasBoth: ipv6 !== undefined, maxPods })),
    ...(ipv6 === undefined ? [] : ipv6Findings(ipv6, only)),
  ];
}

interface Limits {
  readonly least: number;
  readonly most: number;
}

const ipv4Limits: Limits = { least: 16, most: 28 };
const ipv6Limits: Limits = { least: 64, most: 124 };

interface PrimaryMask {
  readonly mask: number;
  /** The only family of the Shoot. */
  readonly only: string | undefined;
  readonly hasBoth: boolean;
  readonly maxPods: number;
}

function primaryFindings({ mask, only, hasBoth, maxPods }: PrimaryMask): readonly RuleFinding[] {
  const onlyIPv6 = only === 'IPv6';
  const forbidden = 'only one of nodeCIDRMaskSize or nodeCIDRMaskSizeIPv6 can be set for single-stack clusters';
  return [
    ...(onlyIPv6 && hasBoth ? [invalidValue(maskPaths.primary, field.forbidden(forbidden))] : []),
    ...(onlyIPv6 && !isWithin(mask, ipv6Limits) ? [outside(mask, ipv6Limits, ' for IPv6 single-stack clusters')] : []),
    ...(only === 'IPv4' && !isWithin(mask, ipv4Limits) ? [outside(mask, ipv4Limits, '')] : []),
    ...capacityFindings({ mask, maxPods, bits: onlyIPv6 ? 128 : 32 }),
  ];
}

function outside(mask: number, { least, most }: Limits, suffix: string): RuleFinding {
  return invalidValue(
    maskPaths.primary,
    field.invalid(mask, `nodeCIDRMaskSize must be between ${least} and ${most}${suffix}`),
  );
}

function ipv6Findings(mask: number, only: string | undefined): readonly RuleFinding[] {
  if (only === 'IPv4') {
    const detail = 'nodeCIDRMaskSizeIPv6 cannot be set for IPv4 single-stack clusters';
    return [invalidValue(maskPaths.ipv6, field.forbidden(detail))];
  }
  if (isWithin(mask, ipv6Limits)) return [];
  return [invalidValue(maskPaths.ipv6, field.invalid(mask, 'nodeCIDRMaskSizeIPv6 must be between 64 and 124'))];
}

function isWithin(value: number, { least, most }: Limits): boolean {
  return value >= least && value <= most;
}

/** The first and the last address of the range of a node are not for pods. */
function capacityFindings(input: {
  readonly mask: number;
  readonly maxPods: number;
  readonly bits: number;
}): readonly RuleFinding[] {
  const { mask, maxPods, bits } = input;
  const addresses = 2 ** Math.max(bits - mask, 0) - 2;
  if (addresses >= maxPods) return [];
  const detail = `a node has ${Math.max(addresses, 0)} addresses for pods, fewer than the highest maxPods of ${maxPods} (default: 110); choose a smaller nodeCIDRMaskSize, or reduce maxPods`;
  return [invalidValue(maskPaths.primary, field.invalid(mask, detail))];
}
