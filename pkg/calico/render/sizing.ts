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
  const [node, typha] = [quantities(resources.node), quantities(resources.typha)];
  const [fromNode, fromTypha] = [option('autoScaling.resources.node'), option('autoScaling.resources.typha')];
  const bound = (list: Requests): Requests | undefined =>
    mode.value === 'vpa' && Object.keys(list).length > 0 ? list : undefined;
  return {
    mode,
    nodeRequests:
      mode.value === 'cluster-proportional'
        ? sourced(nodeDefaults, mode)
        : sourced({ ...nodeDefaults, ...node }, fromNode, mode),
    typhaRequests: typhaRequests(mode, sourced({ ...typhaDefaults, ...typha }, fromTypha, mode)),
    nodeMinAllowed: sourced(bound(node), fromNode, mode),
    typhaMinAllowed: sourced(bound(typha), fromTypha, mode),
    shootVPA,
  };
}

type Mode = SizingValues['mode'];

function sizingMode(wanted: Mode, shootVPA: Sourced<boolean>): Sourced<Mode> {
  if (wanted !== 'vpa') return sourced(wanted, option('autoScaling.mode'));
  return sourced(shootVPA.value ? 'vpa' : 'cluster-proportional', option('autoScaling.mode'), shootVPA);
}

function typhaRequests(mode: Sourced<Mode>, wanted: Sourced<Requests>): Sourced<Requests> {
  if (mode.value === 'static') return wanted;
  const requests = sourced(typhaDefaults, mode);
  return mode.value === 'vpa' ? byRule('calico B13', requests) : requests;
}

function quantities(list: DefaultedConfig['autoScaling']['resources']['node']): Requests {
  return Object.fromEntries(
    Object.entries(list).flatMap(([name, value]) => {
      const quantity = parseQuantity(value ?? '0');
      return quantity === undefined ? [] : [[name, quantity.canonical]];
    }),
  );
}
