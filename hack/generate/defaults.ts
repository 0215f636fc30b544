import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import type { Configuration } from '../../pkg/network/plugin.ts';
import { code } from './markdown.ts';

/**
 * Returns the effective default of a field of providerConfig as Markdown; empty if there is none. It is computed by the plugin for a configuration
 * without the field. Some defaults depend on the families of the shoot, others differ if the group is set without the field.
 */
export function effectiveDefault(configuration: Configuration<never>, path: string): string {
  const [group = ''] = path.split('.');
  const absent = describeDefault(configuration, { config: {}, path });
  const inGroup = path === group ? absent : describeDefault(configuration, { config: { [group]: {} }, path });
  if (inGroup === absent) return absent;
  return `${absent === '' ? 'unset' : absent}; ${inGroup} if ${code(group)} is set without it`;
}

function describeDefault(
  configuration: Configuration<never>,
  { config, path }: { readonly config: object; readonly path: string },
): string {
  const [ipv4, ipv6] = (['IPv4', 'IPv6'] as const).map((family) =>
    valueAt(configuration.effectiveDefaults(config as never, family), path),
  );
  if (ipv4 === undefined || ipv6 === undefined || JSON.stringify(ipv4) === JSON.stringify(ipv6))
    return format(ipv4 ?? ipv6);
  return `${format(ipv4)}; ${format(ipv6)} with IPv6`;
}

/** Returns undefined for a group, which has no default itself. */
function valueAt(value: unknown, path: string): unknown {
  const found = path.split('.').reduce<unknown>((parent, key) => recordOf(parent)[key], value);
  return isRecord(found) ? undefined : found;
}

function format(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value));
}
