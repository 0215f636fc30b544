import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import type { InsideNetwork } from '../controlplane/index.ts';

/** The extension in a container, with the security context and the service account that kubelet would give it. */
export interface Pod {
  readonly name: string;
  /** Its output so far. */
  output(): string;
  /** Its exit code, or undefined while it runs. */
  exitCode(): Promise<number | undefined>;
  /** Runs JavaScript in the container, which has no shell; returns the output. */
  evaluate(script: string): Promise<string>;
  /** Sends SIGTERM to PID 1, like kubelet; returns the exit code. */
  terminate(): Promise<number>;
  /** Sends SIGKILL to PID 1. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export interface PodInput {
  readonly image: string;
  readonly name: string;
  readonly inside: InsideNetwork;
  /** Folder with token, ca.crt and namespace (writeServiceAccount). */
  readonly serviceAccount: string;
  readonly command: readonly string[];
  readonly memoryMiB?: number;
}

export async function startPod(input: PodInput): Promise<Pod> {
  const { hostname, port } = new URL(input.inside.server);
  let output = '';
  const container = await new RestrictedContainer(input.image)
    .withHostname(input.name)
    .withNetwork(input.inside.network)
    .withNetworkAliases(input.name)
    .withEnvironment({
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      LEADER_ELECTION_NAMESPACE: extensionNamespace,
    })
    .withBindMounts([{ source: input.serviceAccount, target: serviceAccountFolder, mode: 'ro' }])
    .withResourcesQuota({ memory: (input.memoryMiB ?? 256) / 1024 })
    .withCommand([...input.command])
    .withLogConsumer((lines) => lines.on('data', (chunk: Buffer | string) => (output += String(chunk))))
    .withWaitStrategy(Wait.forAll([]))
    .start();
  return createPod(input.name, container, () => output);
}

/** Namespace of the extension's pods and Leases. */
export const extensionNamespace = 'extension-networking';

/** Writes the files of a projected service account, readable by the image's user. */
export function writeServiceAccount(folder: string, files: { readonly token: string; readonly ca: string }): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const all = { token: files.token, 'ca.crt': files.ca, namespace: extensionNamespace };
  for (const [name, text] of Object.entries(all)) writeFileSync(path.join(folder, name), text, { mode: 0o644 });
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Pod security standard `restricted`, with a read-only root file system and the user of the image. */
class RestrictedContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    this.withDroppedCapabilities('ALL');
    this.withSecurityOpt('no-new-privileges');
  }
}

async function createPod(name: string, container: StartedTestContainer, output: () => string): Promise<Pod> {
  const client = await getContainerRuntimeClient();
  const handle = client.container.getById(container.getId());
  const sendSignal = async (signal: string): Promise<number> => {
    // Before the signal: Docker reports the exit code only to requests that wait for it.
    const ended = handle.wait();
    await handle.kill({ signal });
    return ((await ended) as { readonly StatusCode: number }).StatusCode;
  };
  return {
    name,
    output,
    exitCode: async () => {
      const { State } = await handle.inspect();
      return State.Running ? undefined : State.ExitCode;
    },
    evaluate: async (script) => {
      const { stdout, stderr, exitCode } = await container.exec(['node', '--eval', script]);
      if (exitCode !== 0) throw new Error(`node --eval in ${name} ended with ${exitCode}: ${stderr}`);
      return stdout.trim();
    },
    terminate: () => sendSignal('SIGTERM'),
    kill: async () => void (await sendSignal('SIGKILL')),
    remove: async () => void (await container.stop({ remove: true, timeout: 5_000 })),
  };
}
