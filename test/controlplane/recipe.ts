/** Build instructions: modules and flags. The go.mod files under build/ define the versions. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildFlags, type GoProgram } from './go-build.ts';

/** A program of the control plane. */
export interface Program extends GoProgram {
  readonly name: 'etcd' | 'kube-apiserver';
}

export interface Recipe {
  readonly etcd: Program;
  readonly kubeApiServer: Program;
  /** Name of the folder in the cache: versions, platform and a digest of all inputs of the build. */
  readonly key: string;
}

/** Reads the pinned versions; `platform` is for example linux-x64. */
export function readRecipe(platform: string): Recipe {
  const etcd = etcdProgram();
  const kubeApiServer = kubeApiServerProgram();
  const digest = createHash('sha256');
  for (const program of [etcd, kubeApiServer]) {
    for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(path.join(program.moduleFolder, file)));
    digest.update(JSON.stringify([program.mainPackage, program.linkerFlags, buildFlags]));
  }
  const key = [
    `kubernetes-${kubeApiServer.version}`,
    `etcd-${etcd.version}`,
    platform,
    digest.digest('hex').slice(0, 10),
  ].join('-');
  return { etcd, kubeApiServer, key };
}

function etcdProgram(): Program {
  const moduleFolder = path.join(import.meta.dirname, 'build/etcd');
  const mainPackage = 'go.etcd.io/etcd/server/v3';
  return {
    name: 'etcd',
    version: requiredVersion(moduleFolder, mainPackage),
    mainPackage,
    moduleFolder,
    linkerFlags: '-s -w',
    expected: { time: 'under a minute', packages: 580 },
  };
}

function kubeApiServerProgram(): Program {
  const moduleFolder = path.join(import.meta.dirname, 'build/kube-apiserver');
  const version = requiredVersion(moduleFolder, 'k8s.io/kubernetes');
  const [major, minor] = version.slice(1).split('.');
  // Without these the version of the server is v0.0.0-master, which clients that compare versions reject.
  const stamp = Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
  return {
    name: 'kube-apiserver',
    version,
    mainPackage: 'k8s.io/kubernetes/cmd/kube-apiserver',
    moduleFolder,
    linkerFlags: `-s -w ${stamp}`,
    expected: { time: 'about 5 minutes on 2 cores', packages: 1810 },
  };
}

/** Returns the version that go.mod in a folder requires of a module. Throws if it requires none. */
export function requiredVersion(moduleFolder: string, modulePath: string): string {
  const file = path.join(moduleFolder, 'go.mod');
  const version = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^require /, '')
        .split(' '),
    )
    .find(([name]) => name === modulePath)?.[1];
  if (version === undefined) throw new Error(`${file} does not require ${modulePath}: add the version to build`);
  return version;
}
