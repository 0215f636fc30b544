import { overlaps, parseCidr } from '../gardener/cidr.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import { type FindingContext, peerPath, policyName } from './cluster.ts';
import { nodeLocalDNSAddresses } from './effects.ts';
import type { PolicyEnvironment } from './environment.ts';
import { compileSelector } from './selector.ts';
import type { IPBlock, NetworkPolicy, PolicyPort } from './types.ts';

/** An ipBlock of a policy with its place. */
interface PlacedBlock {
  readonly policy: NetworkPolicy;
  readonly direction: 'ingress' | 'egress';
  readonly path: string;
  readonly block: IPBlock;
}

/** Returns findings about ipBlocks and protocols that do not have the effect that they suggest with the CNI of the shoot. */
export function blockFindings(context: FindingContext): readonly Diagnostic[] {
  const { environment } = context;
  if (environment === undefined) return [];
  return context.valid.flatMap(({ policy }) => {
    const blocks = (['ingress', 'egress'] as const).flatMap((direction) => blocksOf(policy, direction));
    return [
      ...blocks.flatMap((block) => withoutEffect(block, environment, context)),
      ...clientAddresses(blocks, policy, { ...context, environment }),
      ...sctpPorts(policy, { ...context, environment }),
    ];
  });
}

function blocksOf(policy: NetworkPolicy, direction: 'ingress' | 'egress'): readonly PlacedBlock[] {
  return (policy[direction] ?? []).flatMap(({ peers }, rule) =>
    peers.flatMap((peer, index) =>
      'ipBlock' in peer
        ? [{ policy, direction, path: `${peerPath(direction, rule, index)}.ipBlock`, block: peer.ipBlock }]
        : [],
    ),
  );
}

function withoutEffect(
  { policy, direction, path, block }: PlacedBlock,
  environment: PolicyEnvironment,
  { report }: FindingContext,
): readonly Diagnostic[] {
  const reason = blockProblem(block, direction, environment);
  if (reason === undefined) return [];
  return [
    report('policy-ip-block-without-effect', { object: policyName(policy), path: `${path}.cidr`, message: reason }),
  ];
}

/** Returns why a block admits nothing; undefined if it may admit something. */
function blockProblem(
  { cidr }: IPBlock,
  direction: 'ingress' | 'egress',
  environment: PolicyEnvironment,
): string | undefined {
  const { cni, podRanges, serviceRanges, dns, dnsAddresses } = environment;
  const isDns =
    dns === 'on-node' && [...dnsAddresses, ...nodeLocalDNSAddresses].some((address) => cidr.startsWith(`${address}/`));
  if (isDns) return undefined;
  if (direction === 'egress' && isWithin(cidr, serviceRanges))
    return `${cidr} is in the range of Services, whose addresses are translated to those of pods first`;
  if (cni === 'cilium' && isWithin(cidr, podRanges))
    return `${cidr} is in the range of pods, which Cilium does not select by addresses`;
  return undefined;
}

function isWithin(cidr: string, ranges: readonly string[]): boolean {
  const inner = parseCidr(cidr);
  if (inner === undefined) return false;
  return ranges.some((text) => {
    const outer = parseCidr(text);
    return outer !== undefined && overlaps(outer, inner) && outer.first <= inner.first && inner.last <= outer.last;
  });
}

type WithEnvironment = FindingContext & { readonly environment: PolicyEnvironment };

function clientAddresses(
  blocks: readonly PlacedBlock[],
  policy: NetworkPolicy,
  { environment, services, pods, report }: WithEnvironment,
): readonly Diagnostic[] {
  const [block] = blocks.filter((one) => one.direction === 'ingress' && isOutside(one.block, environment));
  if (block === undefined || environment.keepsClientAddress) return [];
  const matches = compileSelector(policy.podSelector);
  const selected = pods.filter((pod) => pod.namespace === policy.namespace && matches(pod.labels));
  const exposing = services.find(({ namespace, type, selector, externalTrafficPolicy }) => {
    if (type !== 'LoadBalancer' && type !== 'NodePort') return false;
    if (externalTrafficPolicy === 'Local' || selector === undefined) return false;
    const serves = compileSelector({ matchLabels: selector });
    return selected.some((pod) => pod.namespace === namespace && serves(pod.labels));
  });
  if (exposing === undefined) return [];
  const message = `behind Service ${exposing.namespace}/${exposing.name} clients have addresses of nodes, so that ${block.block.cidr} does not admit them`;
  return [report('policy-client-address', { object: policyName(policy), path: block.path, message })];
}

/** A block for some clients outside of the cluster: neither for all, nor for pods or nodes. */
function isOutside({ cidr }: IPBlock, { podRanges, nodeRanges }: PolicyEnvironment): boolean {
  const range = parseCidr(cidr);
  if (range === undefined || range.prefix === 0) return false;
  return ![...podRanges, ...nodeRanges].some((text) => {
    const other = parseCidr(text);
    return other !== undefined && overlaps(other, range);
  });
}

function sctpPorts(policy: NetworkPolicy, { environment, report }: WithEnvironment): readonly Diagnostic[] {
  if (environment.sctp) return [];
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    (policy[direction] ?? []).flatMap(({ ports }, rule) =>
      ports.flatMap((port: PolicyPort, index) =>
        port.protocol === 'SCTP'
          ? [
              report('policy-sctp', {
                object: policyName(policy),
                path: `spec.${direction}[${rule}].ports[${index}].protocol`,
                message: 'Cilium drops SCTP in this shoot',
              }),
            ]
          : [],
      ),
    ),
  );
}
