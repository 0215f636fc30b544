import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { cgroupVariable } from './arena.ts';
import { shell } from './command.ts';
import { rootLines } from './root.ts';
import { type Addresses, attachNode } from './topology.ts';

/** A machine of the cluster: a network namespace, the root of its file system, and a cgroup for all its processes. */
export interface Node {
  /** Name of the Node object and of the network namespace. */
  readonly name: string;
  readonly addresses: Addresses;
  /** Ranges for pods, one per family. */
  readonly podRanges: readonly string[];
  /** The host's file system, in which hostPath volumes are. */
  readonly root: string;
  readonly cgroup: string;
}

export interface NodeInput extends Pick<Node, 'name' | 'addresses' | 'podRanges'> {
  /** Default: that of this machine. */
  readonly nameserver?: string;
}

/** Folder of all files of the arena, a tmpfs. */
export const workFolder = '/run/dataplane';

/**
 * Creates a node. Mounts that gardenlet's operating system or init containers make in the host's mount namespace exist already: the eBPF
 * file system, and the cgroup at the place that the init container mount-cgroup uses.
 */
export async function createNode(input: NodeInput): Promise<Node> {
  const root = path.join(workFolder, input.name);
  const cgroup = path.join(arenaCgroup(), input.name);
  mkdirSync(root, { recursive: true });
  mkdirSync(cgroup);
  await attachNode(input.name, input.addresses);
  await shell([
    ...rootLines(root),
    `mkdir -p ${root}/run/cilium/cgroupv2 ${root}/run/netns ${root}/opt/cni/bin ${root}/etc/cni/net.d`,
    `mount -t bpf bpf ${root}/sys/fs/bpf`,
    `mount --bind ${cgroup} ${root}/run/cilium/cgroupv2`,
    // Network namespaces of pods appear in it later.
    `mount --rbind /run/netns ${root}/run/netns`,
  ]);
  if (input.nameserver !== undefined) await shell([`echo nameserver ${input.nameserver} > ${root}/etc/resolv.conf`]);
  return { ...input, root, cgroup };
}

/** Returns the arguments of nsenter and the shell that run a program of this machine on a node, in its network and cgroup. */
export function onNode(node: Pick<Node, 'cgroup'>, namespace: string, command: readonly string[]): readonly string[] {
  return [
    `--net=/run/netns/${namespace}`,
    'sh',
    '-c',
    `echo $$ > ${node.cgroup}/cgroup.procs; exec "$@"`,
    'sh',
    ...command,
  ];
}

function arenaCgroup(): string {
  const folder = process.env[cgroupVariable];
  if (folder === undefined) throw new Error('this program runs in an arena only');
  return folder;
}
