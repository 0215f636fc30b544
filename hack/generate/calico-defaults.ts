import type { NetworkConfig } from '../../pkg/calico/api/config.ts';
import { withDefaults } from '../../pkg/calico/api/defaults.ts';
import { type CalicoValues, computeValues } from '../../pkg/calico/render/values.ts';
import { shootFacts } from '../../pkg/gardener/cluster.ts';
import type { IPFamily } from '../../pkg/gardener/network.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { code } from './markdown.ts';

/**
 * The effective default of a field: what the program itself makes of a configuration without it. Some fields are decided only with the
 * shoot, which here has one family; others have another value when their group is there without them.
 */
export function calicoDefault(path: string): string {
  if (deprecated.includes(path)) return '';
  const [group = ''] = path.split('.');
  const absent = defaultIn({}, path);
  const inGroup = path === group ? absent : defaultIn({ [group]: {} }, path);
  if (inGroup === absent) return absent;
  return `${absent === '' ? 'unset' : absent}; ${inGroup} when ${code(group)} is given without it`;
}

const deprecated = ['ipip', 'ipAutodetectionMethod'];

const v4 = valuesFor('IPv4');
const v6 = valuesFor('IPv6');

/** What defaults.ts leaves open because the families of the shoot decide it. */
const derived: Readonly<Record<string, (values: CalicoValues) => string | undefined>> = {
  backend: (values) => values.backend,
  'ipam.cidr': (values) => values.ipam.subnet,
  'ipv4.pool': (values) => values.ipv4?.pool,
  'ipv4.mode': (values) => values.ipv4?.mode,
  'ipv6.pool': (values) => values.ipv6?.pool,
  'ipv6.mode': (values) => values.ipv6?.mode,
};

function defaultIn(config: NetworkConfig, path: string): string {
  const value = at(withDefaults(config), path);
  if (value !== undefined) return isRecord(value) ? '' : shown(value);
  const [alone, withIPv6] = [derived[path]?.(v4), derived[path]?.(v6)];
  if (alone === undefined || withIPv6 === undefined || alone === withIPv6) return shown(alone ?? withIPv6);
  return `${shown(alone)}; ${shown(withIPv6)} with IPv6`;
}

function valuesFor(family: IPFamily): CalicoValues {
  const network = { apiVersion: '', kind: 'Network', metadata: { name: '', namespace: '' }, spec: { type: 'calico' } };
  return computeValues({
    config: withDefaults({}),
    network,
    shoot: shootFacts({}),
    families: [family],
    nonPrivileged: false,
  });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((parent, key) => (isRecord(parent) ? parent[key] : undefined), value);
}

function shown(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value));
}
