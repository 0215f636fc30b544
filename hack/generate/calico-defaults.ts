import type { NetworkConfig } from '../../pkg/calico/api/config.ts';
import { withDefaults } from '../../pkg/calico/api/defaults.ts';
import { type CalicoValues, computeValues } from '../../pkg/calico/render/values.ts';
import { shootFacts } from '../../pkg/gardener/cluster.ts';
import type { IPFamily } from '../../pkg/gardener/network.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { code } from './markdown.ts';

/**
 * Returns the effective default of a field, computed by the product code. Some defaults depend on the families of the shoot; others differ if
 * the group of the field is set.
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

/** Fields without a value in defaults.ts, since it depends on the families of the shoot. */
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
