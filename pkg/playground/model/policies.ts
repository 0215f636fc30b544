import { createPolicyCluster, isPolicy, policyShoot } from '../../cli/policy-cluster.ts';
import { clusterMatrix } from '../../cli/policy-matrix.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import { findInvalidPolicies } from '../../networkpolicy/findings.ts';
import { readPiece, shapeProblem, toDocument } from '../../yaml/documents.ts';
import { splitWhole } from '../../yaml/pieces.ts';
import type { FirstSubject } from './evaluate.ts';

/** The picture of `netext policy matrix`: who may talk to whom. */
export interface PolicyPicture {
  /** The CNI that decides; undefined if the text of the Kubernetes API does. */
  readonly cni: string | undefined;
  /** `namespace/name` of the pods that open connections. */
  readonly sources: readonly string[];
  readonly targets: readonly PolicyTarget[];
  /** Why policies of the text are rejected by the API server. */
  readonly invalid: readonly string[];
}

/** A port of a pod. */
export interface PolicyTarget {
  readonly pod: string;
  /** `5432/TCP`; `*` for a pod without declared ports. */
  readonly port: string;
  /** By source; undefined for the pod itself. */
  readonly open: readonly (boolean | undefined)[];
}

/** More are no picture; `netext policy matrix` lists them. */
const largestPicture = 40;

/**
 * Judges the policies of the text between its pods, as the CNI of its Shoot does. Returns undefined for a text without policies or workloads,
 * and `too many` for more pods than a picture shows. Documents that cannot be read are left out: the findings name them.
 */
export function createPolicyPicture(
  text: string,
  first: FirstSubject | undefined,
): PolicyPicture | 'too many' | undefined {
  const objects = readObjects(text);
  if (!objects.some(isPolicy)) return undefined;
  const shoot = first && policyShoot({ type: first.plugin?.type ?? '', plan: first.plan, facts: first.facts });
  const cluster = createPolicyCluster(objects, shoot);
  const { pods, ports, isAllowed } = clusterMatrix(cluster);
  if (pods.length === 0) return undefined;
  if (pods.length > largestPicture) return 'too many';
  const sources = pods.map(({ namespace, name }) => `${namespace}/${name}`);
  return {
    cni: shoot?.environment === undefined ? undefined : first?.plugin?.title,
    sources,
    targets: sources.flatMap((pod, target) =>
      (ports[target] ?? []).map(({ port, protocol }, index) => ({
        pod,
        port: port === undefined ? '*' : `${port}/${protocol}`,
        open: sources.map((_, source) => (source === target ? undefined : isAllowed(source, target, index))),
      })),
    ),
    invalid: findInvalidPolicies(cluster).map(({ object, path, message }) => `${object} ${path}: ${message}`),
  };
}

function readObjects(text: string): readonly KubeObject[] {
  const objects: KubeObject[] = [];
  for (const piece of splitWhole(new TextEncoder().encode(text)))
    for (const located of readPiece('', piece).values)
      if (shapeProblem(located.value) === undefined) objects.push(toDocument(located).object);
  return objects;
}
