/** What a run may leave on a machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupRoot, cgroupVariable } from './arena/arena.ts';
import { workFolder } from './arena/node.ts';

/** Returns links, mounts, cgroups, eBPF objects and processes of this machine that a run could have created, one text per object. */
export function snapshot(): readonly string[] {
  const links = Object.keys(networkInterfaces()).filter((name) =>
    /^(fabric|outside0|node-\d+|cilium_|lxc|cali|vxlan\.calico|tunl0|kube-)/.test(name),
  );
  const mounts = read('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(workFolder));
  const root = cgroupRoot();
  const cgroups =
    root === undefined ? [] : readdirSync(root).filter((name) => name === `netext-dataplane-${process.pid}`);
  return [
    ...links.map((name) => `link ${name}`),
    ...mounts.map((name) => `mount ${name}`),
    ...cgroups.map((name) => `cgroup ${name}`),
    ...bpfObjects(),
    ...processes().map((pid) => `process ${pid}`),
  ];
}

/** The kernel removes network namespaces with their eBPF programs in the background. */
const patienceMs = 30_000;

/** Returns what was not there before and does not disappear; empty if a run removed everything. */
export async function remains(before: readonly string[]): Promise<readonly string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const left = added(before);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(500);
  }
}

function added(before: readonly string[]): readonly string[] {
  const known = count(before);
  const all = count(snapshot());
  return [...all].flatMap(([name, number]) => {
    const more = number - (known.get(name) ?? 0);
    return more <= 0 ? [] : [more === 1 ? name : `${name} (${more})`];
  });
}

/**
 * Returns pins, and programs with names as those of Cilium and Calico. The kernel lists all loaded programs as symbols, wherever they are
 * attached (with net.core.bpf_jit_kallsyms=1, the default). Maps need no list: one without program, pin and process does not exist.
 */
function bpfObjects(): readonly string[] {
  const pins = readFolder('/sys/fs/bpf').map((name) => `pin /sys/fs/bpf/${name}`);
  const programs = [...read('/proc/kallsyms').matchAll(/ bpf_prog_[0-9a-f]{16}_(?<name>\S+)\t\[bpf\]/g)].map(
    ({ groups }) => groups?.['name'] ?? '',
  );
  const own = programs.filter((name) => /^(cil_|tail_|handle_|cali)/.test(name));
  return [...pins, ...own.map((name) => `eBPF program ${name}`)];
}

/** Processes that were started in an arena of this process have its cgroup in their environment. */
function processes(): readonly string[] {
  const mark = new RegExp(`\\b${cgroupVariable}=\\S*netext-dataplane-${process.pid}\\0`);
  return pids().filter((pid) => mark.test(read(`/proc/${pid}/environ`)));
}

function pids(): readonly string[] {
  return readFolder('/proc').filter((name) => /^\d+$/.test(name));
}

function count(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Files of processes disappear at any time. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
