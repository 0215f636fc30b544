/**
 * calico-node (with Felix), Typha, CNI plugin and installer of Calico, and the CNI plugins that Calico's image has beside its own. Newer versions
 * than that of the module cannot be had from the module proxy (docs/design/data-plane-tests.md#calico).
 */
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { requiredVersion } from '../../controlplane/recipe.ts';
import { checkOutput, type ProgramSet, programsFolder, sourceFolder } from '../programs/program-set.ts';

export interface CalicoPrograms {
  /** Contains `bin` with calico-node and Typha, `etc` with files of /etc/calico, and `cni` with the installer's /opt/cni/bin. */
  readonly folder: string;
}

/** The module has the versions of its CNI plugin; this is the release of Calico that its manifests name. */
export const calicoVersion = 'v3.28.5';

const moduleFolder = path.join(import.meta.dirname, '../build/calico');
const module = 'github.com/projectcalico/calico';
const plugins = 'github.com/containernetworking/plugins/plugins';

const stamps = ['node/pkg/lifecycle/startup.VERSION', 'node/buildinfo.GitVersion', 'typha/pkg/buildinfo.GitVersion']
  .map((name) => `-X ${module}/${name}=${calicoVersion}`)
  .join(' ');

const seconds = (packages: number) => ({ time: 'seconds', packages });

/** Felix is a part of calico-node. Without cgo it has no eBPF data plane. */
const programs = [
  {
    name: 'calico-node',
    package: `${module}/node/cmd/calico-node`,
    expected: { time: 'about 2 minutes on 2 cores', packages: 1150 },
  },
  { name: 'calico-typha', package: `${module}/typha/cmd/calico-typha`, expected: seconds(10) },
  { name: 'calico', package: `${module}/cni-plugin/cmd/calico`, expected: seconds(20) },
  { name: 'install', package: `${module}/cni-plugin/cmd/install`, expected: seconds(5) },
  { name: 'host-local', package: `${plugins}/ipam/host-local`, expected: seconds(5) },
  { name: 'portmap', package: `${plugins}/meta/portmap`, expected: seconds(5) },
  { name: 'bandwidth', package: `${plugins}/meta/bandwidth`, expected: seconds(5) },
] as const;

/** Folders of the module by the folders that they become. */
const files = { 'node/filesystem/etc/calico': 'etc', 'confd/etc/calico/confd': 'etc/confd' } as const;

/** Programs of the installer's image, which the installer copies to the node. */
const cniPrograms = ['calico', 'install', 'host-local', 'portmap', 'bandwidth'] as const;

export function calicoSet(): ProgramSet {
  return {
    title: 'Calico',
    name: 'calico',
    version: calicoVersion,
    moduleFolder,
    programs: programs.map(({ name, package: mainPackage, expected }) => ({
      name,
      version: requiredVersion(moduleFolder, module),
      mainPackage,
      moduleFolder,
      linkerFlags: `-s -w ${stamps} -X main.VERSION=${calicoVersion}`,
      expected,
    })),
    time: 'about 2 minutes',
    inputs: [programs, stamps, files],
    finish: async (folder) => {
      await checkOutput(path.join(folder, 'bin/calico-node'), ['-v'], calicoVersion);
      const source = await sourceFolder(moduleFolder, module);
      checkRelease(path.join(source, 'manifests/calico.yaml'));
      mkdirSync(path.join(folder, 'cni'));
      for (const name of cniPrograms) renameSync(path.join(folder, 'bin', name), path.join(folder, 'cni', name));
      // One program, which behaves as its name says.
      symlinkSync('calico', path.join(folder, 'cni/calico-ipam'));
      // Files of the image of calico-node: the configuration of Felix, and what confd makes the one of BIRD from.
      for (const [from, to] of Object.entries(files)) {
        cpSync(path.join(source, from), path.join(folder, to), { recursive: true });
      }
    },
  };
}

function checkRelease(manifest: string): void {
  if (!readFileSync(manifest, 'utf8').includes(`calico/node:${calicoVersion}`))
    throw new Error(`the module is not Calico ${calicoVersion}: correct calicoVersion in calico/programs.ts`);
}

export function findCalico(): CalicoPrograms {
  return { folder: programsFolder(calicoSet()) };
}
