/** Runs containers of rendered pod templates as processes of a node, in place of kubelet and a container runtime. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './command.ts';
import { type Node, onNode, workFolder } from './node.ts';
import {
  commandLine,
  containerEnv,
  findContainer,
  type PodTemplate,
  type Volume,
  type VolumeMount,
  type VolumeSource,
} from './pod-template.ts';
import { rootLines } from './root.ts';
import { addresses } from './topology.ts';

/** Contents of images that the programs of this machine do not have. */
export interface Image {
  /** Folder with the programs of the image. */
  readonly programs: string;
  /** Links that the image has in its PATH, for programs of this machine with another name: `clang` to /usr/bin/clang-19. */
  readonly links: Readonly<Record<string, string>>;
  /** Folders of the image by path, copied because programs write to them. */
  readonly folders: Readonly<Record<string, string>>;
  /** Folders of the image by path that nothing writes to. */
  readonly readOnly?: Readonly<Record<string, string>>;
  /** Command of containers without one. */
  readonly entrypoint?: readonly string[];
}

/** Objects of the cluster that pods refer to. */
export interface PodObjects {
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Token of the pod's ServiceAccount. */
  readonly token: string;
  /** CA bundle of the API server (PEM). */
  readonly ca: string;
}

export interface ContainerInput {
  readonly node: Node;
  readonly template: PodTemplate;
  readonly name: string;
  readonly image: Image;
  readonly objects: PodObjects;
  /** Flags in addition to those of the template, with a reason where they are given. */
  readonly extraArgs?: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly node: string;
  /** File with the output. */
  readonly log: string;
  /** Returns the exit code, or the name of the signal that ended it; undefined while it runs. */
  exit(): number | string | undefined;
  /** Waits for the end; returns what `exit` returns then. */
  ended(): Promise<number | string>;
  output(): string;
  /** Runs a command in the container, as probes do. Throws if it fails. */
  exec(command: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

let count = 0;

/** Starts a container; its processes end with the arena at the latest. */
export function startContainer(input: ContainerInput): Container {
  const { node, template, name, objects, image } = input;
  const container = findContainer(template, name);
  count += 1;
  const id = `${node.name}-${name}-${count}`;
  const root = path.join(workFolder, 'containers', id);
  mkdirSync(root, { recursive: true });
  const env = {
    // kubelet injects these for the Service of the API server; Gardener replaces them by the address of the API server.
    KUBERNETES_SERVICE_HOST: apiServerHost(node),
    KUBERNETES_SERVICE_PORT: '443',
    ...containerEnv(container, {
      fields: { 'spec.nodeName': node.name, 'metadata.namespace': template.namespace },
      configMaps: objects.configMaps,
      memory: os.totalmem(),
    }),
  };
  const { command = image.entrypoint ?? [] } = container;
  const words = [...commandLine({ ...container, command }, env), ...(input.extraArgs ?? [])];
  const script = [
    'set -e',
    ...rootLines(root),
    ...imageLines(root, image),
    // As kubelet does for pods of the host network.
    `cat ${node.root}/etc/resolv.conf > ${root}/etc/resolv.conf`,
    ...serviceAccountLines({ root, id, input }),
    ...mountLines({ root, id, input, mounts: container.volumeMounts ?? [] }),
    `exec chroot ${root} "$@"`,
  ].join('\n');
  const isolated = ['unshare', '--mount', '--propagation=slave', 'sh', '-c', script, 'sh', ...words];
  const log = path.join(workFolder, 'containers', `${id}.log`);
  const output = openSync(log, 'a');
  const ownEnv = { ...env, PATH: `/image:/image-links:${process.env['PATH']}` };
  const child = spawn('nsenter', [...onNode(node, node.name, isolated)], {
    stdio: ['ignore', output, output],
    env: ownEnv,
    // A group of processes, which ends with the first of them.
    detached: true,
  });
  closeSync(output);
  const exit = (): number | string | undefined => child.exitCode ?? child.signalCode ?? undefined;
  const ended = once(child, 'exit').then(() => killGroup(child.pid));
  return {
    name,
    node: node.name,
    log,
    exit,
    ended: async () => {
      await ended;
      return exit() ?? 'unknown';
    },
    output: () => readFileSync(log, 'utf8'),
    exec: (command) => {
      const inside = ['--target', String(child.pid), '--mount', '--net', '--root', '--wd', ...command];
      return run('nsenter', inside, { env: ownEnv });
    },
    stop: async () => {
      if (exit() !== undefined) return;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(kill);
    },
  };
}

/** What the first process of a container has started ends with it. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing else was running.
  }
}

function apiServerHost(node: Node): string {
  return node.addresses.ipv4 === undefined ? addresses.router.ipv6 : addresses.router.ipv4;
}

function imageLines(root: string, { programs, links, folders, readOnly = {} }: Image): readonly string[] {
  return [
    `mkdir ${root}/image ${root}/image-links`,
    `mount --bind ${programs} ${root}/image`,
    ...Object.entries(links).map(([name, target]) => `ln -s ${target} ${root}/image-links/${name}`),
    ...Object.entries(folders).flatMap(([target, source]) => [
      `mkdir -p ${root}${target}`,
      `cp -r ${source}/. ${root}${target}`,
    ]),
    ...Object.entries(readOnly).flatMap(([target, source]) => [
      `mkdir -p ${root}${target}`,
      `mount --bind ${source} ${root}${target}`,
    ]),
  ];
}

interface Mounting {
  readonly root: string;
  readonly id: string;
  readonly input: ContainerInput;
}

const accountFolder = '/run/secrets/kubernetes.io/serviceaccount';

function serviceAccountLines({ root, id, input }: Mounting): readonly string[] {
  const { token, ca } = input.objects;
  const folder = filesFolder(id, 'service-account', { token, 'ca.crt': ca, namespace: input.template.namespace });
  return [`mkdir -p ${root}${accountFolder}`, `cp ${folder}/* ${root}${accountFolder}`];
}

/** Outer mounts first, so that no mount covers another. */
function mountLines(mounting: Mounting & { readonly mounts: readonly VolumeMount[] }): readonly string[] {
  const { root, input } = mounting;
  const depth = ({ mountPath }: VolumeMount): number => mountPath.split('/').length;
  return [...mounting.mounts]
    .sort((one, other) => depth(one) - depth(other))
    .flatMap(({ name, mountPath }) => {
      const volume = input.template.volumes.find((one) => one.name === name);
      if (volume === undefined) throw new Error(`the pod has no volume ${name}`);
      const source = volumeSource(mounting, volume);
      const target = `${root}${mountPath}`;
      const create = source.isFile ? `mkdir -p $(dirname ${target}); touch ${target}` : `mkdir -p ${target}`;
      // The kernel of this machine may have no modules.
      if (mountPath === '/lib/modules') return [`if [ -d ${target} ]; then mount --rbind /lib/modules ${target}; fi`];
      return [...source.lines, create, `mount --rbind ${source.path} ${target}`];
    });
}

interface Mounted {
  readonly path: string;
  readonly isFile: boolean;
  /** Create the source. */
  readonly lines: readonly string[];
}

function volumeSource({ id, input }: Mounting, volume: Volume): Mounted {
  const { hostPath } = volume;
  if (hostPath === undefined) {
    return { path: filesFolder(id, volume.name, volumeFiles(input, volume)), isFile: false, lines: [] };
  }
  const host = `${input.node.root}${hostPath.path}`;
  if (hostPath.type === 'FileOrCreate') return { path: host, isFile: true, lines: [`touch ${host}`] };
  return { path: host, isFile: false, lines: hostPath.type === 'Directory' ? [] : [`mkdir -p ${host}`] };
}

function volumeFiles(input: ContainerInput, source: VolumeSource): Readonly<Record<string, string>> {
  const { configMap, secret, projected, emptyDir } = source;
  if (emptyDir !== undefined) return {};
  if (projected !== undefined)
    return Object.assign({}, ...projected.sources.map((one) => volumeFiles(input, one))) as Record<string, string>;
  // No workload here has a Secret that it requires.
  if (secret?.optional === true) return {};
  const data = input.objects.configMaps[configMap?.name ?? ''];
  if (configMap === undefined || data === undefined) throw new Error(`unsupported volume: ${JSON.stringify(source)}`);
  if (configMap.items === undefined) return data;
  return Object.fromEntries(configMap.items.map(({ key, path: file }) => [file, data[key] ?? '']));
}

function filesFolder(id: string, name: string, files: Readonly<Record<string, string>>): string {
  const folder = path.join(workFolder, 'volumes', id, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
  return folder;
}
