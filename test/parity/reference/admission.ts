/** The facts of the recorded admission requests: the fields that this project reads, and the response. */
import { createMergePatch } from '../../../pkg/gardener/merge-patch.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { AdmissionFile, RequestFacts } from '../admission.ts';
import type { Cni } from '../cases.ts';
import { type Fields, picked, record } from './fields.ts';
import { referenceNames, referenceObjects, referenceText } from './files.ts';

type Plain = Readonly<Record<string, unknown>>;

/** The content of admission.yaml. The first Shoot is the base. */
export function recordedRequests(cni: Cni): AdmissionFile {
  const names = referenceNames(cni, 'admission');
  const shoots = names.map((name) => referenceObjects(cni, 'admission', name, 'input.yaml').map(shootFacts));
  const shoot = shoots[0]?.[0];
  if (shoot === undefined) throw new Error(`there are no recorded requests of ${cni}`);
  const requests = names.map((name, index): [string, RequestFacts] => {
    const [its = {}, old] = shoots[index] ?? [];
    const patch = createMergePatch(shoot, its);
    return [
      name,
      {
        ...(patch === undefined ? {} : { shoot: patch }),
        ...(old === undefined ? {} : { old: createMergePatch(its, old) ?? {} }),
        ...response(cni, name),
      },
    ];
  });
  return { shoot, requests: Object.fromEntries(requests) };
}

/** `purpose` stands for a change that has nothing to do with the network. */
const fields: Fields = {
  metadata: {
    deletionTimestamp: true,
    annotations: { 'confirmation.gardener.cloud/deletion': true },
    finalizers: true,
  },
  spec: {
    purpose: true,
    kubernetes: { version: true, kubeProxy: true },
    networking: true,
    provider: { type: true, workers: { name: true, minimum: true } },
    systemComponents: { nodeLocalDNS: true },
  },
};

function shootFacts(shoot: KubeObject): Plain {
  return record(picked(shoot, fields));
}

function response(cni: Cni, name: string): Pick<RequestFacts, 'denied' | 'kubeProxy'> {
  const message = recordedMessage(cni, name);
  const denied = message === undefined || message === 'allowed' ? {} : { denied: deniedFields(message) };
  if (cni === 'calico') return denied;
  const text = /^mutated\.kubeProxy: (.*)$/m.exec(referenceText(cni, 'admission', name, 'expected.txt') ?? '')?.[1];
  if (text === undefined) throw new Error(`${name} has no kubeProxy`);
  return { ...denied, kubeProxy: text === '<unset>' ? null : (JSON.parse(text) as unknown) };
}

/** The field at the beginning of each message. Decoders of the Go extensions name a field without its path. */
function deniedFields(message: string): readonly string[] {
  const unknown = /^strict decoding error: unknown field "(\w+)"$/.exec(message)?.[1];
  if (unknown !== undefined) return [`spec.networking.providerConfig.${unknown}`];
  if (message.startsWith('no kind "NetworkConfig"')) return ['spec.networking.providerConfig.apiVersion'];
  return Array.from(message.matchAll(/(?:^|[[ ])(spec\.[\w.[\]]+): /g), ([, field = '']) => field);
}

/** The message of a denial, or `allowed`; undefined without the recordings. */
export function recordedMessage(cni: Cni, name: string): string | undefined {
  const text = referenceText(cni, 'admission', name, 'expected.txt')?.trim();
  if (text === undefined || cni === 'calico') return text;
  return /^validator\.message: (.*)$/m.exec(text)?.[1] ?? 'allowed';
}
