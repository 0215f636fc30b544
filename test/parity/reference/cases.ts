/** The facts of the recorded cases: reduced to the fields that this project reads, as differences from the first case. */
import { loadAll } from 'js-yaml';
import { createMergePatch, sameJson } from '../../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { readManifests } from '../../../pkg/managedresource/read.ts';
import type { CaseFacts, CaseFile, Cni, Refusal } from '../cases.ts';
import { type Fields, picked, record } from './fields.ts';
import { referenceNames, referenceObjects, referenceText } from './files.ts';

type Plain = Readonly<Record<string, unknown>>;

/** The content of cases.yaml. */
export function recordedCases(cni: Cni): CaseFile {
  const all = referenceNames(cni, 'cases').map((name) => [name, wholeFacts(cni, name)] as const);
  const first = all[0]?.[1];
  if (first === undefined) throw new Error(`there are no recorded cases of ${cni}`);
  const { network, shoot } = first;
  const cases = all.map(([name, { network: ours, shoot: its, ...others }]): [string, CaseFacts] => {
    const [networkPatch, shootPatch] = [createMergePatch(network, ours), createMergePatch(shoot, its)];
    return [
      name,
      {
        ...(networkPatch === undefined ? {} : { network: networkPatch }),
        ...(shootPatch === undefined ? {} : { shoot: shootPatch }),
        ...others,
      },
    ];
  });
  return { network, shoot, cases: Object.fromEntries(cases) };
}

type WholeFacts = CaseFacts & { readonly network: Plain; readonly shoot: Plain };

function wholeFacts(cni: Cni, name: string): WholeFacts {
  const documents = referenceObjects(cni, 'cases', name, 'input.yaml');
  const [network, cluster] = [ofKind(documents, 'Network'), ofKind(documents, 'Cluster')];
  const harness = documents.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'harness');
  const data = (harness?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const present = readManifests(documents.filter(({ kind }) => kind === 'Secret'));
  const shootObjects =
    'shootObjects' in data
      ? loadAll(data['shootObjects'] ?? '')
          .filter(isRecord)
          .map((one) => picked(one, shootObjectFields) as Plain)
      : undefined;
  const refused = recordedRefusal(referenceText(cni, 'cases', name, 'expected/error.txt'));
  return {
    network: networkFacts(network),
    shoot: shootFacts({ network, cluster }),
    ...(data['featureGates'] === undefined ? {} : { featureGates: data['featureGates'] }),
    ...(present.length === 0 ? {} : { present }),
    ...(shootObjects === undefined ? {} : { shootObjects }),
    ...(refused === undefined ? {} : { refused }),
  };
}

function ofKind(documents: readonly KubeObject[], kind: string): KubeObject {
  const [found, ...others] = documents.filter((one) => one.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`a case has one ${kind}`);
  return found;
}

function networkFacts({ metadata, spec, status }: KubeObject): Plain {
  const { name: _, namespace: __, ...others } = metadata;
  return { metadata: others, spec, ...(status === undefined ? {} : { status: picked(status, statusFields) }) };
}

/** The Shoot in the Cluster. Its providerConfig is left out, since it is the Network's. */
function shootFacts({ network, cluster }: { readonly network: KubeObject; readonly cluster: KubeObject }): Plain {
  const shoot = record(record(cluster['spec'])['shoot']);
  const theirs = record(record(shoot['spec'])['networking'])['providerConfig'];
  if (!sameJson(theirs, record(network['spec'])['providerConfig']))
    throw new Error('the Shoot has another providerConfig');
  return picked(shoot, shootFields) as Plain;
}

/** Fields of a Shoot that this project reads (pkg/gardener/cluster.ts). */
const shootFields: Fields = {
  metadata: { annotations: true, deletionTimestamp: true },
  spec: {
    kubernetes: {
      version: true,
      kubeAPIServer: { featureGates: true, runtimeConfig: true },
      kubeProxy: true,
      verticalPodAutoscaler: { enabled: true },
    },
    networking: { type: true, pods: true, services: true, nodes: true, ipFamilies: true },
    provider: { workers: { name: true, minimum: true } },
    hibernation: { enabled: true },
    systemComponents: { nodeLocalDNS: { enabled: true } },
  },
  status: { hibernated: true, networking: true, advertisedAddresses: true, constraints: { type: true, status: true } },
};

const statusFields: Fields = {
  observedGeneration: true,
  ipFamilies: true,
  lastOperation: { type: true, state: true },
  providerStatus: true,
};

const shootObjectFields: Fields = {
  apiVersion: true,
  kind: true,
  metadata: { name: true, namespace: true },
  immutable: true,
  data: true,
  spec: { podCIDR: true },
  status: { conditions: { type: true, status: true, reason: true } },
};

/** A message names fields by their path; a crash names none. */
export function recordedRefusal(message: string | undefined): Refusal | undefined {
  if (message === undefined) return undefined;
  if (/^(error: *)?panic:/m.test(message)) return 'crash';
  const paths = message.matchAll(/\b(?:spec|networkConfig|providerConfig)(?:\.[\w-]+|\[[^\]]*\])+/g);
  return [...new Set(Array.from(paths, ([path]) => path))].sort();
}
