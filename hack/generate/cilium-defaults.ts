import type { NetworkConfig } from '../../pkg/cilium/api/config.ts';
import { withDefaults } from '../../pkg/cilium/api/defaults.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { code } from './markdown.ts';

/**
 * The effective default of a field: what the program itself makes of a configuration without it. Some fields have another value when their
 * group is there without them; those without any effect have none.
 */
export function ciliumDefault(path: string): string {
  const [group = ''] = path.split('.');
  const absent = defaultIn({}, path);
  const inGroup = path === group ? absent : defaultIn({ [group]: {} }, path);
  if (inGroup === absent) return absent;
  return `${absent === '' ? 'unset' : absent}; ${inGroup} when ${code(group)} is given without it`;
}

function defaultIn(config: NetworkConfig, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((parent, key) => (isRecord(parent) ? parent[key] : undefined), withDefaults(config));
  return value === undefined || isRecord(value) ? '' : code(JSON.stringify(value));
}
