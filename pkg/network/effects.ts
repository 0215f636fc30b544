import type { DataPathTopic } from './data-path.ts';
import type { DecodedNetwork } from './decode-network.ts';

/**
 * What a change does to the traffic of a running shoot, least severe first. `none`: no object changes. `no-restart`: no running pod is
 * replaced. `restart`: pods of the CNI are replaced, and connections continue. `interruption`: packets are lost. `addresses`: pods get other
 * addresses, or nodes are replaced. `refused`: the change is rejected, and nothing happens.
 */
export const impacts = ['none', 'no-restart', 'restart', 'interruption', 'addresses', 'refused'] as const;
export type Impact = (typeof impacts)[number];

/** One type of effect: its meaning, the reason, and what to do about it, in terms of owners of shoots. */
export interface EffectRule {
  readonly impact: Impact;
  /** What happens, as a clause with a subject and without a period; the first line of `netext diff` if no effect is more severe. */
  readonly title: string;
  /** The facts of Gardener and of the CNI from which the effect follows. */
  readonly reason: string;
  /** What to do by hand before the change. */
  readonly before?: string;
  /** What to do by hand after the change. */
  readonly after?: string;
  /** The steps of a change that must not be made at once. */
  readonly order?: string;
  /** The way back, if reversing the change is not enough. */
  readonly back?: string;
  /** Page and heading for owners of shoots, relative to the root of the project. */
  readonly page: string;
  /** The effect lasts while the agents of all nodes restart, so that the number of nodes matters. */
  readonly duration?: 'rollout';
  /** Topics of values of the data path whose changes have this effect, and no worse one. */
  readonly explains?: readonly DataPathTopic[];
}

export type EffectRules = Readonly<Record<string, EffectRule>>;

/** One effect of a change: plain data, with the texts of its rule. */
export interface Effect extends Pick<EffectRule, 'impact' | 'before' | 'after' | 'order' | 'back' | 'page'> {
  readonly code: string;
  readonly text: string;
}

/** A property of the data path in words of users, such as `packets between nodes, IPv4`. */
export interface PathProperty {
  readonly about: string;
  readonly value: string;
}

/** A property that changes; a value is absent if the property does not exist on that side, such as that of a family. */
export interface PropertyChange {
  readonly about: string;
  readonly before?: string;
  readonly after?: string;
}

/** Two valid configurations of a running shoot. */
export interface EffectsInput<Config> {
  readonly old: DecodedNetwork<Config>;
  readonly new: DecodedNetwork<Config>;
  /** Pods of the agents are replaced. */
  readonly agentsRestart: boolean;
}

/** The knowledge of a CNI about the effects of changes. */
export interface CniEffects<Config> {
  readonly rules: EffectRules;
  /** The workload whose pods configure the data path of their node: `DaemonSet kube-system/calico-node`. */
  readonly agents: string;
  /** Returns the codes of the effects of a change, of `rules` or of `effectRules`. */
  find(input: EffectsInput<Config>): readonly string[];
  /** Returns the properties of the data path that change. */
  describe(input: EffectsInput<Config>): readonly PropertyChange[];
}

/** The rules that are common to all CNIs. */
export const effectRules = {
  'effect-none': {
    impact: 'none',
    title: 'nothing changes in the network',
    reason: 'The objects in the shoot are the same before and after.',
    page: 'docs/usage/changes.md#impacts',
  },
  'effect-settings': {
    impact: 'no-restart',
    title: 'settings change, and no pod restarts',
    reason:
      'Only objects change that running components read by themselves, or that belong to components that start or end.',
    page: 'docs/usage/changes.md#impacts',
  },
  'effect-others-restart': {
    impact: 'restart',
    title: 'components restart that carry no packets, the agents do not',
    reason:
      'Packets pass the kernel of the nodes. The components that restart only provide data to the agents or to users.',
    page: 'docs/usage/changes.md#impacts',
  },
  'effect-hibernated': {
    impact: 'no-restart',
    title: 'the shoot is hibernated, and its nodes start with the new configuration',
    reason:
      'A hibernated shoot has no nodes and no pods. The effect is that on a running shoot if it wakes up before the change.',
    page: 'docs/usage/changes.md#impacts',
  },
  'effect-agents-restart': {
    impact: 'restart',
    title: 'agents restart one after the other, connections stay',
    reason:
      'The data path is in the kernel of the nodes and works without the agents. While the agent of a node restarts, new pods on it start later, and policies that change apply later. Cilium resolves no DNS names for pods with DNS policies meanwhile.',
    page: 'docs/usage/changes.md#impacts',
  },
  'effect-data-path': {
    impact: 'interruption',
    title: 'connections may be interrupted',
    reason: 'A value changes that determines the path of packets, and no rule describes the effect of this change.',
    page: 'docs/usage/changes.md#impacts',
    duration: 'rollout',
    explains: ['encapsulation', 'routing', 'masquerading', 'egress gateway', 'data plane', 'encryption'],
  },
  'effect-addresses': {
    impact: 'addresses',
    title: 'pods get other addresses',
    reason:
      'The source or the range of pod addresses changes. A running pod retains its address until it restarts, and pods with old and new addresses may not reach each other.',
    after: 'Replace all nodes, so that all pods have new addresses.',
    page: 'docs/usage/calico.md#addresses-of-pods-and-nodes',
    explains: ['address management', 'address range'],
  },
  'effect-mtu': {
    impact: 'restart',
    title: 'agents restart one after the other, and new pods get another MTU',
    reason:
      'Running pods retain their MTU. The node answers larger packets than a tunnel takes with the size that fits, as for any path.',
    before: 'If the MTU grows, verify that the network between the nodes carries it: too large packets are lost.',
    after: 'Restart the pods, or replace the nodes.',
    page: 'docs/usage/mtu.md#changing-the-mtu',
    explains: ['MTU'],
  },
  'effect-one-family': {
    impact: 'addresses',
    title: 'pods lose the addresses of one IP family',
    reason:
      'The network configures the remaining family only. Running pods retain the other address until they restart, but the network no longer handles its packets.',
    before: 'Change Services and clients that use addresses of the family.',
    after: 'Restart the pods.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
    explains: ['address management', 'address range', 'encapsulation', 'routing', 'masquerading'],
  },
  'effect-second-family': {
    impact: 'addresses',
    title: 'pods get addresses of a second IP family after their nodes are replaced',
    reason:
      'Gardener assigns ranges of both families to new nodes only. The network configures both families when all nodes have them; running pods retain one address until they restart.',
    after: 'Replace all nodes, wait for the constraint DualStackNodesMigrationReady, then restart the pods.',
    page: 'docs/usage/dual-stack-and-ipv6.md#from-ipv4-to-dual-stack',
    explains: ['address management', 'address range', 'encapsulation', 'routing', 'masquerading'],
  },
  'effect-node-local-dns': {
    impact: 'addresses',
    title: 'Gardener replaces all nodes, because NodeLocalDNS is enabled or disabled',
    reason:
      'The address of the DNS server is part of the configuration of the kubelet, which Gardener changes on new nodes only.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#nodelocaldns',
  },
  'effect-kube-proxy-mode': {
    impact: 'interruption',
    title: 'connections to Services are interrupted while kube-proxy restarts with another mode',
    reason:
      'kube-proxy replaces its rules by those of the new mode on all nodes. Rules and devices of the old mode may remain until a node is replaced. The objects of the network do not change.',
    after: 'Replace the nodes, so that nothing of the old mode remains.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
  },
  'effect-refused': {
    impact: 'refused',
    title: 'the change is refused',
    reason:
      'The API server of Gardener, the admission or the controller rejects the new configuration; the running one remains.',
    page: 'docs/usage/troubleshooting.md#refused-configuration',
  },
} as const satisfies EffectRules;

/** Returns the effects of both families and of the Shoot that do not depend on the CNI. */
export function sharedEffects({ old, new: changed }: Pick<EffectsInput<unknown>, 'old' | 'new'>): readonly string[] {
  const added = changed.families.some((family) => !old.families.includes(family));
  const removed = old.families.some((family) => !changed.families.includes(family));
  const isDns = old.shoot !== undefined && old.shoot.nodeLocalDNS !== changed.shoot?.nodeLocalDNS;
  return [
    ...(added ? ['effect-second-family'] : []),
    ...(removed ? ['effect-one-family'] : []),
    ...(isDns ? ['effect-node-local-dns'] : []),
  ];
}

/** Returns the modes of kube-proxy before and after a change of the mode; undefined without a change, and if kube-proxy does not run in both states. */
export function kubeProxyModes({
  old,
  new: changed,
}: Pick<EffectsInput<unknown>, 'old' | 'new'>): readonly string[] | undefined {
  const proxies = [old.shoot?.kubeProxy, changed.shoot?.kubeProxy];
  const modes = proxies.flatMap((one) => (one?.enabled === true ? [one.mode ?? 'IPTables'] : []));
  return modes.length === 2 && modes[0] !== modes[1] ? modes : undefined;
}

/** Returns the more severe one of two impacts. */
export function worse(one: Impact, other: Impact): Impact {
  return impacts.indexOf(one) < impacts.indexOf(other) ? other : one;
}

/** Returns the properties that differ. */
export function propertyChanges(
  before: readonly PathProperty[],
  after: readonly PathProperty[],
): readonly PropertyChange[] {
  const [old, wanted] = [before, after].map((list) => new Map(list.map(({ about, value }) => [about, value])));
  const names = new Set([...before, ...after].map(({ about }) => about));
  return [...names].flatMap((about) => {
    const [left, right] = [old?.get(about), wanted?.get(about)];
    if (left === right) return [];
    return [
      { about, ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) },
    ];
  });
}
