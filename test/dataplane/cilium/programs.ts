/** Agent, operator, CNI plugin and command line of Cilium from the pinned Go module. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { requiredVersion } from '../../controlplane/recipe.ts';
import { findProgram } from '../arena/command.ts';
import { checkOutput, type ProgramSet, programsFolder, sourceFolder } from '../programs/program-set.ts';

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

export function ciliumSet(): ProgramSet {
  const version = ciliumVersion();
  return {
    title: 'Cilium',
    name: 'cilium',
    version,
    moduleFolder,
    programs: programs.map(({ name, package: folder, expected, ...rest }) => ({
      name,
      version,
      mainPackage: `${module}/${folder}`,
      moduleFolder,
      linkerFlags: `-s -w -X ${module}/pkg/version.ciliumVersion=${version.slice(1)}`,
      expected,
      ...rest,
    })),
    time: 'about 8 minutes',
    inputs: programs,
    finish: async (folder) => {
      await checkOutput(path.join(folder, 'bin/cilium-agent'), ['--version'], ` ${version.slice(1)} `);
      await copySources(path.join(folder, 'bpf'));
    },
  };
}

/** Copies the eBPF sources of the module, without their tests. */
async function copySources(target: string): Promise<void> {
  const source = path.join(await sourceFolder(moduleFolder, module), 'bpf');
  const skipped = ['tests', 'complexity-tests'].map((name) => path.join(source, name));
  cpSync(source, target, { recursive: true, filter: (file) => !skipped.includes(file) });
}

/** Returns the built programs. Throws if the compiler is missing. */
export function findCilium(): CiliumPrograms {
  const find = (name: string): string => {
    const found = findProgram(name);
    if (found === undefined) throw new Error(`${name} is not installed`);
    return found;
  };
  return {
    version: ciliumVersion(),
    folder: programsFolder(ciliumSet()),
    tools: { clang: find('clang'), llc: find('llc') },
  };
}
