/** Reads what kubelet would read from a pod template. */
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { expandReferences } from '../../support/kubelet.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly resourceFieldRef?: { readonly resource: string };
  };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface ContainerTemplate {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly readinessProbe?: {
    readonly exec?: { readonly command: readonly string[] };
    readonly httpGet?: { readonly host?: string; readonly port: number; readonly path: string };
  };
}

interface Item {
  readonly key: string;
  readonly path: string;
}

export interface VolumeSource {
  readonly hostPath?: { readonly path: string; readonly type?: string };
  readonly emptyDir?: object;
  readonly configMap?: { readonly name: string; readonly items?: readonly Item[]; readonly optional?: boolean };
  readonly secret?: { readonly name: string; readonly items?: readonly Item[]; readonly optional?: boolean };
  readonly projected?: { readonly sources: readonly VolumeSource[] };
}

export interface Volume extends VolumeSource {
  readonly name: string;
}

export interface PodTemplate {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly initContainers: readonly ContainerTemplate[];
  readonly containers: readonly ContainerTemplate[];
  readonly volumes: readonly Volume[];
}

/** Returns the pod template of a DaemonSet or Deployment. */
export function podTemplate(workload: KubeObject): PodTemplate {
  const { template } = workload['spec'] as {
    readonly template: { readonly spec: Partial<PodTemplate> & { readonly serviceAccountName?: string } };
  };
  const { spec } = template;
  return {
    namespace: workload.metadata.namespace ?? 'default',
    serviceAccount: spec.serviceAccountName ?? 'default',
    initContainers: spec.initContainers ?? [],
    containers: spec.containers ?? [],
    volumes: spec.volumes ?? [],
  };
}

/** Returns a container by name. Throws if there is none. */
export function findContainer(template: PodTemplate, name: string): ContainerTemplate {
  const found = [...template.initContainers, ...template.containers].find((one) => one.name === name);
  if (found === undefined) throw new Error(`the pod has no container ${name}`);
  return found;
}

/** Values for `valueFrom` of environment variables. */
export interface EnvContext {
  /** By `fieldPath`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Data of ConfigMaps by name. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Value of `limits.memory` without a limit: the memory of the node in bytes. */
  readonly memory: number;
}

/** Returns the environment of a container. Throws for a reference that is neither resolvable nor optional. */
export function containerEnv(container: ContainerTemplate, context: EnvContext): Readonly<Record<string, string>> {
  const entries = (container.env ?? []).flatMap((variable): readonly (readonly [string, string])[] => {
    const value = variable.value ?? referenced(variable, context);
    return value === undefined ? [] : [[variable.name, value]];
  });
  return Object.fromEntries(entries);
}

/** Returns command and arguments with their references to environment variables replaced. */
export function commandLine(container: ContainerTemplate, env: Readonly<Record<string, string>>): readonly string[] {
  return [...(container.command ?? []), ...(container.args ?? [])].map((word) => expandReferences(word, env));
}

function referenced({ name, valueFrom }: EnvVar, context: EnvContext): string | undefined {
  const { fieldRef, configMapKeyRef, resourceFieldRef } = valueFrom ?? {};
  const value =
    fieldRef === undefined
      ? resourceFieldRef?.resource === 'limits.memory'
        ? String(context.memory)
        : context.configMaps[configMapKeyRef?.name ?? '']?.[configMapKeyRef?.key ?? '']
      : context.fields[fieldRef.fieldPath];
  if (value === undefined && configMapKeyRef?.optional !== true)
    throw new Error(`environment variable ${name}: ${JSON.stringify(valueFrom)} is not supported`);
  return value;
}
