import { addressFamily } from '../gardener/cidr.ts';
import { quoted } from '../gardener/objects.ts';
import { didYouMean } from '../network/field.ts';
import { clusterEvaluator, type PolicyCluster, policyName } from '../networkpolicy/cluster.ts';
import { dnsServer } from '../networkpolicy/dns.ts';
import { type EffectCode, policyEffects } from '../networkpolicy/effects.ts';
import { systemNamespace, systemPods } from '../networkpolicy/gardener.ts';
import { endpointsOf, type Service } from '../networkpolicy/services.ts';
import {
  type DirectionVerdict,
  type Flow,
  type Peer,
  type Pod,
  type Protocol,
  protocols,
  type RuleMatch,
  type Verdict,
} from '../networkpolicy/types.ts';
import { InputError } from '../yaml/input.ts';

/** One flow of `--from` and `--to` with its verdict. */
export interface JudgedFlow {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** The Service by which the target was named, `namespace/name:port`. */
  readonly service?: string;
  readonly verdict: Verdict;
  /** The rules of the CNI that matter to this flow. */
  readonly effects: readonly { readonly code: string; readonly text: string }[];
}

export interface FlowQuestion {
  readonly from: string;
  readonly to: string;
}

/** Decides about the flow; several if the target is a Service with several pods. Throws InputError for unknown ends. */
export function judgeFlows(cluster: PolicyCluster, { from, to }: FlowQuestion): readonly JudgedFlow[] {
  const evaluator = clusterEvaluator(cluster);
  const source = parsePeer(from, '--from', cluster);
  const targets = parseTargets(to, source, cluster);
  return targets.map(({ peer, port, protocol, service }) => {
    const flow: Flow = { source, target: peer, port, protocol };
    const verdict = evaluator.judge(flow);
    return {
      from: describePeer(source),
      to: describePeer(peer),
      port,
      protocol,
      ...(service === undefined ? {} : { service }),
      verdict,
      effects: relevantEffects(cluster, { flow, service, verdict }),
    };
  });
}

function describePeer(peer: Peer): string {
  if (peer.kind === 'pod') return `${peer.pod.namespace}/${peer.pod.name}`;
  if (peer.kind === 'node') return peer.name === '' ? 'the node of the pod' : `node ${peer.name}`;
  return peer.addresses[0] ?? 'outside';
}

const dnsService = 'kube-system/kube-dns';

/** Pods of Gardener can be ends of flows without being in the input. */
const wellKnown: readonly Pod[] = Object.values(systemPods);

function parsePeer(text: string, option: string, { pods }: PolicyCluster): Peer {
  if (addressFamily(text) !== undefined) return { kind: 'outside', addresses: [text] };
  const pod = findPod(text, [...pods, ...wellKnown]);
  if (pod !== undefined) return { kind: 'pod', pod };
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`);
  const guess = didYouMean(text, names);
  const hint = guess === undefined ? '' : `, did you mean ${quoted(guess)}?`;
  throw new InputError([
    {
      message: `${option}: ${quoted(text)} is neither an address nor namespace/name of a pod or workload in the input${hint}`,
    },
  ]);
}

function findPod(text: string, pods: readonly Pod[]): Pod | undefined {
  return pods.find(({ namespace, name }) => `${namespace}/${name}` === text);
}

interface Target {
  readonly peer: Peer;
  readonly port: number;
  readonly protocol: Protocol;
  readonly service?: string;
}

interface TargetText {
  /** As written, for messages. */
  readonly text: string;
  /** A name or an address. */
  readonly name: string;
  readonly port: string;
  readonly protocol: Protocol;
}

function parseTargets(text: string, source: Peer, cluster: PolicyCluster): readonly Target[] {
  const target = parseTarget(text);
  const { name, port, protocol } = target;
  // Whoever answers, which is not always a pod that the Service selects.
  const isDns = name === dnsService || cluster.environment?.dnsAddresses.includes(name) === true;
  if (isDns && port === '53' && source.kind === 'pod') {
    const server = dnsServer(cluster.environment, source.pod);
    return [{ peer: server.peer, port: server.port, protocol, service: `${dnsService}:53` }];
  }
  const isPod = findPod(name, [...cluster.pods, ...wellKnown]) !== undefined;
  const service = cluster.services.find(
    (one) => `${one.namespace}/${one.name}` === name || one.addresses.includes(name),
  );
  if (service !== undefined && !isPod) return serviceTargets(service, target, cluster);
  const peer = parsePeer(name, '--to', cluster);
  return [{ peer, port: portNumber(port, { peer, protocol, text }), protocol }];
}

function parseTarget(text: string): TargetText {
  const { groups = {} } = /^(?<name>.+):(?<port>[a-z0-9-]+)(?:\/(?<protocol>[A-Za-z]+))?$/.exec(text) ?? {};
  const { name, port, protocol = 'TCP' } = groups;
  const known = protocols.find((one) => one === protocol.toUpperCase());
  if (name !== undefined && port !== undefined && known !== undefined)
    return { text, name: name.replace(/^\[(.*)\]$/, '$1'), port, protocol: known };
  throw new InputError([
    { message: `--to: ${quoted(text)} is not namespace/name:port, with /UDP or /SCTP for other protocols` },
  ]);
}

function serviceTargets(
  service: Service,
  { name, port: portText, protocol }: TargetText,
  { pods }: PolicyCluster,
): readonly Target[] {
  const port = service.ports.find(
    (one) => one.protocol === protocol && (String(one.port) === portText || one.name === portText),
  );
  const found = port === undefined ? [] : endpointsOf(service, port, [...pods, ...wellKnown]);
  if (found.length === 0)
    throw new InputError([
      { message: `--to: Service ${quoted(name)} has no pod of the input at port ${quoted(portText)}` },
    ]);
  return found.map((one) => ({
    peer: { kind: 'pod', pod: one.pod },
    port: one.port,
    protocol,
    service: `${service.namespace}/${service.name}:${portText}`,
  }));
}

function portNumber(
  port: string,
  context: { readonly peer: Peer; readonly protocol: Protocol; readonly text: string },
): number {
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return Number(port);
  const { peer, protocol, text } = context;
  const declared = peer.kind === 'pod' ? peer.pod.ports : [];
  const found = declared.find((one) => one.name === port && one.protocol === protocol);
  if (found !== undefined) return found.port;
  const reason = /^\d+$/.test(port)
    ? 'the port must be between 1 and 65535'
    : 'no container of the pod has a port with this name';
  throw new InputError([{ message: `--to: ${quoted(text)}: ${reason}` }]);
}

/** Which rules of the CNI explain a verdict. */
function relevantEffects(
  cluster: PolicyCluster,
  { flow, service, verdict }: { readonly flow: Flow; readonly service: string | undefined; readonly verdict: Verdict },
): JudgedFlow['effects'] {
  const { environment } = cluster;
  if (environment === undefined) return [];
  const ends = [flow.source, flow.target];
  const hasHost = ends.some((one) => one.kind === 'pod' && one.pod.hostNetwork);
  const toCoreDns = flow.target.kind === 'pod' && flow.target.pod.labels['k8s-app'] === 'kube-dns';
  const inSystem = flow.target.kind === 'pod' && flow.target.pod.namespace === systemNamespace;
  const isDns = service?.startsWith(dnsService) === true || (toCoreDns && inSystem);
  const rules = [verdict.egress, verdict.ingress].flatMap(({ isolatedBy, direction }) =>
    isolatedBy.flatMap((policy) => policy[direction] ?? []),
  );
  const hasBlocks = rules.some(({ peers }) => peers.some((peer) => 'ipBlock' in peer));
  const fromOutside = flow.source.kind === 'outside';
  const relevant: Readonly<Partial<Record<EffectCode, boolean>>> = {
    'effect-services': service !== undefined,
    'effect-own-node': hasHost,
    'effect-host-network': hasHost,
    'effect-ip-block-pods': hasBlocks,
    'effect-ip-block-nodes': hasBlocks,
    'effect-node-address': hasHost && hasBlocks,
    'effect-client-address': fromOutside && hasBlocks,
    'effect-dns-on-node': isDns,
    'effect-dns-local-pods': isDns,
    'effect-dns-port': isDns,
    'effect-dns-open': isDns,
    'effect-sctp': flow.protocol === 'SCTP',
    'effect-audit': true,
  };
  return policyEffects(environment).filter(({ code }) => relevant[code as EffectCode] === true);
}

/** Returns the steps of a verdict, one line each, indented by their depth. */
export function explainFlow(
  { from, to, port, service, verdict, effects }: JudgedFlow,
  cni: string | undefined,
): readonly string[] {
  return [
    ...(service === undefined ? [] : [`  Service ${service} is answered by ${to}:${port}`]),
    ...explainEnd(verdict.egress, from),
    ...explainEnd(verdict.ingress, to),
    ...(effects.length === 0
      ? []
      : [`  ${cni ?? 'CNI'}:`, ...effects.map(({ code, text }) => `    ${text} [${code}]`)]),
  ];
}

function explainEnd(verdict: DirectionVerdict, end: string): readonly string[] {
  const { direction, allowed, isolatedBy, allowedBy, dependsOnAddress } = verdict;
  return [
    `  ${direction} of ${end}: ${allowed ? 'allowed' : 'denied'}, ${reasonText(verdict)}`,
    ...(verdict.reason === 'rule' || verdict.reason === 'no-rule'
      ? isolatedBy.map((policy) => `    isolated by ${policyName(policy)}`)
      : []),
    ...allowedBy.map((match) => `    allowed by ${describeMatch(match, direction)}`),
    ...(dependsOnAddress ? ['    an ipBlock contains some of the addresses that the other end may have'] : []),
  ];
}

function reasonText({ reason, direction }: DirectionVerdict): string {
  switch (reason) {
    case 'not-selectable':
      return 'policies do not apply to addresses outside of the pod network';
    case 'not-isolated':
      return `no policy isolates it for ${direction}`;
    case 'itself':
      return 'a pod always reaches itself';
    case 'own-node':
      return 'the other end is its node';
    case 'rule':
      return 'by a rule';
    case 'no-rule':
      return 'no rule admits it';
  }
}

/** Returns `NetworkPolicy namespace/name spec.ingress[0] (from[1], ports[0])`. */
function describeMatch({ policy, rule, peer, port }: RuleMatch, direction: DirectionVerdict['direction']): string {
  const parts = [
    ...(peer === undefined ? [] : [`${direction === 'ingress' ? 'from' : 'to'}[${peer}]`]),
    ...(port === undefined ? [] : [`ports[${port}]`]),
  ];
  return `${policyName(policy)} spec.${direction}[${rule}]${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}
