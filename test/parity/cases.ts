/** The inputs of the recorded cases: <cni>/cases.yaml holds a base, and per case what differs from it as JSON merge patches (RFC 7386). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';

export type Cni = 'calico' | 'cilium';
export const cnis: readonly Cni[] = ['calico', 'cilium'];

type Plain = Readonly<Record<string, unknown>>;

export interface ParityCase {
  readonly cni: Cni;
  readonly name: string;
  readonly network: KubeObject;
  readonly cluster: KubeObject;
  /** As `--feature-gates` takes them; empty for none. */
  readonly featureGates: string;
  /** Objects that the ManagedResource of the Network holds already. */
  readonly present: readonly KubeObject[];
  /** Objects that can be read in the shoot; undefined where it cannot be reached. */
  readonly shootObjects: readonly KubeObject[] | undefined;
  /** How the Go extension refused it; undefined where it reconciled. */
  readonly refused: Refusal | undefined;
}

/** The fields that its message named, or that it crashed. */
export type Refusal = readonly string[] | 'crash';

/** The content of cases.yaml. */
export interface CaseFile {
  readonly network: Plain;
  readonly shoot: Plain;
  readonly cases: Readonly<Record<string, CaseFacts>>;
}

/** Differences of a case from the base. `network` and `shoot` are merge patches. */
export interface CaseFacts {
  readonly network?: Plain;
  readonly shoot?: Plain;
  readonly featureGates?: string;
  readonly present?: readonly Plain[];
  readonly shootObjects?: readonly Plain[];
  readonly refused?: Refusal;
}

/** All cases of a CNI, in the order of their numbers. Later calls return the same objects. */
export function readCases(cni: Cni): readonly ParityCase[] {
  const cases = known.get(cni) ?? parseCases(cni);
  known.set(cni, cases);
  return cases;
}

const known = new Map<Cni, readonly ParityCase[]>();

function parseCases(cni: Cni): readonly ParityCase[] {
  const file = load(readFileSync(path.join(import.meta.dirname, cni, 'cases.yaml'), 'utf8')) as CaseFile;
  return Object.entries(file.cases).map(([name, facts]) => {
    const network = mergePatch(file.network, facts.network) as Plain;
    const shoot = mergePatch(file.shoot, facts.shoot) as Plain;
    return {
      cni,
      name,
      network: networkObject(network),
      cluster: clusterObject({ network, shoot }),
      featureGates: facts.featureGates ?? '',
      present: (facts.present ?? []) as readonly KubeObject[],
      shootObjects: facts.shootObjects as readonly KubeObject[] | undefined,
      refused: facts.refused,
    };
  });
}

/** The case with a name. Throws if it does not exist. */
export function readCase(cni: Cni, name: string): ParityCase {
  const found = readCases(cni).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${cni} has no case ${name}`);
  return found;
}

/** The control plane namespace of all cases. */
export const namespace = 'shoot--foo--bar';

/** Name and namespace are those of every case. */
function networkObject({ metadata, ...members }: Plain): KubeObject {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: 'bar', namespace, ...(isRecord(metadata) ? metadata : {}) },
    ...members,
  };
}

/** The Shoot has the providerConfig of the Network. */
function clusterObject({ network, shoot }: { readonly network: Plain; readonly shoot: Plain }): KubeObject {
  const { providerConfig } = network['spec'] as Plain;
  const { metadata, spec, status } = shoot as Readonly<Record<string, Plain>>;
  const networking = {
    ...(spec?.['networking'] as Plain),
    ...(providerConfig === undefined ? {} : { providerConfig }),
  };
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    metadata: { name: namespace },
    spec: {
      cloudProfile: {},
      seed: {},
      shoot: {
        apiVersion: 'core.gardener.cloud/v1beta1',
        kind: 'Shoot',
        metadata: { name: 'bar', namespace: 'garden-foo', ...metadata },
        spec: { ...spec, networking },
        status,
      },
    },
  };
}

/** Applies a JSON merge patch (RFC 7386); without a patch the value is returned. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch === undefined ? value : patch;
  const merged: Record<string, unknown> = isRecord(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], change);
  }
  return merged;
}
