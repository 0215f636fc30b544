/** Builds agent, operator, CNI plugin and command line of Cilium from the pinned Go module, once per machine and version. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildFlags, buildProgram, type GoProgram } from '../../controlplane/go-build.ts';
import { withLock } from '../../controlplane/lock.ts';
import { requiredVersion } from '../../controlplane/recipe.ts';
import { cacheFolder } from '../../controlplane/sources.ts';
import { findProgram } from '../arena/command.ts';

export interface CiliumPrograms {
  readonly version: string;
  /** Contains `bin` with the programs, and `bpf` with the sources that agents compile. */
  readonly folder: string;
  /** Paths of the compiler on this machine, by the names that agents use. */
  readonly tools: Readonly<Record<'clang' | 'llc', string>>;
}

const moduleFolder = path.join(import.meta.dirname, '../build/cilium');
const module = 'github.com/cilium/cilium';

/** Programs with the flags of Cilium's own build; the operator is the one of the image operator-generic's providers. */
const programs = [
  { name: 'cilium-agent', package: 'daemon', expected: { time: 'about 6 minutes on 2 cores', packages: 1750 } },
  { name: 'cilium-dbg', package: 'cilium-dbg', expected: { time: 'under a minute', packages: 50 } },
  { name: 'cilium-cni', package: 'plugins/cilium-cni', expected: { time: 'seconds', packages: 12 } },
  {
    name: 'cilium-operator',
    package: 'operator',
    tags: 'ipam_provider_operator',
    expected: { time: 'under a minute', packages: 150 },
  },
] as const;

/** Returns the version of Cilium that is built, with a leading v. */
export function ciliumVersion(): string {
  return requiredVersion(moduleFolder, module);
}

/** Returns the folder in the cache for this version, its build instructions and this platform; it exists after a build. */
export function programsFolder(): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(path.join(moduleFolder, file)));
  // Not the path of the module, which differs between clones.
  digest.update(JSON.stringify([programs, buildFlags]));
  const key = `cilium-${ciliumVersion()}-${process.platform}-${process.arch}-${digest.digest('hex').slice(0, 10)}`;
  return path.join(cacheFolder(process.env), '../dataplane', key);
}

/** Builds what is missing. Of several processes one builds and the others wait. Throws with the end of the output of `go build`. */
export async function buildPrograms(log: (line: string) => void): Promise<string> {
  const target = programsFolder();
  mkdirSync(path.dirname(target), { recursive: true });
  const folder = `${target}.lock`;
  const waiting = (owner: string): void => log(`process ${owner} is building Cilium, waiting for it`);
  return withLock({ folder, waiting }, async () => {
    if (existsSync(target)) return target;
    const work = path.join(folder, 'work');
    mkdirSync(path.join(work, 'bin'), { recursive: true });
    for (const program of recipe()) await buildProgram({ log, env: process.env }, program, path.join(work, 'bin'));
    await checkVersion(path.join(work, 'bin/cilium-agent'));
    await copySources(path.join(work, 'bpf'));
    rmSync(target, { recursive: true, force: true });
    renameSync(work, target);
    return target;
  });
}

function recipe(): readonly GoProgram[] {
  const version = ciliumVersion();
  return programs.map(({ name, package: folder, expected, ...rest }) => ({
    name,
    version,
    mainPackage: `${module}/${folder}`,
    moduleFolder,
    linkerFlags: `-s -w -X ${module}/pkg/version.ciliumVersion=${version.slice(1)}`,
    expected,
    ...rest,
  }));
}

async function checkVersion(agent: string): Promise<void> {
  const { stdout } = await promisify(execFile)(agent, ['--version']);
  if (!stdout.includes(` ${ciliumVersion().slice(1)} `)) throw new Error(`${agent} --version prints ${stdout.trim()}`);
}

/** Copies the eBPF sources of the module, without their tests. */
async function copySources(target: string): Promise<void> {
  const { stdout } = await promisify(execFile)('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: moduleFolder });
  const source = path.join(stdout.trim(), 'bpf');
  const skipped = ['tests', 'complexity-tests'].map((name) => path.join(source, name));
  cpSync(source, target, { recursive: true, filter: (file) => !skipped.includes(file) });
}

/** Returns the paths of the compiler by the names that agents use. Throws if it is missing. */
export function findTools(): CiliumPrograms['tools'] {
  const find = (name: string): string => {
    const found = findProgram(name);
    if (found === undefined) throw new Error(`${name} is not installed`);
    return found;
  };
  return { clang: find('clang'), llc: find('llc') };
}
