import type { IPFamily } from '../gardener/network.ts';

/** The objects that decide about traffic, with the defaults of the API server, and flows between them. All are plain data. */
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof protocols)[number];

export type Direction = 'ingress' | 'egress';

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** A port of a rule: without `port` all ports of the protocol; a name is a port of the containers of the target. */
export interface PolicyPort {
  readonly protocol: Protocol;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** Who a rule admits: pods by labels, with an absent namespaceSelector those in the namespace of the policy; or addresses. */
export type PolicyPeer =
  | { readonly podSelector?: LabelSelector; readonly namespaceSelector?: LabelSelector }
  | { readonly ipBlock: IPBlock }
  | { readonly entities: readonly Entity[] };

export interface IPBlock {
  readonly cidr: string;
  readonly except?: readonly string[];
}

/** Peers by their kind, which only policies of a CNI select. */
export type Entity = 'pod' | 'own-node' | 'other-node' | 'outside';

/** Without peers a rule admits all of them, without ports all ports of all protocols. */
export interface PolicyRule {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}

/** A policy after `readPolicy`. A direction is absent if the policy does not isolate the pods in it. */
export interface NetworkPolicy {
  readonly kind: string;
  /** Empty for a policy of a CNI that selects pods in all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  readonly ingress?: readonly PolicyRule[];
  readonly egress?: readonly PolicyRule[];
}

export interface ContainerPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Protocol;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  /** The pod has the addresses and the identity of its node, so that no policy selects it. */
  readonly hostNetwork: boolean;
  /** Absent if the pod is not scheduled yet, such as a pod of a template. */
  readonly node?: string;
  /** Addresses, or ranges that contain them; at most one of each family. */
  readonly addresses: readonly string[];
  /** The object from whose template the pod comes, such as `Deployment default/web`. */
  readonly workload?: string;
}

/** One end of a flow. */
export type Peer =
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'node'; readonly name: string; readonly addresses: readonly string[] }
  | { readonly kind: 'outside'; readonly addresses: readonly string[] };

/** A connection as policies see it: with the addresses of pods, after a Service was translated. */
export interface Flow {
  readonly source: Peer;
  readonly target: Peer;
  readonly protocol: Protocol;
  /** The port at which the target receives the connection. */
  readonly port: number;
  /** Default: the first family of which both ends have an address. */
  readonly family?: IPFamily;
}

/** How an implementation of NetworkPolicies treats what the API leaves open. */
export interface PolicySemantics {
  /** Whether ipBlock admits pods by their addresses. */
  readonly ipBlockSelectsPods: boolean;
  /** Whether ipBlock admits nodes by their addresses; `except-everything` if 0.0.0.0/0 and ::/0 stand for addresses outside of the cluster. */
  readonly ipBlockSelectsNodes: 'all' | 'except-everything' | 'none';
  /** Whether pods reach their own node regardless of policies. */
  readonly ownNodeIsReachable: boolean;
}

/**
 * The reading of the Kubernetes API: ipBlock is about addresses, whosever they are, and "traffic to and from the node where a Pod is running
 * is always allowed" (kubernetes.io, concept Network Policies).
 */
export const kubernetesSemantics: PolicySemantics = {
  ipBlockSelectsPods: true,
  ipBlockSelectsNodes: 'all',
  ownNodeIsReachable: true,
};

/** Why traffic is allowed or denied at one of its ends. */
export type Reason =
  /** The end is no pod that policies select. */
  | 'not-selectable'
  /** No policy isolates the pod in this direction. */
  | 'not-isolated'
  /** Both ends are the same pod. */
  | 'itself'
  /** The other end is the node of the pod. */
  | 'own-node'
  /** A rule admits the traffic. */
  | 'rule'
  /** Policies isolate the pod, and none of their rules admits the traffic. */
  | 'no-rule';

/** A rule of a policy that admits a flow. `peer` and `port` are indexes; absent where the rule admits all. */
export interface RuleMatch {
  readonly policy: NetworkPolicy;
  readonly rule: number;
  readonly peer?: number;
  readonly port?: number;
}

export interface DirectionVerdict {
  readonly direction: Direction;
  readonly allowed: boolean;
  readonly reason: Reason;
  /** The policies that isolate the pod in this direction. */
  readonly isolatedBy: readonly NetworkPolicy[];
  /** The rules that admit the flow; all of them, since each suffices. */
  readonly allowedBy: readonly RuleMatch[];
  /** An ipBlock contains some of the addresses that the other end may have, and none of the other rules admits the flow. */
  readonly dependsOnAddress: boolean;
}

/** A flow is allowed if both ends allow it. */
export interface Verdict {
  readonly allowed: boolean;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}
