import { isDns1123Label } from '../../gardener/names.ts';
import { ipFamilies } from '../../gardener/network.ts';
import { field } from '../field.ts';
import { maskFindings, maskPaths } from './node-masks.ts';
import { invalidValue, type RuleFinding } from './rule.ts';
import { isFamily, type ShootSpec } from './shoot-spec.ts';
import { labelDetail, workerFindings } from './workers.ts';

/** Returns the findings of Gardener's API server about values other than ranges: names, families, type, node masks, kube-proxy, worker pools. */
export function valueFindings(spec: ShootSpec): readonly RuleFinding[] {
  return [...nameFindings(spec), ...familyFindings(spec), ...otherFindings(spec)];
}

function otherFindings(spec: ShootSpec): readonly RuleFinding[] {
  return spec.workerless
    ? workerlessFindings(spec)
    : [...typeFindings(spec), ...maskFindings(spec), ...proxyFindings(spec), ...workerFindings(spec)];
}

/** ValidateObjectMeta and validateNameConsecutiveHyphens. */
function nameFindings({ name, namespace }: ShootSpec): readonly RuleFinding[] {
  const given = [
    ['metadata.name', name],
    ['metadata.namespace', namespace],
  ] as const;
  const found = given.flatMap(([path, value]) =>
    value === undefined || isDns1123Label(value)
      ? []
      : [invalidValue(path, field.invalid(value, `${labelDetail}, at most 63 characters`))],
  );
  if (!name?.includes('--')) return found;
  return [...found, invalidValue('metadata.name', field.invalid(name, 'name may not contain two consecutive hyphens'))];
}

/** validateNetworking, ValidateKubeControllerManager and validateKubernetesForWorkerlessShoot: a Shoot without workers has no network. */
function workerlessFindings({
  type,
  hasProviderConfig,
  pods,
  nodes,
  nodeMask,
  kubeProxy,
}: ShootSpec): readonly RuleFinding[] {
  const given = [
    ['spec.networking.type', type !== undefined],
    ['spec.networking.providerConfig', hasProviderConfig],
    ['spec.networking.pods', pods !== undefined],
    ['spec.networking.nodes', nodes !== undefined],
    ['spec.kubernetes.kubeProxy', kubeProxy !== undefined],
    [maskPaths.primary, nodeMask.primary !== undefined],
    [maskPaths.ipv6, nodeMask.ipv6 !== undefined],
  ] as const;
  return given
    .filter(([, isSet]) => isSet)
    .map(([path]) => invalidValue(path, field.forbidden('this field should not be set for workerless Shoot clusters')));
}

/** ValidateIPFamilies. */
function familyFindings({ families = [] }: ShootSpec): readonly RuleFinding[] {
  return families.flatMap((family, index) => {
    const path = `spec.networking.ipFamilies[${index}]`;
    return [
      ...(isFamily(family) ? [] : [invalidValue(path, field.unsupported(family, ipFamilies))]),
      ...(families.indexOf(family) < index ? [invalidValue(path, field.duplicate(family))] : []),
    ];
  });
}

/** validateNetworking: Gardener makes a label of the type. */
function typeFindings({ type }: ShootSpec): readonly RuleFinding[] {
  if (type === undefined || type === '' || /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(type)) return [];
  return [invalidValue('spec.networking.type', field.invalid(type, 'type must be a valid label name'))];
}

const proxyModes: readonly string[] = ['IPTables', 'IPVS', 'NFTables'];

/** validateKubeProxy. */
function proxyFindings({ kubeProxy }: ShootSpec): readonly RuleFinding[] {
  if (kubeProxy === undefined) return [];
  const { mode, nftables } = kubeProxy;
  const path = 'spec.kubernetes.kubeProxy.mode';
  if (!proxyModes.includes(mode)) return [invalidValue(path, field.unsupported(mode, proxyModes))];
  if (mode !== 'NFTables' || nftables) return [];
  const detail = 'NFTables mode cannot be used when feature gate NFTablesProxyMode is explicitly set to false';
  return [invalidValue(path, field.invalid(mode, detail))];
}
