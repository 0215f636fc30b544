import type { Cidr } from '../gardener/cidr.ts';
import { type Containment, compileBlock } from './addresses.ts';
import { compileSelector, type LabelMatcher } from './selector.ts';
import type {
  ContainerPort,
  Entity,
  IPBlock,
  Labels,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
  PolicySemantics,
  Protocol,
} from './types.ts';

/** The other end of a flow, as the rules of a pod see it. */
export interface OtherEnd {
  readonly entity: Entity;
  /** Of a pod: its namespace and labels. */
  readonly namespace?: string;
  readonly namespaceLabels?: Labels;
  readonly labels?: Labels;
  /** Absent if the address is not known. */
  readonly range?: Cidr | undefined;
}

/** The port of a flow, with the ports of the containers of its target, if that is a pod that policies select. */
export interface TargetPort {
  readonly protocol: Protocol;
  readonly port: number;
  readonly named: readonly ContainerPort[];
}

export interface CompiledRule {
  /** Empty if the rule admits all peers. */
  readonly peers: readonly ((other: OtherEnd) => Containment)[];
  /** Empty if the rule admits all ports. */
  readonly ports: readonly ((port: TargetPort) => boolean)[];
}

export interface CompiledPolicy {
  readonly policy: NetworkPolicy;
  readonly selects: LabelMatcher;
  readonly ingress?: readonly CompiledRule[];
  readonly egress?: readonly CompiledRule[];
}

/** Compiles a policy of `readPolicy`, so that its selectors and ranges are parsed once. */
export function compilePolicy(policy: NetworkPolicy, semantics: PolicySemantics): CompiledPolicy {
  const compile = (rules: readonly PolicyRule[] | undefined): readonly CompiledRule[] | undefined =>
    rules?.map((rule) => compileRule(rule, { namespace: policy.namespace, semantics }));
  const [ingress, egress] = [compile(policy.ingress), compile(policy.egress)];
  return {
    policy,
    selects: compileSelector(policy.podSelector),
    ...(ingress && { ingress }),
    ...(egress && { egress }),
  };
}

interface RuleContext {
  readonly namespace: string;
  readonly semantics: PolicySemantics;
}

function compileRule({ peers, ports }: PolicyRule, context: RuleContext): CompiledRule {
  return { peers: peers.map((peer) => compilePeer(peer, context)), ports: ports.map(compilePort) };
}

function compilePeer(peer: PolicyPeer, { namespace, semantics }: RuleContext): (other: OtherEnd) => Containment {
  if ('ipBlock' in peer) return compileAddresses(peer.ipBlock, semantics);
  if ('entities' in peer) {
    const entities = new Set(peer.entities);
    return ({ entity }) => (entities.has(entity) ? 'all' : 'none');
  }
  const { podSelector = {}, namespaceSelector } = peer;
  const pods = compileSelector(podSelector);
  const namespaces = namespaceSelector && compileSelector(namespaceSelector);
  return (other) => {
    if (other.entity !== 'pod') return 'none';
    const inNamespace = namespaces ? namespaces(other.namespaceLabels ?? {}) : other.namespace === namespace;
    return inNamespace && pods(other.labels ?? {}) ? 'all' : 'none';
  };
}

function compileAddresses(ipBlock: IPBlock, semantics: PolicySemantics): (other: OtherEnd) => Containment {
  const block = compileBlock(ipBlock);
  const selectsNodes =
    semantics.ipBlockSelectsNodes === 'all' ||
    (semantics.ipBlockSelectsNodes === 'except-everything' && !block.isEverything);
  return ({ entity, range }) => {
    if (entity === 'pod' && !semantics.ipBlockSelectsPods) return 'none';
    if (entity !== 'pod' && entity !== 'outside' && !selectsNodes) return 'none';
    return range === undefined ? 'some' : block.contains(range);
  };
}

function compilePort({ protocol, port, endPort }: PolicyPort): (target: TargetPort) => boolean {
  if (port === undefined) return (target) => target.protocol === protocol;
  if (typeof port === 'number') {
    const last = endPort ?? port;
    return (target) => target.protocol === protocol && target.port >= port && target.port <= last;
  }
  return (target) =>
    target.protocol === protocol &&
    target.named.some((one) => one.name === port && one.port === target.port && one.protocol === protocol);
}
