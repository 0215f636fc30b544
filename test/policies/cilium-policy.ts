/** Reads the Cilium policies that this extension renders, with the parts of that API that they use; others throw. */
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { readPolicy } from '../../pkg/networkpolicy/read-policy.ts';
import type {
  Entity,
  LabelSelector,
  Labels,
  NetworkPolicy,
  PolicyPeer,
  PolicyRule,
  Protocol,
} from '../../pkg/networkpolicy/types.ts';

/** Returns all policies among rendered objects. */
export function readRenderedPolicies(objects: readonly KubeObject[]): readonly NetworkPolicy[] {
  return objects.flatMap((object) => {
    switch (object.kind) {
      case 'NetworkPolicy':
        return [readKubernetesPolicy(object)];
      case 'CiliumNetworkPolicy':
      case 'CiliumClusterwideNetworkPolicy':
        return [readCiliumPolicy(object)];
      default:
        return [];
    }
  });
}

function readKubernetesPolicy(object: KubeObject): NetworkPolicy {
  const { policy, problems } = readPolicy(object);
  if (problems.length > 0) throw new Error(`${object.metadata.name}: ${JSON.stringify(problems)}`);
  return policy;
}

const namespaceLabel = 'k8s:io.kubernetes.pod.namespace';

function readCiliumPolicy({ kind, metadata, spec }: KubeObject): NetworkPolicy {
  const { endpointSelector, ingress, egress, ...others } = recordOf(spec);
  if (Object.keys(others).length > 0) throw new Error(`${metadata.name} has ${Object.keys(others).join()}`);
  const { [namespaceLabel]: selected, ...matchLabels } = recordOf(recordOf(endpointSelector)['matchLabels']) as Labels;
  const rules = (value: unknown): readonly PolicyRule[] =>
    (value as readonly unknown[]).map((one) => readRule(recordOf(one), metadata.namespace === undefined));
  return {
    kind,
    namespace: metadata.namespace ?? selected ?? '',
    name: metadata.name,
    podSelector: { ...(endpointSelector as LabelSelector), matchLabels },
    // A section isolates the pods in its direction (pkg/policy/repository.go, GetRulesMatching in Cilium).
    ...(ingress === undefined ? {} : { ingress: rules(ingress) }),
    ...(egress === undefined ? {} : { egress: rules(egress) }),
  };
}

function readRule(rule: Readonly<Record<string, unknown>>, isClusterwide: boolean): PolicyRule {
  const { toPorts = [], ...peers } = rule;
  return {
    peers: Object.entries(peers).flatMap(([field, value]) =>
      (value as readonly unknown[]).map((one) => readPeer(field, one, isClusterwide)),
    ),
    ports: (
      toPorts as readonly { readonly ports: readonly { readonly port: string; readonly protocol: Protocol }[] }[]
    ).flatMap(({ ports }) => ports.map(({ port, protocol }) => ({ port: Number(port), protocol }))),
  };
}

const entities: Readonly<Record<string, readonly Entity[]>> = {
  cluster: ['pod', 'own-node', 'other-node'],
  'remote-node': ['other-node'],
};

function readPeer(field: string, value: unknown, isClusterwide: boolean): PolicyPeer {
  if (field === 'fromEntities' || field === 'toEntities') {
    const found = entities[String(value)];
    if (found !== undefined) return { entities: found };
  }
  if ((field === 'fromEndpoints' || field === 'toEndpoints') && isRecord(value)) {
    // A selector of a clusterwide policy selects pods of all namespaces (pkg/k8s/apis/cilium.io/utils, getEndpointSelector in Cilium).
    return isClusterwide ? { podSelector: value, namespaceSelector: {} } : { podSelector: value };
  }
  throw new Error(`${field}: ${JSON.stringify(value)} is not read`);
}
