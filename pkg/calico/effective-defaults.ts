import { shootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import type { NetworkConfig } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { computeValues } from './render/values.ts';

/**
 * Returns the effective value of each option in a shoot with one family: the defaults, and the values that values.ts derives from the families.
 * For documentation.
 */
export function effectiveDefaults(config: NetworkConfig, family: IPFamily): object {
  const network = { apiVersion: '', kind: 'Network', metadata: { name: '', namespace: '' }, spec: { type: 'calico' } };
  const options = withDefaults(config);
  const { backend, ipam, ipv4, ipv6 } = computeValues({
    config: options,
    network,
    shoot: shootFacts({}),
    families: [family],
    nonPrivileged: false,
  });
  return {
    ...options,
    backend: options.backend ?? backend,
    ipam: { ...options.ipam, cidr: options.ipam.cidr ?? ipam.subnet },
    ipv4: { ...options.ipv4, pool: options.ipv4.pool ?? ipv4?.pool, mode: options.ipv4.mode ?? ipv4?.mode },
    ipv6: { ...options.ipv6, pool: options.ipv6.pool ?? ipv6?.pool, mode: options.ipv6.mode ?? ipv6?.mode },
  };
}
