import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { cgroupRoot, cgroupVariable } from './arena/arena.ts';
import { workFolder } from './arena/node.ts';

/** Returns what a run has left on this machine: links, mounts, cgroups, pinned eBPF objects and processes; empty if it removed everything. */
export function remains(): readonly string[] {
  const links = Object.keys(networkInterfaces()).filter((name) => /^(fabric|outside0|node-\d+|cilium_|lxc)/.test(name));
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(workFolder));
  const root = cgroupRoot();
  const cgroups =
    root === undefined ? [] : readdirSync(root).filter((name) => name === `netext-dataplane-${process.pid}`);
  const pinned = list('/sys/fs/bpf').filter((name) => name === 'tc' || name === 'cilium');
  return [
    ...links.map((name) => `link ${name}`),
    ...mounts.map((name) => `mount ${name}`),
    ...cgroups.map((name) => `cgroup ${name}`),
    ...pinned.map((name) => `/sys/fs/bpf/${name}`),
    ...processes().map((pid) => `process ${pid}`),
  ];
}

/** Processes that were started in an arena of this process have its cgroup in their environment. */
function processes(): readonly string[] {
  const mark = new RegExp(`\\b${cgroupVariable}=\\S*netext-dataplane-${process.pid}\\0`);
  return list('/proc').filter((pid) => /^\d+$/.test(pid) && mark.test(environment(pid)));
}

function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
