import type { ShootFacts } from '../gardener/cluster.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { isAtLeast, parseKubernetesVersion } from '../gardener/version.ts';
import { plannedObjects } from '../network/plan.ts';
import type { NetworkPlan } from '../network/plugin.ts';
import type { PolicyCluster } from '../networkpolicy/cluster.ts';
import { cnis } from '../networkpolicy/cni.ts';
import { type PolicyEnvironment, readEnvironment } from '../networkpolicy/environment.ts';
import { readPolicy } from '../networkpolicy/read-policy.ts';
import { readNamespaces, readPods } from '../networkpolicy/read-workloads.ts';
import { readServices } from '../networkpolicy/services.ts';

/** What decides about policies in a shoot. */
export interface PolicyShoot {
  /** The CNI with its configuration; undefined without a plan, or with a CNI of another extension: the text of the Kubernetes API decides then. */
  readonly environment: PolicyEnvironment | undefined;
  /** Gardener denies all traffic in kube-system that no policy allows. */
  readonly deniesInSystem: boolean;
}

/** Returns what decides about policies in the shoot of a plan. */
export function policyShoot(input: {
  /** `spec.type` of the Network. */
  readonly type: string;
  readonly plan: NetworkPlan | undefined;
  readonly facts: ShootFacts | undefined;
}): PolicyShoot {
  const { plan, facts } = input;
  const version = parseKubernetesVersion(facts?.kubernetesVersion ?? '');
  const deniesInSystem = version !== undefined && isAtLeast(version, { major: 1, minor: 33 });
  const cni = cnis.find((one) => one === input.type);
  if (plan === undefined || cni === undefined || facts === undefined) return { environment: undefined, deniesInSystem };
  const objects = plannedObjects(plan.managedResource);
  return { environment: readEnvironment({ cni, objects, shoot: facts }), deniesInSystem };
}

/** Puts policies, workloads, Services and Namespaces together with what the CNI makes of them. */
export function createPolicyCluster(objects: readonly KubeObject[], shoot: PolicyShoot | undefined): PolicyCluster {
  const environment = shoot?.environment;
  const { podRanges = [], nodeRanges = [] } = environment ?? {};
  return {
    objects,
    policies: objects.filter(isPolicy).map((object) => ({ object, ...readPolicy(object) })),
    pods: readPods({ objects, podRanges, nodeRanges }),
    namespaces: readNamespaces(objects),
    services: readServices(objects),
    ...(environment && { environment }),
    deniesInSystem: shoot?.deniesInSystem === true,
  };
}

export function isPolicy({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'networking.k8s.io/v1' && kind === 'NetworkPolicy';
}
