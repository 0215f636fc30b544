import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Binaries } from '../controlplane/build.ts';
import type { ProgramImages } from '../controlplane/containers.ts';
import { type Docker, runDocker } from '../support/docker-cli.ts';

/** Builds images FROM scratch with the two static programs in the cache, tagged like the folder of the cache. */
export function buildProgramImages(docker: Docker, binaries: Binaries): ProgramImages {
  const tag = path.basename(path.dirname(binaries.etcd)).slice(-100);
  const build = (name: string, file: string): string => {
    const image = `netext-test-${name}:${tag}`;
    const context = mkdtempSync(path.join(os.tmpdir(), 'netext-program-'));
    try {
      copyFileSync(file, path.join(context, name));
      chmodSync(path.join(context, name), 0o755);
      writeFileSync(path.join(context, 'Dockerfile'), `FROM scratch\nCOPY ${name} /bin/${name}\nENV PATH=/bin\n`);
      runDocker(docker, ['build', '--tag', image, context]);
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
    return image;
  };
  return { etcd: build('etcd', binaries.etcd), 'kube-apiserver': build('kube-apiserver', binaries.kubeApiServer) };
}
