/** What the product renders for a Network. */
import { calico } from '../../../pkg/calico/plan.ts';
import { cilium } from '../../../pkg/cilium/plan.ts';
import { type KubeObject, recordOf } from '../../../pkg/gardener/objects.ts';
import { planNetwork, plannedObjects } from '../../../pkg/network/plan.ts';
import type { PodPath } from '../../../pkg/network/reachability.ts';
import { planInput, planTools } from '../../support/planning.ts';

export type Cni = 'calico' | 'cilium';

/** What is rendered for a Network, and what its status says about packets. */
export interface Rendered {
  readonly cni: Cni;
  readonly objects: readonly KubeObject[];
  /** By family. */
  readonly paths: Readonly<Record<string, Omit<PodPath, 'family'>>>;
}

/** Renders a Network with its Cluster; returns undefined if nothing is rendered, for example for a refused configuration. */
export function renderNetwork(documents: readonly unknown[]): Rendered | undefined {
  const cni = cniOf(documents);
  const plan = cni === 'calico' ? planNetwork(calico, planInput(documents), planTools()) : planCilium(documents);
  if (plan.outcome !== 'planned') return undefined;
  const { managedResource, status } = plan.plan;
  const applied = recordOf(recordOf(status.providerStatus)['applied']);
  return {
    cni,
    objects: plannedObjects(managedResource),
    paths: recordOf(applied['podPaths']) as Rendered['paths'],
  };
}

function planCilium(documents: readonly unknown[]) {
  return planNetwork(cilium, planInput(documents), planTools());
}

/** Returns the type of the Network, which is the first document. */
export function cniOf(documents: readonly unknown[]): Cni {
  const { type } = recordOf(recordOf(documents[0])['spec']);
  if (type !== 'calico' && type !== 'cilium') throw new Error(`no Network of a known type: ${String(type)}`);
  return type;
}
