/** Findings about packets between pods of different nodes: errors for new configurations, warnings for stored ones. */
import { overlaps, parseCidr } from '../../gardener/cidr.ts';
import { runChecks } from '../../network/checks.ts';
import type { Diagnostic } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { networkConfigSchema } from '../api/config.ts';
import { calicoRules } from '../api/diagnostics.ts';
import { type CalicoPath, type Fault, podPaths } from '../render/reachability.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

const dependsOn = ['ipam', ...dependencies.ipv4Pool, 'shoot: pods'] as const;

/** Warnings about stored configurations. */
export const reachabilityWarnings: readonly Check[] = [
  { dependsOn, find: (input, warn) => unreachable(input, warn, 'calico-pods-unreachable-stored') },
  { dependsOn, find: oneSubnet },
];

export interface NewErrorsInput {
  readonly input: CheckInput;
  readonly errors: readonly Diagnostic[];
}

/** Returns the errors for new configurations only. */
export function newErrors({ input, errors }: NewErrorsInput): readonly Diagnostic[] {
  return runChecks({ checks: reachabilityErrors, rules: calicoRules, schema: networkConfigSchema, input, errors });
}

const reachabilityErrors: readonly Check[] = [
  { dependsOn, find: (input, warn) => unreachable(input, warn, 'calico-pods-unreachable') },
];

/** Returns the faulty paths of a shoot, without those that require a second node if it has one node only. */
function brokenPaths({ values, shoot }: Pick<CheckInput, 'values' | 'shoot'>): readonly CalicoPath[] {
  return podPaths(values).filter(
    ({ fault }) =>
      fault !== undefined &&
      !(fault === 'same range on all nodes' && (shoot.maximumNodes ?? Infinity) <= 1 && isInsidePool(values)),
  );
}

type Code = 'calico-pods-unreachable' | 'calico-pods-unreachable-stored';

function unreachable(input: CheckInput, warn: Warn, code: Code): readonly Diagnostic[] {
  const byFault = Map.groupBy(brokenPaths(input), ({ fault }) => fault);
  return [...byFault].flatMap(([fault, paths]) => {
    if (fault === undefined) return [];
    const families = paths.map(({ family }) => family).join(' and ');
    const { path, reason } = explanations[fault](input, families);
    return [warn(code, path, `${families} packets do not reach pods of other nodes: ${reason}`)];
  });
}

interface Explanation {
  /** Relative to providerConfig. */
  readonly path: string;
  readonly reason: string;
}

const explanations: Readonly<Record<Fault, (input: CheckInput, families: string) => Explanation>> = {
  'same range on all nodes': ({ values }) => ({
    path: 'ipam.cidr',
    reason: `every node assigns addresses of ${show(values.ipam.subnet)}${isInsidePool(values) ? '' : ', which is outside of the pod range'}; remove ipam.cidr, so that each node uses its own range`,
  }),
  'range of another family': ({ values }, families) => ({
    path: 'ipam.cidr',
    reason: `${show(values.ipam.subnet)} is not an ${families} range, so no pod starts; remove ipam.cidr`,
  }),
  'blocks without routes': ({ given, values }) =>
    isByVxlan({ given, values })
      ? {
          path: 'vxlan.enabled',
          reason:
            'it forces calico-ipam, whose blocks the infrastructure does not route, and packets are not encapsulated; remove vxlan',
        }
      : {
          path: 'ipam.type',
          reason:
            '"calico-ipam" assigns blocks, which the infrastructure does not route, and neither BIRD nor VXLAN is enabled; use host-local, or overlay.enabled: true',
        },
  'no component makes routes': () => ({
    path: 'backend',
    reason:
      '"vxlan" creates routes for VXLAN pools only, and the pool uses IPIP; use overlay.enabled: true, or set ipam.type: calico-ipam, ipv4.pool: vxlan and ipv4.mode: Always',
  }),
  'IPIP device is missing': () => ({
    path: 'overlay.enabled',
    reason:
      'the pool requests IPIP, which Felix disables in shoots with IPv6; use overlay.enabled: false in a network that routes the pod range of each node',
  }),
};

function isByVxlan({ given, values }: Pick<CheckInput, 'given' | 'values'>): boolean {
  return values.options.vxlan.enabled && given.ipam?.type !== 'calico-ipam';
}

/** Returns true if the pool is not known. */
function isInsidePool({ ipam, ipv4, ipv6 }: CheckInput['values']): boolean {
  const own = parseCidr(ipam.subnet ?? '');
  const pool = parseCidr((own?.family === 'IPv6' ? ipv6 : ipv4)?.cidr ?? '');
  return own === undefined || pool === undefined || (overlaps(own, pool) && own.prefix >= pool.prefix);
}

/** With createPodRoutes this is explicit, and IPv6 with overlay has a separate warning. */
function oneSubnet({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const path = podPaths(values).find(({ family }) => family === 'IPv4');
  if (values.overlay !== 'unset' || path?.reach !== 'nodes in one subnet') return [];
  const message = `"${values.ipv4?.mode}" leaves packets unencapsulated, and routes of BIRD work only between nodes of one subnet`;
  return [warn('calico-routes-one-subnet', 'ipv4.mode', message)];
}
