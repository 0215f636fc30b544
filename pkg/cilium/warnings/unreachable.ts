/** Findings about packets between pods of different nodes: warnings for stored configurations, an error for a change that leads there. */
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { ciliumRules } from '../api/diagnostics.ts';
import { podPaths } from '../render/reachability.ts';
import type { CiliumValues } from '../render/values.ts';
import { type Check, type CheckInput, dependencies } from './check.ts';

const report = reporter(ciliumRules);

export const unreachableWarnings: readonly Check[] = [
  { dependsOn: [...dependencies.tunnel, 'bgpControlPlane', 'shoot: families'], find: unreachable },
];

/** About the Network, since the IPAM mode that causes it is no option. */
function unreachable({ values, object }: CheckInput): readonly Diagnostic[] {
  const message = unreachableMessage(values);
  return message === undefined ? [] : [report('cilium-pods-unreachable-stored', { object, path: '', message })];
}

/** Returns the message about families whose packets reach no other node; undefined if there are none. */
export function unreachableMessage(values: CiliumValues): string | undefined {
  const broken = podPaths(values).filter(({ fault }) => fault !== undefined);
  if (broken.length === 0) return undefined;
  const families = broken.map(({ family }) => family).join(' and ');
  return `${families} packets do not reach pods of other nodes: IPAM mode "${values.ipam.mode}" assigns addresses that the infrastructure does not route, and there is no tunnel`;
}
