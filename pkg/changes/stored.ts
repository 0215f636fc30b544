import { shootFacts } from '../gardener/cluster.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { assumeMissingValues } from '../network/completeness.ts';

/** The values that Gardener and the admission set in a new Shoot, and that files of users therefore often lack. */
const storedFields: readonly (readonly string[])[] = [
  ...['pods', 'services', 'nodes', 'ipFamilies'].map((name) => ['networking', name]),
  ['kubernetes', 'version'],
  ...['enabled', 'mode'].map((name) => ['kubernetes', 'kubeProxy', name]),
  ...['nodeCIDRMaskSize', 'nodeCIDRMaskSizeIPv6'].map((name) => ['kubernetes', 'kubeControllerManager', name]),
];

/**
 * Returns an update as the API server stores it: with the stored status, which users cannot change, and with the stored values of fields that the
 * update omits, as with `kubectl apply`. Without them the change could not be validated.
 */
export function retainStored(shoot: KubeObject, old: KubeObject): KubeObject {
  const { spec } = shoot;
  if (!isRecord(spec)) return shoot;
  const retained = storedFields.reduce<unknown>(
    (values, keys) => withStored({ values, stored: old['spec'] }, keys),
    spec,
  );
  const status = isOmitted(old['status']) ? {} : { status: old['status'] };
  return { ...shoot, ...status, spec: retained };
}

/** Returns the values with the stored one of a field, if they omit it. Parents of a wrong type remain, so that they are reported. */
function withStored(
  { values, stored }: { readonly values: unknown; readonly stored: unknown },
  [key = '', ...rest]: readonly string[],
): unknown {
  const before = recordOf(stored)[key];
  if (isOmitted(before) || (!isOmitted(values) && !isRecord(values))) return values;
  const own = recordOf(values);
  if (rest.length > 0) {
    const inner = withStored({ values: own[key], stored: before }, rest);
    return inner === own[key] ? values : { ...own, [key]: inner };
  }
  return isOmitted(own[key]) ? { ...own, [key]: before } : values;
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

/** Returns the Shoot as it is when it runs: plans for a hibernated one leave out what needs a running shoot. */
export function awake(shoot: KubeObject): KubeObject {
  const { hibernation: _, ...spec } = recordOf(shoot['spec']);
  const { hibernated: __, ...status } = recordOf(shoot['status']);
  return { ...shoot, spec, status };
}

function isOmitted(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
