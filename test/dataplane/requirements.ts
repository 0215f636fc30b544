/** What a machine needs to run the data plane, and what it lacks. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cgroupRoot } from './arena/arena.ts';
import { findProgram } from './arena/command.ts';

/** Programs by the Debian package that contains them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'util-linux': ['unshare', 'nsenter', 'setpriv'],
  iproute2: ['ip'],
  procps: ['sysctl'],
  'iputils-ping': ['ping'],
  iptables: ['iptables'],
  ipset: ['ipset'],
  'clang-19 llvm-19': ['clang', 'llc'],
};

/** Returns what prevents all classes on this machine, each with a remedy; empty if nothing does. */
export function missingRequirements(): readonly string[] {
  if (process.platform !== 'linux') return [`Linux (this is ${process.platform})`];
  if (process.getuid?.() !== 0) return ['root'];
  const tools = Object.entries(packages).flatMap(([name, programs]) => {
    const absent = programs.filter((program) => findProgram(program) === undefined);
    return absent.length === 0 ? [] : [`${absent.join(' and ')} (apt-get install ${name})`];
  });
  const kernel = existsSync('/sys/kernel/btf/vmlinux') ? [] : ['a kernel with CONFIG_DEBUG_INFO_BTF'];
  const cgroup = cgroupRoot() === undefined ? ['a mounted cgroup2 hierarchy'] : [];
  const all = [...tools, ...kernel, ...cgroup];
  return all.length === 0 && !canUnshare() ? ['the permission to create namespaces (a privileged container)'] : all;
}

/** Returns the options that the kernel's configuration lacks. Without a readable configuration all are assumed to be there. */
export function missingKernelOptions(options: readonly string[]): readonly string[] {
  const config = kernelConfig();
  return config === undefined ? [] : options.filter((option) => !new RegExp(`^${option}=[ym]$`, 'm').test(config));
}

function kernelConfig(): string | undefined {
  if (existsSync('/proc/config.gz')) return gunzipSync(readFileSync('/proc/config.gz')).toString('utf8');
  const file = path.join('/boot', `config-${os.release()}`);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--net', '--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
