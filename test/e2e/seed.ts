import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '../../hack/controlplane/client.ts';
import type { ProgramImages } from '../../hack/controlplane/containers.ts';
import { type ControlPlane, startControlPlaneInContainers } from '../../hack/controlplane/index.ts';
import { type Landscape, startLandscape } from '../integration/landscape.ts';
import { extensionNamespace, type Pod, startPod, writeServiceAccount } from './pod.ts';

/** A seed whose API server is a container, and the extension's image as pods beside it. */
export interface Seed extends Omit<Landscape, 'run'> {
  /** Starts the image; `command` is what a Deployment has as args. */
  pod(name: string, command: readonly string[], more?: { readonly memoryMiB?: number }): Promise<Pod>;
  /** Waits until a pod has printed this. */
  printed(pod: Pod, text: string): Promise<void>;
}

/** The images that run.ts built. Undefined outside of it: then the reason for a skip, said once per file. */
export function e2eSkip(suite: string): string | false {
  if (process.env['E2E_IMAGE'] !== undefined) return false;
  const reason = 'no images were built for it, run make test-e2e';
  console.error(`SKIPPED: ${suite}: ${reason}`);
  return reason;
}

/** The images of etcd and kube-apiserver that run.ts built. */
export function programImages(): ProgramImages {
  return { etcd: variable('E2E_ETCD_IMAGE'), 'kube-apiserver': variable('E2E_APISERVER_IMAGE') };
}

export async function startSeed(log: (line: string) => void): Promise<Seed> {
  const landscape = await startLandscape(log, () => startControlPlaneInContainers({ log }, programImages()));
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-e2e-'));
  const pods = new Set<Pod>();
  const { inside, ca = '' } = landscape.controlPlane;
  if (inside === undefined) throw new Error('the control plane does not run in containers');
  writeServiceAccount(folder, { token: await serviceAccountToken(landscape.controlPlane), ca });
  const eventually: Seed['eventually'] = async (what, probe) => {
    try {
      return await landscape.eventually(what, probe);
    } catch (error) {
      const said = [...pods].map((pod) => `--- ${pod.name}\n${pod.output().slice(-20_000)}`);
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said.join('\n')}`, {
        cause: error,
      });
    }
  };
  return {
    ...landscape,
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

/** A bound token as the kubelet asks for one. Everything is allowed to it; which rights are needed is not this suite's question. */
async function serviceAccountToken(controlPlane: ControlPlane): Promise<string> {
  const client = createClient(controlPlane);
  const create = async (url: string, body: object): Promise<string> => {
    const answer = await client.call({ method: 'POST', path: url, body });
    if (answer.status !== 201) throw new Error(`POST ${url}: ${answer.status} ${answer.text}`);
    return answer.text;
  };
  try {
    const name = 'gardener-extension-networking';
    const accounts = `/api/v1/namespaces/${extensionNamespace}/serviceaccounts`;
    await create('/api/v1/namespaces', { metadata: { name: extensionNamespace } });
    await create(accounts, { metadata: { name } });
    await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: extensionNamespace }],
    });
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const answer = JSON.parse(await create(`${accounts}/${name}/token`, request));
    return answer.status.token;
  } finally {
    await client.close();
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run make test-e2e`);
  return value;
}
