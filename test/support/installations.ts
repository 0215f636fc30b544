import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { isRecord } from '../../pkg/gardener/objects.ts';

const reference = path.join(import.meta.dirname, '../../../shared/reference');

/** What the charts of the Go extensions render, by path below ../shared/reference; where that is missing, a loud line and a reason to skip. */
export function recordedInstallations(suite: string): {
  readonly skip: string | false;
  readonly files: readonly string[];
} {
  const there = existsSync(reference);
  const skip = there ? false : 'the recordings in ../shared/reference are not here';
  if (!there) console.log(`SKIPPED: ${suite}: ${skip}`);
  return {
    skip,
    files: there ? globSync('{calico,cilium}/installation/ext*/expected.yaml', { cwd: reference }).sort() : [],
  };
}

/** What a pod of the extension is started with. */
export interface Installation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Contents of mounted ConfigMaps by path. */
  readonly mounted: Readonly<Record<string, Buffer>>;
}

/** One of `files`. */
export function readInstallation(file: string): Installation {
  const objects = loadAll(readFileSync(path.join(reference, file), 'utf8')).filter(isRecord);
  const deployment = objects.find(({ kind }) => kind === 'Deployment') ?? assert.fail('no Deployment');
  const { namespace } = deployment['metadata'] as { readonly namespace: string };
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  const { containers, volumes } = template.spec;
  const [container = assert.fail('no container')] = containers;
  const mounts = container.volumeMounts.flatMap(({ name, mountPath }) => {
    const map = volumes.find((volume) => volume.name === name)?.configMap.name;
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && (metadata as Json)['name'] === map);
    const data = Object.entries((found?.['data'] ?? {}) as Readonly<Record<string, string>>);
    return data.map(([key, text]) => [path.join(mountPath, key), Buffer.from(text)] as const);
  });
  return {
    args: container.args,
    env: Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? namespace])),
    mounted: Object.fromEntries(mounts),
  };
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
}

type Json = Readonly<Record<string, unknown>>;
