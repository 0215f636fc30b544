import type { ShootFacts } from '../../gardener/cluster.ts';
import { parseQuantity } from '../../gardener/quantity.ts';
import { byRule, option, plain, type Sourced, shootField, sourced } from '../../network/sourced.ts';
import type { DefaultedConfig } from '../api/defaults.ts';

/** Canonical quantities by resource name. */
export type Requests = Readonly<Record<string, string>>;

export interface SizingValues {
  /** The source of the requests: the cluster-proportional autoscalers, a VerticalPodAutoscaler, or the user. */
  readonly mode: 'cluster-proportional' | 'vpa' | 'static';
  readonly nodeRequests: Requests;
  readonly typhaRequests: Requests;
  /** Lower bounds for the VerticalPodAutoscalers; undefined if the user set none. */
  readonly nodeMinAllowed: Requests | undefined;
  readonly typhaMinAllowed: Requests | undefined;
  /** Whether the shoot has a vertical pod autoscaler, which then also sizes calico-kube-controllers. */
  readonly shootVPA: boolean;
}

const nodeDefaults: Requests = { cpu: '250m', memory: '100Mi' };
const typhaDefaults: Requests = { cpu: '200m', memory: '100Mi' };

/** Replicas of Typha from a number of nodes on, as in the ConfigMap of its horizontal autoscaler, which counts the nodes. */
const typhaLadder = [
  [1, 1],
  [2, 2],
  [100, 3],
  [250, 4],
  [500, 5],
  [1000, 6],
  [1500, 7],
  [2000, 8],
] as const;

/** Returns the replicas of Typha for the worker pools of a shoot: a number, or `2 to 3`; undefined if the number of nodes is not known. */
export function typhaReplicas({ minimumNodes, maximumNodes }: ShootFacts): number | string | undefined {
  if (maximumNodes === undefined) return undefined;
  const replicas = (nodes: number): number => typhaLadder.findLast(([from]) => from <= nodes)?.[1] ?? 1;
  const [least, most] = [replicas(minimumNodes), replicas(maximumNodes)];
  return least === most ? least : `${least} to ${most}`;
}

/**
 * Computes the resource requests (docs/design/calico.md#resources-and-autoscaling). In mode vpa the resources of calico-node are the initial
 * requests and the lower bound, those of typha only the lower bound (verdict B13, kept); without a vertical pod autoscaler in the shoot the mode
 * is cluster-proportional.
 */
export function sizingValues(config: DefaultedConfig, shoot: ShootFacts): SizingValues {
  return plain(sourcedSizing(config, shoot));
}

/** Computes the same values with the fields that decided each one. */
export function sourcedSizing(config: DefaultedConfig, shoot: ShootFacts) {
  const { resources } = config.autoScaling;
  const shootVPA = sourced(shoot.verticalPodAutoscaler, shootField('spec.kubernetes.verticalPodAutoscaler.enabled'));
  const mode = sizingMode(config.autoScaling.mode, shootVPA);
  const node = sourced(quantities(resources.node), option('autoScaling.resources.node'));
  const typha = sourced(quantities(resources.typha), option('autoScaling.resources.typha'));
  const typhaRequests = withResources(typhaDefaults, typha, { mode, applies: mode.value === 'static' });
  return {
    mode,
    nodeRequests: withResources(nodeDefaults, node, { mode, applies: mode.value !== 'cluster-proportional' }),
    typhaRequests: mode.value === 'vpa' ? byRule('calico B13', sourced(typhaDefaults, mode, typha)) : typhaRequests,
    nodeMinAllowed: lowerBound(node, mode),
    typhaMinAllowed: lowerBound(typha, mode),
    shootVPA,
  };
}

type Mode = SizingValues['mode'];

function sizingMode(wanted: Mode, shootVPA: Sourced<boolean>): Sourced<Mode> {
  if (wanted !== 'vpa') return sourced(wanted, option('autoScaling.mode'));
  return sourced(shootVPA.value ? 'vpa' : 'cluster-proportional', option('autoScaling.mode'), shootVPA);
}

/** Returns the defaults with the resources of the user where they apply. */
function withResources(
  defaults: Requests,
  resources: Sourced<Requests>,
  { mode, applies }: { readonly mode: Sourced<Mode>; readonly applies: boolean },
): Sourced<Requests> {
  if (applies) return sourced({ ...defaults, ...resources.value }, resources, mode);
  return isEmpty(resources.value) ? sourced(defaults, mode, resources) : sourced(defaults, mode);
}

function lowerBound(resources: Sourced<Requests>, mode: Sourced<Mode>): Sourced<Requests | undefined> {
  if (mode.value === 'vpa' && !isEmpty(resources.value)) return sourced(resources.value, resources, mode);
  return isEmpty(resources.value) ? sourced(undefined, mode, resources) : sourced(undefined, mode);
}

function isEmpty(requests: Requests): boolean {
  return Object.keys(requests).length === 0;
}

function quantities(list: DefaultedConfig['autoScaling']['resources']['node']): Requests {
  const requests: Record<string, string> = {};
  for (const [name, value] of Object.entries(list)) {
    const quantity = parseQuantity(value ?? '0');
    if (quantity !== undefined) requests[name] = quantity.canonical;
  }
  return requests;
}
