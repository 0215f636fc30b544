import type { IPFamily } from '../gardener/network.ts';
import { familiesOf, rangeOfFamily } from './addresses.ts';
import { type CompiledPolicy, compilePolicy, type OtherEnd, type TargetPort } from './compile.ts';
import {
  type Direction,
  type DirectionVerdict,
  type Flow,
  kubernetesSemantics,
  type Labels,
  type NetworkPolicy,
  type Peer,
  type Pod,
  type PolicySemantics,
  type RuleMatch,
  type Verdict,
} from './types.ts';

export interface EvaluatorInput {
  readonly policies: readonly NetworkPolicy[];
  /** Labels by the name of the namespace; the label kubernetes.io/metadata.name is added. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Default: the reading of the Kubernetes API. */
  readonly semantics?: PolicySemantics;
}

export interface Evaluator {
  /** Decides about a flow. */
  judge(flow: Flow): Verdict;
  /** Decides at one end of a flow only. */
  judgeEnd(flow: Flow, direction: Direction): DirectionVerdict;
  /** Returns the compiled policies that isolate a pod in a direction; none for a pod in the network of its node. */
  isolating(pod: Pod, direction: Direction): readonly CompiledPolicy[];
  /** Returns the labels of a namespace. */
  namespaceLabels(namespace: string): Labels;
}

/** Compiles policies for decisions about many flows. */
export function createEvaluator(input: EvaluatorInput): Evaluator {
  const { policies, namespaces, semantics = kubernetesSemantics } = input;
  const isolating = createIsolation(policies.map((policy) => compilePolicy(policy, semantics)));
  const labels = new Map<string, Labels>();
  const namespaceLabels = (namespace: string): Labels => {
    const known = labels.get(namespace);
    if (known !== undefined) return known;
    const complete = { ...namespaces.get(namespace), 'kubernetes.io/metadata.name': namespace };
    labels.set(namespace, complete);
    return complete;
  };
  const judgeEnd: Evaluator['judgeEnd'] = (flow, direction) => {
    const [self, peer] = direction === 'egress' ? [flow.source, flow.target] : [flow.target, flow.source];
    if (self.kind !== 'pod' || self.pod.hostNetwork) return decided(direction, 'not-selectable');
    const selecting = isolating(self.pod, direction);
    if (selecting.length === 0) return decided(direction, 'not-isolated');
    const isolatedBy = selecting.map(({ policy }) => policy);
    if (peer.kind === 'pod' && isSamePod(peer.pod, self.pod)) return { ...decided(direction, 'itself'), isolatedBy };
    const other = otherEnd({ self: self.pod, peer, family: flow.family ?? commonFamily(flow), namespaceLabels });
    const isOpen = direction === 'ingress' || semantics.ownNodeIsReachable;
    if (other.entity === 'own-node' && isOpen) return { ...decided(direction, 'own-node'), isolatedBy };
    return { ...judgeRules({ selecting, direction, other, port: targetPort(flow) }), isolatedBy };
  };
  return {
    judgeEnd,
    isolating,
    namespaceLabels,
    judge(flow) {
      const [egress, ingress] = [judgeEnd(flow, 'egress'), judgeEnd(flow, 'ingress')];
      return { allowed: egress.allowed && ingress.allowed, egress, ingress };
    },
  };
}

/** A pod cannot block access to itself. The pod of a template stands for all replicas, of which the other end is another one. */
export function isSamePod(one: Pod, other: Pod): boolean {
  return one.name === other.name && one.namespace === other.namespace && one.workload === undefined;
}

function decided(direction: Direction, reason: DirectionVerdict['reason']): DirectionVerdict {
  return { direction, allowed: true, reason, isolatedBy: [], allowedBy: [], dependsOnAddress: false };
}

/** Returns a function that finds the policies of a pod, and remembers them. */
function createIsolation(compiled: readonly CompiledPolicy[]): Evaluator['isolating'] {
  const byNamespace = Map.groupBy(compiled, ({ policy }) => policy.namespace);
  const everywhere = byNamespace.get('') ?? [];
  const found = { ingress: new WeakMap<Pod, readonly CompiledPolicy[]>(), egress: new WeakMap() };
  return (pod, direction) => {
    if (pod.hostNetwork) return [];
    const known = found[direction].get(pod);
    if (known !== undefined) return known;
    const candidates = [...(byNamespace.get(pod.namespace) ?? []), ...everywhere];
    const selecting = candidates.filter((one) => one[direction] !== undefined && one.selects(pod.labels));
    found[direction].set(pod, selecting);
    return selecting;
  };
}

/**
 * The family in which both ends have an address, or the first one of an end if the address of the other end is not known; undefined if they have
 * none in common.
 */
export function commonFamily({ source, target }: Pick<Flow, 'source' | 'target'>): IPFamily | undefined {
  const [from, to] = [familiesOf(addressesOf(source)), familiesOf(addressesOf(target))];
  if (from.length === 0 || to.length === 0) return from[0] ?? to[0];
  return from.find((family) => to.includes(family));
}

export function addressesOf(peer: Peer): readonly string[] {
  return peer.kind === 'pod' ? peer.pod.addresses : peer.addresses;
}

/** Returns an end of a flow as the rules of a pod see it: pods in the network of their node are that node. */
export function otherEnd(input: {
  readonly self: Pod;
  readonly peer: Peer;
  readonly family: IPFamily | undefined;
  readonly namespaceLabels: (namespace: string) => Labels;
}): OtherEnd {
  const { self, peer, family, namespaceLabels } = input;
  const range = rangeOfFamily(addressesOf(peer), family);
  if (peer.kind === 'outside') return { entity: 'outside', range };
  if (peer.kind === 'pod' && !peer.pod.hostNetwork) {
    const { namespace, labels } = peer.pod;
    return { entity: 'pod', namespace, namespaceLabels: namespaceLabels(namespace), labels, range };
  }
  const node = peer.kind === 'pod' ? peer.pod.node : peer.name;
  return { entity: node !== undefined && node === self.node ? 'own-node' : 'other-node', range };
}

function targetPort({ target, protocol, port }: Flow): TargetPort {
  const named = target.kind === 'pod' && !target.pod.hostNetwork ? target.pod.ports : [];
  return { protocol, port, named };
}

function judgeRules(input: {
  readonly selecting: readonly CompiledPolicy[];
  readonly direction: Direction;
  readonly other: OtherEnd;
  readonly port: TargetPort;
}): Omit<DirectionVerdict, 'isolatedBy'> {
  const { selecting, direction, other, port } = input;
  const allowedBy: RuleMatch[] = [];
  let isUncertain = false;
  for (const { policy, ...compiled } of selecting) {
    for (const [index, { peers, ports }] of (compiled[direction] ?? []).entries()) {
      const portIndex = ports.findIndex((admits) => admits(port));
      if (ports.length > 0 && portIndex < 0) continue;
      const contained = peers.map((admits) => admits(other));
      const peerIndex = contained.indexOf('all');
      isUncertain ||= contained.includes('some');
      if (peers.length > 0 && peerIndex < 0) continue;
      allowedBy.push({
        policy,
        rule: index,
        ...(peerIndex < 0 ? {} : { peer: peerIndex }),
        ...(portIndex < 0 ? {} : { port: portIndex }),
      });
    }
  }
  const allowed = allowedBy.length > 0;
  return {
    direction,
    allowed,
    reason: allowed ? 'rule' : 'no-rule',
    allowedBy,
    dependsOnAddress: !allowed && isUncertain,
  };
}
