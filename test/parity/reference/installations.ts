/** The facts of the recorded installations, and the hashes of what their objects mean. */
import path from 'node:path';
import { dump, load } from 'js-yaml';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Cni } from '../cases.ts';
import type { ObjectLeaves } from '../differences.ts';
import { installationLeaves } from '../installation-view.ts';
import type { ExtensionProcess, Installation, InstallationFile } from '../installations.ts';
import { type CaseHashes, hashLeaves } from '../leaf-hashes.ts';
import { record } from './fields.ts';
import { referenceNames, referenceObjects, referenceText } from './files.ts';

/** The content of installations.yaml. */
export function recordedInstallations(type: Cni): InstallationFile {
  return Object.fromEntries(referenceNames(type, 'installation').map((name) => [name, installation(type, name)]));
}

/** The content of installations.txt: the installations whose chart renders. */
export function recordedInstallationHashes(type: Cni): CaseHashes {
  const rendered = referenceNames(type, 'installation').flatMap((name) => {
    const leaves = recordedInstallationLeaves(type, name);
    if (leaves === undefined) return [];
    return [[name, new Map([...leaves].map(([object, one]) => [object, hashLeaves(one)]))] as const];
  });
  return new Map(rendered);
}

/** Undefined if the chart does not render, and without the recordings. */
export function recordedInstallationLeaves(type: Cni, name: string): ObjectLeaves | undefined {
  const objects = rendered(type, name);
  return objects.length === 0 ? undefined : installationLeaves(objects);
}

function rendered(type: Cni, name: string): readonly KubeObject[] {
  return referenceObjects(type, 'installation', name, 'expected.yaml');
}

function installation(type: Cni, name: string): InstallationFile[string] {
  const input = record(load(referenceText(type, 'installation', name, 'input.yaml') ?? ''));
  const error = referenceText(type, 'installation', name, 'error.txt');
  const missing = /\.Values\.([\w.]+) is required/.exec(error ?? '')?.[1]?.split('.');
  const chart = chartFor(String(input['chart']));
  const process = chart === 'controller' ? extensionProcess(rendered(type, name)) : undefined;
  return {
    chart,
    release: String(input['release'] ?? input['releaseName']),
    namespace: String(input['namespace']),
    kubeVersion: String(input['kubeVersion'] ?? input['kubernetesVersion']),
    values: record(input['values']),
    ...(missing === undefined ? {} : { missing }),
    ...(process === undefined ? {} : { process }),
  };
}

function chartFor(chart: string): Installation['chart'] {
  if (chart.endsWith('/application')) return 'application';
  return chart.endsWith('/runtime') ? 'runtime' : 'controller';
}

/** How the Deployment starts its container. A variable without a value is that of the pod's namespace. */
function extensionProcess(objects: readonly KubeObject[]): ExtensionProcess | undefined {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) return undefined;
  const pod = record(record(record(deployment['spec'])['template'])['spec']) as unknown as PodSpec;
  const [container] = pod.containers;
  if (container === undefined) throw new Error('a Deployment without a container');
  const mounted = container.volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = pod.volumes.find((one) => one.name === name);
    const configMap = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume?.configMap.name,
    );
    const files = Object.entries(record(configMap?.['data']));
    return files.map(([key, text]) => [path.join(mountPath, key), withoutComments(String(text))] as const);
  });
  return {
    args: container.args,
    env: Object.fromEntries(
      container.env.map(({ name, value }) => [name, value ?? deployment.metadata.namespace ?? '']),
    ),
    mounted: Object.fromEntries(mounted),
  };
}

function withoutComments(yaml: string): string {
  return dump(load(yaml));
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
}
