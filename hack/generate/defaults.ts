import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import type { Configuration } from '../../pkg/network/plugin.ts';
import { code } from './markdown.ts';

/**
 * The effective default of a field of providerConfig, as Markdown; empty where nothing is set. It is what the program itself makes of a
 * configuration without the field. Some defaults depend on the families of the shoot, others differ when the group is given without the field.
 */
export function effectiveDefault(configuration: Configuration<never>, path: string): string {
  const [group = ''] = path.split('.');
  const absent = defaultIn(configuration, { config: {}, path });
  const inGroup = path === group ? absent : defaultIn(configuration, { config: { [group]: {} }, path });
  if (inGroup === absent) return absent;
  return `${absent === '' ? 'unset' : absent}; ${inGroup} when ${code(group)} is given without it`;
}

function defaultIn(
  configuration: Configuration<never>,
  { config, path }: { readonly config: object; readonly path: string },
): string {
  const [ipv4, ipv6] = (['IPv4', 'IPv6'] as const).map((family) =>
    at(configuration.effectiveDefaults(config as never, family), path),
  );
  if (ipv4 === undefined || ipv6 === undefined || JSON.stringify(ipv4) === JSON.stringify(ipv6))
    return shown(ipv4 ?? ipv6);
  return `${shown(ipv4)}; ${shown(ipv6)} with IPv6`;
}

/** Undefined for a group, which has no default of its own. */
function at(value: unknown, path: string): unknown {
  const found = path.split('.').reduce<unknown>((parent, key) => recordOf(parent)[key], value);
  return isRecord(found) ? undefined : found;
}

function shown(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value));
}
