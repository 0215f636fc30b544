import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type PodSpec, type PodVolumes, type ProjectedFiles, projectFiles } from './volumes.ts';

export interface LocalPodInput extends PodVolumes {
  /** A Deployment as it is stored. */
  readonly deployment: KubeObject;
  /** Becomes the root of the pod's files. Removed by the caller. */
  readonly folder: string;
  readonly server: { readonly url: string; readonly ca: string };
  /** Flags of Node, before the program. */
  readonly nodeFlags?: readonly string[];
}

/** A container's process on this machine. */
export interface LocalPod {
  readonly name: string;
  /** Of its ServiceAccount, `system:serviceaccount:namespace:name`. */
  readonly account: string;
  readonly args: readonly string[];
  /** Of the container, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** File with everything that it wrote. */
  readonly log: string;
  /** All that it wrote so far, the last 100,000 characters. */
  output(): string;
  /** Its exit code; resolves when it has ended. */
  readonly ended: Promise<number | null>;
  stop(): Promise<number | null>;
  kill(): Promise<number | null>;
}

/**
 * Plays the kubelet for one pod of a Deployment, since a control plane alone has no node: `netext` from source with the container's
 * arguments and variables and nothing else, its volumes below `folder`, and tokens of its ServiceAccount. Two things differ from a pod:
 * paths of mounted files begin with `folder`, and what a pod finds at a fixed place about its API server is in a kubeconfig, which
 * KUBECONFIG, and SOURCE_KUBECONFIG where a source cluster is told apart, name. Throws when the Deployment asks for something that is not
 * played here, and when an object that it mounts is missing.
 */
export async function startLocalPod(input: LocalPodInput): Promise<LocalPod> {
  const { deployment, folder } = input;
  const { namespace = '', name } = deployment.metadata;
  const spec = podSpecOf(deployment);
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
  // The kubelet renews tokens long before they end, and so do we: this may run for days.
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
        throw new Error(`env ${variable}: ${field} is not played`);
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

function podSpecOf(deployment: KubeObject): PodSpec {
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  return template.spec;
}

const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The token stays a file, as in a pod, because it is renewed. */
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
  // A process group of its own: Ctrl-C in the terminal is ours to pass on.
  const child = spawn(process.execPath, [...flags, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...env },
  });
  let output = '';
  const file = createWriteStream(shown.log, { mode: 0o600, flags: 'a' });
  // The folder may be gone before the last line.
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
