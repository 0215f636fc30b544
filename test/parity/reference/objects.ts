/** The recorded objects of a case. */
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Cni } from '../cases.ts';
import type { ObjectLeaves } from '../differences.ts';
import { comparedLeaves } from '../objects.ts';
import { referenceNames, referenceObjects, referenceText } from './files.ts';

/** Names of the cases that were not refused. */
export function recordedNames(cni: Cni): readonly string[] {
  return referenceNames(cni, 'cases').filter((name) => isRecorded(cni, name));
}

function isRecorded(cni: Cni, name: string): boolean {
  return referenceText(cni, 'cases', name, 'expected/managedresources.yaml') !== undefined;
}

/** The leaves that are compared; undefined without the recordings. */
export function recordedLeaves(cni: Cni, name: string): ObjectLeaves | undefined {
  const read = (file: string): readonly KubeObject[] => referenceObjects(cni, 'cases', name, 'expected', file);
  const [status] = read('status.yaml');
  if (status === undefined || !isRecorded(cni, name)) return undefined;
  const shoot = [...read('managedresources.yaml'), ...recordedCrds(cni, name)];
  return comparedLeaves({ shoot, seed: read('seed.yaml'), status: recordedStatus(status) });
}

/** The structures of the CRDs that the case names. */
export function recordedCrds(cni: Cni, name: string): readonly KubeObject[] {
  const names = (referenceText(cni, 'cases', name, 'expected/crds.txt') ?? '').split(/\s+/).filter((one) => one !== '');
  return names.flatMap((crd) => referenceObjects(cni, 'crds', `${crd}.yaml`));
}

/** The `status` of the Network, from either of two forms of the recordings. */
export function recordedStatus(document: Readonly<Record<string, unknown>>): unknown {
  return isRecord(document['network']) ? document['network']['status'] : document['status'];
}
