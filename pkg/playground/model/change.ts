import { type ChangeResult, describeNetworkChange } from '../../changes/networks.ts';
import { describeShootChange } from '../../changes/shoots.ts';
import type { NetworkPlugin, PlanTools } from '../../network/plugin.ts';
import type { FirstSubject } from './evaluate.ts';

/** Two subjects of which the second one replaces the first one in a running shoot. */
export interface SubjectChange {
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly old: FirstSubject;
  readonly new: FirstSubject;
}

/** Describes what a change does, as `netext diff`; undefined if one side is a Shoot and the other one a Network, or of an unknown type. */
export function describeChange(change: SubjectChange): ChangeResult | undefined {
  const { plugins, tools, featureGates, old, new: changed } = change;
  const [before, after] = [old.subject.shoot, changed.subject.shoot];
  if (before !== undefined && after !== undefined)
    return describeShootChange({ plugins, tools, featureGates, old: before, new: after });
  const { plugin } = old;
  if (before !== undefined || after !== undefined || plugin === undefined) return undefined;
  const side = ({ subject }: FirstSubject) => ({ network: subject.network, cluster: subject.cluster, featureGates });
  return describeNetworkChange({ plugin, tools, old: side(old), new: side(changed) });
}
