import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type PodSpec, type PodVolumes, type ProjectedFiles, projectFiles } from './volumes.ts';

export interface LocalPodInput extends PodVolumes {
  /** A stored Deployment. */
  readonly deployment: KubeObject;
  /** Root folder of the pod's files. The caller removes it. */
  readonly folder: string;
  readonly server: { readonly url: string; readonly ca: string };
  /** Flags of Node. */
  readonly nodeFlags?: readonly string[];
}

/** The process of a container on this machine. */
export interface LocalPod {
  readonly name: string;
  /** User of its ServiceAccount: `system:serviceaccount:namespace:name`. */
  readonly account: string;
  readonly args: readonly string[];
  /** Ports of the container by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** File with its output. */
  readonly log: string;
  /** The last 100,000 characters of its output. */
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  stop(): Promise<number | null>;
  kill(): Promise<number | null>;
}

/**
 * Starts one pod of a Deployment in place of kubelet, since a control plane alone has no nodes: `netext` from source with the container's
 * arguments and environment, its volumes below `folder`, and tokens of its ServiceAccount. Two things differ from a pod: paths of mounted
 * files start with `folder`, and the in-cluster configuration is a kubeconfig, to which KUBECONFIG points (and SOURCE_KUBECONFIG if the
 * Deployment has a source cluster). Throws if the Deployment uses an unsupported feature or mounts a missing object.
 */
export async function startLocalPod(input: LocalPodInput): Promise<LocalPod> {
  const { deployment, folder } = input;
  const { namespace = '', name } = deployment.metadata;
  const spec = readPodSpec(deployment);
  const [container] = spec.containers;
  if (container === undefined) throw new Error(`Deployment ${name} has no container`);
  const files = await projectFiles(input, { spec, namespace });
  const write = (projected: ProjectedFiles): void => {
    for (const [file, content] of Object.entries(projected)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), content, { mode: 0o600 });
    }
  };
  write(files);
  // Renews tokens like kubelet, since this may run for days.
  const renewal = setInterval(
    () => void projectFiles(input, { spec, namespace }).then(write, () => undefined),
    3_600_000,
  );
  renewal.unref();

  const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
  const placed = (text: string): string =>
    mounts.reduce((result, mount) => result.replaceAll(`${mount}/`, `${folder}${mount}/`), text);
  const own = ownKubeconfig(input, mounts);
  const env = Object.fromEntries(
    (container.env ?? []).map(({ name: variable, value, valueFrom }) => {
      const field = valueFrom?.fieldRef.fieldPath;
      if (field !== undefined && field !== 'metadata.namespace')
        throw new Error(`env ${variable}: ${field} is not supported`);
      return [variable, field === undefined ? placed(value ?? '') : namespace];
    }),
  );
  const args = container.args.map(placed);
  return run({
    name,
    account: `system:serviceaccount:${namespace}:${spec.serviceAccountName ?? 'default'}`,
    ports: Object.fromEntries((container.ports ?? []).map((one) => [one.name, one.containerPort])),
    args,
    nodeFlags: input.nodeFlags ?? [],
    env: { ...env, ...own, ...('SOURCE_CLUSTER' in env ? { SOURCE_KUBECONFIG: own.KUBECONFIG ?? '' } : {}) },
    log: path.join(folder, 'output.log'),
    onEnd: () => clearInterval(renewal),
  });
}

function readPodSpec(deployment: KubeObject): PodSpec {
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  return template.spec;
}

const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Writes a kubeconfig that refers to the token file, as the token is renewed. */
function ownKubeconfig({ folder, server }: LocalPodInput, mounts: readonly string[]): { readonly KUBECONFIG?: string } {
  if (!mounts.includes(tokenFolder)) return {};
  const at = (file: string): string => path.join(folder, tokenFolder, file);
  const name = 'in-cluster';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: server.url, 'certificate-authority': at('ca.crt') } }],
    users: [{ name, user: { tokenFile: at('token') } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  const file = path.join(folder, 'in-cluster.kubeconfig');
  writeFileSync(file, dump(config), { mode: 0o600 });
  return { KUBECONFIG: file };
}

interface Run extends Pick<LocalPod, 'name' | 'account' | 'ports' | 'args' | 'log'> {
  readonly nodeFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onEnd: () => void;
}

function run({ args, nodeFlags, env, onEnd, ...shown }: Run): LocalPod {
  const main = fileURLToPath(new URL('../../controllers/netext.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', ...nodeFlags];
  // A separate process group: Ctrl-C in the terminal reaches only this process, which stops the child.
  const child = spawn(process.execPath, [...flags, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...env },
  });
  let output = '';
  const file = createWriteStream(shown.log, { mode: 0o600, flags: 'a' });
  // The folder may be removed before the last line is written.
  file.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString('utf8')}`.slice(-100_000);
      file.write(chunk);
    });
  const last = (): void => void child.kill('SIGKILL');
  process.once('exit', last);
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      process.removeListener('exit', last);
      onEnd();
      file.end();
      resolve(code);
    }),
  );
  const end = (signal: 'SIGTERM' | 'SIGKILL') => (): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return { ...shown, args, output: () => output, ended, stop: end('SIGTERM'), kill: end('SIGKILL') };
}
