/** Findings about packets between pods of different nodes: errors for new configurations, warnings for stored ones. */
import { overlaps, parseCidr } from '../../gardener/cidr.ts';
import { runChecks } from '../../network/checks.ts';
import type { Diagnostic } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { networkConfigSchema } from '../api/config.ts';
import { calicoRules } from '../api/diagnostics.ts';
import { type CalicoPath, type Fault, podPaths } from '../render/reachability.ts';
import { type Check, type CheckInput, needs, type Warn } from './check.ts';

const dependencies = ['ipam', ...needs.ipv4Pool, 'shoot: pods'] as const;

/** What a stored configuration is warned about. */
export const reachabilityWarnings: readonly Check[] = [
  { needs: dependencies, find: (input, warn) => unreachable(input, warn, 'calico-pods-unreachable-stored') },
  { needs: dependencies, find: oneSubnet },
];

export interface NewErrorsInput {
  readonly input: CheckInput;
  readonly errors: readonly Diagnostic[];
}

/** What a new configuration is refused for, beside the errors that every configuration is refused for. */
export function newErrors({ input, errors }: NewErrorsInput): readonly Diagnostic[] {
  return runChecks({ checks: reachabilityErrors, rules: calicoRules, schema: networkConfigSchema, input, errors });
}

const reachabilityErrors: readonly Check[] = [
  { needs: dependencies, find: (input, warn) => unreachable(input, warn, 'calico-pods-unreachable') },
];

/** The faulty paths of a shoot, without those that only a second node would have. */
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
  /** Below providerConfig. */
  readonly path: string;
  readonly reason: string;
}

const explanations: Readonly<Record<Fault, (input: CheckInput, families: string) => Explanation>> = {
  'same range on all nodes': ({ values }) => ({
    path: 'ipam.cidr',
    reason: `every node hands out addresses of ${show(values.ipam.subnet)}${isInsidePool(values) ? '' : ', which is outside of the pod range'}; remove ipam.cidr, so that each node uses its own range`,
  }),
  'range of another family': ({ values }, families) => ({
    path: 'ipam.cidr',
    reason: `${show(values.ipam.subnet)} is no ${families} range, so that no pod starts; remove ipam.cidr`,
  }),
  'blocks without routes': ({ given, values }) =>
    isByVxlan({ given, values })
      ? {
          path: 'vxlan.enabled',
          reason:
            'it brings calico-ipam, whose blocks the infrastructure does not route, and nothing encapsulates these packets; remove vxlan',
        }
      : {
          path: 'ipam.type',
          reason:
            '"calico-ipam" assigns blocks, which the infrastructure does not route, and neither BIRD nor VXLAN is on; use host-local, or overlay.enabled: true',
        },
  'no component makes routes': () => ({
    path: 'backend',
    reason:
      '"vxlan" makes routes for VXLAN pools only, and the pool uses IPIP; use overlay.enabled: true, or set ipv4.pool: vxlan with ipv4.mode: Always',
  }),
  'IPIP device is missing': () => ({
    path: 'overlay.enabled',
    reason:
      'the pool asks for IPIP, which Felix switches off in shoots with IPv6; use overlay.enabled: false in a network that routes the pod range of each node',
  }),
};

function isByVxlan({ given, values }: Pick<CheckInput, 'given' | 'values'>): boolean {
  return values.options.vxlan.enabled && given.ipam?.type !== 'calico-ipam';
}

/** True where the pool is not known. */
function isInsidePool({ ipam, ipv4, ipv6 }: CheckInput['values']): boolean {
  const own = parseCidr(ipam.subnet ?? '');
  const pool = parseCidr((own?.family === 'IPv6' ? ipv6 : ipv4)?.cidr ?? '');
  return own === undefined || pool === undefined || (overlaps(own, pool) && own.prefix >= pool.prefix);
}

/** createPodRoutes says it by itself, and IPv6 with overlay has a warning of its own. */
function oneSubnet({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const path = podPaths(values).find(({ family }) => family === 'IPv4');
  if (values.overlay !== 'unset' || path?.reach !== 'nodes in one subnet') return [];
  const message = `"${values.ipv4?.mode}" leaves packets unencapsulated, and routes of BIRD work only between nodes of one subnet`;
  return [warn('calico-routes-one-subnet', 'ipv4.mode', message)];
}
