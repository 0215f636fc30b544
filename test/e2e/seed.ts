import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import type { ProgramImages } from '../controlplane/containers.ts';
import { startControlPlaneInContainers } from '../controlplane/index.ts';
import { connectCluster } from '../installation/cluster.ts';
import { type Landscape, startLandscape } from '../integration/landscape.ts';
import { type AuditedRequest, readAudit } from '../support/audit.ts';
import { type Pod, startPod, writeServiceAccount } from './pod.ts';
import { type Account, grantShipped, type Installation } from './rights.ts';

/** A seed whose API server is a container, and pods with the extension's image and the permissions of its chart. */
export interface Seed extends Omit<Landscape, 'run'> {
  readonly account: Account;
  /** The requests of the pods that were rejected for a missing permission. */
  forbidden(): readonly AuditedRequest[];
  /** Starts a pod; `command` is the `args` of a Deployment. */
  pod(name: string, command: readonly string[], more?: { readonly memoryMiB?: number }): Promise<Pod>;
  /** Waits until the output of a pod contains the text. */
  printed(pod: Pod, text: string): Promise<void>;
}

/** Returns false if run.ts built the images; otherwise prints and returns the reason to skip. */
export function e2eSkip(suite: string): string | false {
  if (process.env['E2E_IMAGE'] !== undefined) return false;
  const reason = 'no images are built; run make test-e2e';
  console.error(`SKIPPED: ${suite}: ${reason}`);
  return reason;
}

/** Returns the images of etcd and kube-apiserver that run.ts built. */
export function programImages(): ProgramImages {
  return { etcd: variable('E2E_ETCD_IMAGE'), 'kube-apiserver': variable('E2E_APISERVER_IMAGE') };
}

export async function startSeed(log: (line: string) => void, installation: Installation): Promise<Seed> {
  const start = (): ReturnType<typeof startControlPlaneInContainers> =>
    startControlPlaneInContainers({ log, audit: true }, programImages());
  const landscape = await startLandscape(log, start);
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-e2e-'));
  const pods = new Set<Pod>();
  const { inside, ca = '', version, auditLog = '' } = landscape.controlPlane;
  if (inside === undefined) throw new Error('the control plane does not run in containers');
  const cluster = await connectCluster(landscape.kubeconfig({}));
  const account = await grantShipped({ cluster, installation, version });
  await cluster.close();
  writeServiceAccount(folder, { token: account.token, ca });
  const eventually: Seed['eventually'] = async (what, probe) => {
    try {
      return await landscape.eventually(what, probe);
    } catch (error) {
      const outputs = [...pods].map((pod) => `--- ${pod.name}\n${pod.output().slice(-20_000)}`);
      throw new Error(`${errorMessage(error)}\n${outputs.join('\n')}`, {
        cause: error,
      });
    }
  };
  return {
    ...landscape,
    account,
    forbidden: () => readAudit(auditLog).requests.filter(({ user, code }) => user === account.user && code === 403),
    eventually,
    async pod(name, command, more = {}) {
      const image = variable('E2E_IMAGE');
      const pod = await startPod({ image, name, inside, serviceAccount: folder, command, ...more });
      pods.add(pod);
      return pod;
    },
    async printed(pod, text) {
      await eventually(`${pod.name} prints ${JSON.stringify(text)}`, async () => {
        if (pod.output().includes(text)) return true;
        const code = await pod.exitCode();
        if (code !== undefined) throw new Error(`${pod.name} ended with ${code}:\n${pod.output()}`);
        return undefined;
      });
    },
    async stop() {
      await Promise.all([...pods].map((pod) => pod.remove()));
      await landscape.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run make test-e2e`);
  return value;
}
