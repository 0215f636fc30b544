import type { ShootFacts } from '../../gardener/cluster.ts';
import type { IPFamily, Network } from '../../gardener/network.ts';
import { isRecord, recordOf } from '../../gardener/objects.ts';
import type { Capacity } from '../../network/capacity.ts';
import type { NetworkPlan } from '../../network/plugin.ts';
import type { PodPath } from '../../network/reachability.ts';
import type { Traffic } from '../../network/traffic.ts';
import { addressIn, familyRanges, subRange } from './addresses.ts';
import { type NodePicture, type PacketPath, type Proxy, packetPaths } from './packet-paths.ts';

/** Two nodes of a shoot, and the paths of packets between their pods, by family. */
export interface Picture {
  /** The name of the CNI. */
  readonly cni: string;
  readonly families: readonly FamilyPicture[];
  readonly traffic: Traffic;
  readonly proxy: Proxy;
}

export interface FamilyPicture {
  readonly family: IPFamily;
  readonly path: PodPath;
  readonly pods: string | undefined;
  readonly services: string | undefined;
  readonly nodeRange: string | undefined;
  readonly nodes: readonly [NodePicture, NodePicture];
  readonly service: string;
  readonly link: Link;
  readonly packets: readonly PacketPath[];
}

/** The connection between two nodes. */
export interface Link {
  readonly kind: 'tunnel' | 'routes' | 'broken';
  /** `VXLAN`, or `plain packets`. */
  readonly label: string;
  readonly encrypted: boolean;
}

export interface PictureInput {
  readonly cni: string;
  readonly network: Network;
  readonly facts: ShootFacts;
  readonly plan: NetworkPlan;
  readonly traffic: Traffic;
  readonly capacity: Capacity | undefined;
}

/** Returns the picture of a plan. Without a known path, such as before Cilium knows its IPAM mode, it has no families. */
export function createPicture(input: PictureInput): Picture {
  const { cni, facts, traffic } = input;
  const proxy = describeProxy({ cni, facts, traffic });
  return {
    cni,
    traffic,
    proxy,
    families: readPaths(input.plan).map((path) => familyPicture({ ...input, path, proxy })),
  };
}

/** Returns the paths in the status of a plan (pathsForStatus). */
function readPaths({ status }: NetworkPlan): readonly PodPath[] {
  const paths = recordOf(recordOf(status.providerStatus['applied'])['podPaths']);
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const path = paths[family];
    return isRecord(path) ? [{ family, ...path } as PodPath] : [];
  });
}

function describeProxy({ cni, facts, traffic }: Pick<PictureInput, 'cni' | 'facts' | 'traffic'>): Proxy {
  const mode = facts.kubeProxy.mode ?? 'IPTables';
  return {
    services: traffic.services === 'kube-proxy' ? `kube-proxy, mode ${mode}` : `eBPF of ${cni}`,
    dns: facts.nodeLocalDNS && traffic.localDns !== 'none' ? 'NodeLocalDNS' : 'CoreDNS',
  };
}

interface FamilyInput extends PictureInput {
  readonly path: PodPath;
  readonly proxy: Proxy;
}

function familyPicture(input: FamilyInput): FamilyPicture {
  const { path, network, facts } = input;
  const { family } = path;
  const ranges = familyRanges({ family, network, facts });
  const nodes = [exampleNode(input, 0), exampleNode(input, 1)] as const;
  // The first address of the range is that of the Service `kubernetes`.
  const service = addressIn(ranges.services, 100) ?? 'address of the Service';
  return {
    family,
    path,
    pods: ranges.pods?.text,
    services: ranges.services?.text,
    nodeRange: ranges.nodes?.text,
    nodes,
    service,
    link: describeLink(input),
    packets: packetPaths({ ...input, nodes, service }),
  };
}

function exampleNode(input: FamilyInput, index: 0 | 1): NodePicture {
  const { path, network, facts } = input;
  const ranges = familyRanges({ family: path.family, network, facts });
  const letter = index === 0 ? 'a' : 'b';
  const range = nodePodRange(input, index);
  const offset = 10 + index;
  const pod =
    path.addresses === 'single addresses'
      ? addressIn(ranges.pods, offset)
      : addressIn(range, path.addresses === 'blocks' ? 2 : offset);
  return {
    name: `node ${letter}`,
    address: addressIn(ranges.nodes, 4 + index) ?? `address of node ${letter}`,
    range,
    pod: { name: `pod ${letter}`, address: pod ?? `address of pod ${letter}` },
  };
}

/** Calico assigns addresses from blocks of this size, unless its pool says otherwise (docs/design/calico.md#objects-in-the-shoot). */
const blockPrefix: Readonly<Record<IPFamily, number>> = { IPv4: 26, IPv6: 122 };

function nodePodRange({ path, network, facts, capacity, plan }: FamilyInput, index: number): string | undefined {
  const { family } = path;
  const { pods } = familyRanges({ family, network, facts });
  switch (path.addresses) {
    // The range of an option, which is no part of the picture.
    case 'one range on all nodes':
    case 'single addresses':
      return undefined;
    case 'blocks':
      return subRange(pods, { prefix: blockPrefix[family], index });
    default: {
      const mask = capacity?.pods.find((one) => one.family === family)?.nodeMask;
      const own = family === 'IPv4' ? plan.ipv4NodeMask : undefined;
      return subRange(pods, { prefix: own ?? mask ?? (family === 'IPv4' ? 24 : 64), index });
    }
  }
}

function describeLink({ path, traffic }: FamilyInput): Link {
  const encrypted = traffic.encryption !== undefined;
  const replaced = traffic.encryption?.replacesTunnel === true;
  const tunnel = path.transport === 'plain' || replaced ? undefined : path.transport;
  const label = [...(tunnel === undefined ? [] : [tunnel]), ...(encrypted ? ['WireGuard'] : [])].join(' in ');
  const kind = path.reach === 'no network' ? 'broken' : label === '' ? 'routes' : 'tunnel';
  return { kind, label: label === '' ? 'plain packets' : label, encrypted };
}
