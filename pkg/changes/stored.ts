import { shootFacts } from '../gardener/cluster.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { assumeMissingValues } from '../network/completeness.ts';

/** The values that Gardener sets in a new Shoot, and that files of users therefore often lack. */
const storedFields = {
  networking: ['pods', 'services', 'nodes', 'ipFamilies'],
  kubernetes: ['version'],
} as const;

/**
 * Returns an update as the API server stores it: with the stored status, which users cannot change, and with the stored values of fields that the
 * update omits, as with `kubectl apply`. Without them the change could not be validated.
 */
export function retainStored(shoot: KubeObject, old: KubeObject): KubeObject {
  const [spec, stored] = [shoot['spec'], recordOf(old['spec'])];
  if (!isRecord(spec)) return shoot;
  const retained = Object.entries(storedFields).flatMap(([group, names]) => {
    const [values, before] = [spec[group], recordOf(stored[group])];
    if (!isRecord(values)) return [];
    const omitted = names.filter((name) => isOmitted(values[name]) && !isOmitted(before[name]));
    return [[group, { ...values, ...Object.fromEntries(omitted.map((name) => [name, before[name]])) }]];
  });
  const status = isOmitted(old['status']) ? {} : { status: old['status'] };
  return { ...shoot, ...status, spec: { ...spec, ...Object.fromEntries(retained) } };
}

/**
 * Returns the update with the stored `kubeProxy.enabled` if it omits the field: Gardener sets it in a new Shoot, in shoots with Cilium to false
 * (docs/design/gardener.md#shoot-admission).
 */
export function retainKubeProxy(shoot: KubeObject, old: KubeObject): KubeObject {
  const spec = recordOf(shoot['spec']);
  const kubernetes = recordOf(spec['kubernetes']);
  const kubeProxy = recordOf(kubernetes['kubeProxy']);
  const stored = recordOf(recordOf(recordOf(old['spec'])['kubernetes'])['kubeProxy'])['enabled'];
  if (!isOmitted(kubeProxy['enabled']) || isOmitted(stored)) return shoot;
  return { ...shoot, spec: { ...spec, kubernetes: { ...kubernetes, kubeProxy: { ...kubeProxy, enabled: stored } } } };
}

/**
 * Returns a Shoot with values in place of those that other components set after its creation: ranges and version, and the address of the API
 * server, without which Cilium waits. They are the same for each Shoot, so that two Shoots that lack them do not differ.
 */
export function assumeValues(shoot: KubeObject): KubeObject {
  const assumed = assumeMissingValues(shoot).shoot;
  if (shootFacts(assumed).advertisedAddresses.length > 0) return assumed;
  const status = recordOf(assumed['status']);
  return {
    ...assumed,
    status: { ...status, advertisedAddresses: [{ name: 'external', url: 'https://api.example.org' }] },
  };
}

function isOmitted(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
