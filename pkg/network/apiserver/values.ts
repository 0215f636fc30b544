import { field } from '../field.ts';
import type { RuleFinding } from './rule.ts';
import type { ShootSpec } from './shoot-spec.ts';

/** Returns the findings of Gardener's API server about the other values on which the network depends: type, node masks, kube-proxy. */
export function valueFindings(spec: ShootSpec): readonly RuleFinding[] {
  return spec.workerless
    ? workerlessFindings(spec)
    : [...typeFindings(spec), ...maskFindings(spec), ...proxyFindings(spec)];
}

const masks = {
  primary: 'spec.kubernetes.kubeControllerManager.nodeCIDRMaskSize',
  ipv6: 'spec.kubernetes.kubeControllerManager.nodeCIDRMaskSizeIPv6',
} as const;

function finding(path: string, message: string): RuleFinding {
  return { code: 'gardener-value-invalid', path, message };
}

/** validateNetworking, ValidateKubeControllerManager and validateKubernetesForWorkerlessShoot: a Shoot without workers has no network. */
function workerlessFindings({
  type,
  hasProviderConfig,
  pods,
  nodes,
  nodeMask,
  kubeProxy,
}: ShootSpec): readonly RuleFinding[] {
  const given = [
    ['spec.networking.type', type !== undefined],
    ['spec.networking.providerConfig', hasProviderConfig],
    ['spec.networking.pods', pods !== undefined],
    ['spec.networking.nodes', nodes !== undefined],
    ['spec.kubernetes.kubeProxy', kubeProxy !== undefined],
    [masks.primary, nodeMask.primary !== undefined],
    [masks.ipv6, nodeMask.ipv6 !== undefined],
  ] as const;
  return given
    .filter(([, isSet]) => isSet)
    .map(([path]) => finding(path, field.forbidden('this field should not be set for workerless Shoot clusters')));
}

/** validateNetworking: Gardener makes a label of the type. */
function typeFindings({ type }: ShootSpec): readonly RuleFinding[] {
  if (type === undefined || type === '' || /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(type)) return [];
  return [finding('spec.networking.type', field.invalid(type, 'type must be a valid label name'))];
}

/** ValidateKubeControllerManager and ValidateNodeCIDRMaskWithMaxPod; masks that are not given have Gardener's defaults. */
function maskFindings({ families, nodeMask, maxPods }: ShootSpec): readonly RuleFinding[] {
  if (families === undefined) return [];
  const { primary, ipv6 } = nodeMask;
  const only = families.length === 1 ? families[0] : undefined;
  const found: RuleFinding[] = [];
  const limits = only === 'IPv6' ? ipv6Limits : ipv4Limits;
  if (only === 'IPv6' && primary !== undefined && ipv6 !== undefined) {
    const detail = 'only one of nodeCIDRMaskSize or nodeCIDRMaskSizeIPv6 can be set for single-stack clusters';
    found.push(finding(masks.primary, field.forbidden(detail)));
  }
  if (only !== undefined && primary !== undefined && !isWithin(primary, limits)) {
    const suffix = only === 'IPv6' ? ' for IPv6 single-stack clusters' : '';
    const detail = `nodeCIDRMaskSize must be between ${limits.least} and ${limits.most}${suffix}`;
    found.push(finding(masks.primary, field.invalid(primary, detail)));
  }
  if (primary !== undefined)
    found.push(...capacityFindings({ mask: primary, maxPods, bits: only === 'IPv6' ? 128 : 32 }));
  if (ipv6 === undefined) return found;
  if (only === 'IPv4')
    found.push(
      finding(masks.ipv6, field.forbidden('nodeCIDRMaskSizeIPv6 cannot be set for IPv4 single-stack clusters')),
    );
  else if (!isWithin(ipv6, ipv6Limits))
    found.push(finding(masks.ipv6, field.invalid(ipv6, 'nodeCIDRMaskSizeIPv6 must be between 64 and 124')));
  return found;
}

interface Limits {
  readonly least: number;
  readonly most: number;
}

const ipv4Limits: Limits = { least: 16, most: 28 };
const ipv6Limits: Limits = { least: 64, most: 124 };

function isWithin(value: number, { least, most }: Limits): boolean {
  return value >= least && value <= most;
}

/** ValidateNodeCIDRMaskWithMaxPod: the first and the last address of the range of a node are not for pods. */
function capacityFindings(input: {
  readonly mask: number;
  readonly maxPods: number;
  readonly bits: number;
}): readonly RuleFinding[] {
  const { mask, maxPods, bits } = input;
  const addresses = 2 ** Math.max(bits - mask, 0) - 2;
  if (addresses >= maxPods) return [];
  const detail = `a node has ${Math.max(addresses, 0)} addresses for pods, fewer than the highest maxPods of ${maxPods} (default: 110); choose a smaller nodeCIDRMaskSize, or reduce maxPods`;
  return [finding(masks.primary, field.invalid(mask, detail))];
}

const proxyModes: readonly string[] = ['IPTables', 'IPVS', 'NFTables'];

/** validateKubeProxy. */
function proxyFindings({ kubeProxy }: ShootSpec): readonly RuleFinding[] {
  if (kubeProxy === undefined) return [];
  const { mode, nftables } = kubeProxy;
  const path = 'spec.kubernetes.kubeProxy.mode';
  if (!proxyModes.includes(mode)) return [finding(path, field.unsupported(mode, proxyModes))];
  if (mode !== 'NFTables' || nftables) return [];
  const detail = 'NFTables mode cannot be used when feature gate NFTablesProxyMode is explicitly set to false';
  return [finding(path, field.invalid(mode, detail))];
}
