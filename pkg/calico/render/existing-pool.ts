import type { CalicoValues } from './values.ts';

/**
 * Returns the values after a change as a running shoot has them: calico-node creates a pool from its environment only if the family has none
 * (configureIPPools of calico-node), so that without `overlay` the existing IPv4 pool retains its encapsulation.
 */
export function withExistingPool(old: CalicoValues, after: CalicoValues): CalicoValues {
  if (old.overlay !== 'unset' || after.overlay !== 'unset' || old.ipv4 === undefined || after.ipv4 === undefined)
    return after;
  return { ...after, ipv4: { ...after.ipv4, pool: old.ipv4.pool, mode: old.ipv4.mode } };
}
