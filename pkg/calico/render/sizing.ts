import type { ShootFacts } from '../../gardener/cluster.ts';
import { parseQuantity } from '../../gardener/quantity.ts';
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

/**
 * Computes the resource requests (docs/design/calico.md#resources-and-autoscaling). In mode vpa the resources of calico-node are the initial
 * requests and the lower bound, those of typha only the lower bound (verdict B13, kept); without a vertical pod autoscaler in the shoot the mode
 * is cluster-proportional.
 */
export function sizingValues(config: DefaultedConfig, shoot: ShootFacts): SizingValues {
  const { mode: wanted, resources } = config.autoScaling;
  const mode = wanted === 'vpa' && !shoot.verticalPodAutoscaler ? 'cluster-proportional' : wanted;
  const node = quantities(resources.node);
  const typha = quantities(resources.typha);
  return {
    mode,
    nodeRequests: mode === 'cluster-proportional' ? nodeDefaults : { ...nodeDefaults, ...node },
    typhaRequests: mode === 'static' ? { ...typhaDefaults, ...typha } : typhaDefaults,
    nodeMinAllowed: mode === 'vpa' && Object.keys(node).length > 0 ? node : undefined,
    typhaMinAllowed: mode === 'vpa' && Object.keys(typha).length > 0 ? typha : undefined,
    shootVPA: shoot.verticalPodAutoscaler,
  };
}

function quantities(list: DefaultedConfig['autoScaling']['resources']['node']): Requests {
  return Object.fromEntries(
    Object.entries(list).flatMap(([name, value]) => {
      const quantity = parseQuantity(value ?? '0');
      return quantity === undefined ? [] : [[name, quantity.canonical]];
    }),
  );
}
