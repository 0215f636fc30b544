/** kube-proxy of the pinned version of Kubernetes. */
import path from 'node:path';
import { requiredVersion } from '../../controlplane/recipe.ts';
import { checkOutput, type ProgramSet, programsFolder } from '../programs/program-set.ts';

const moduleFolder = path.join(import.meta.dirname, '../build/kube-proxy');

export function kubeProxySet(): ProgramSet {
  const version = requiredVersion(moduleFolder, 'k8s.io/kubernetes');
  const linkerFlags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  return {
    title: 'kube-proxy',
    name: 'kube-proxy',
    version,
    moduleFolder,
    programs: [
      {
        name: 'kube-proxy',
        version,
        mainPackage: 'k8s.io/kubernetes/cmd/kube-proxy',
        moduleFolder,
        linkerFlags,
        expected: { time: 'about a minute on 2 cores', packages: 900 },
      },
    ],
    time: 'about a minute',
    inputs: linkerFlags,
    finish: (folder) => checkOutput(path.join(folder, 'bin/kube-proxy'), ['--version'], version),
  };
}

/** Returns the path of the built program. */
export function findKubeProxy(): string {
  return path.join(programsFolder(kubeProxySet()), 'bin/kube-proxy');
}
