import type { NetworkConfig } from '../../pkg/cilium/api/config.ts';
import { withDefaults } from '../../pkg/cilium/api/defaults.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { code } from './markdown.ts';

/**
 * Returns the effective default of a field, computed by the product code. Some defaults differ if the group of the field is set; ignored
 * fields have none.
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
