import type { ShootFacts } from '../gardener/cluster.ts';
import type { ObjectChange } from '../managedresource/changes.ts';

/** A workload whose pods a change replaces, starts or ends. */
export interface WorkloadChange {
  readonly kind: string;
  readonly name: string;
  readonly change: 'restart' | 'start' | 'end';
  /** One pod runs on each node. */
  readonly everyNode: boolean;
  /** The pods configure the data path of their node. */
  readonly agent: boolean;
  /** The number or percentage of pods that are replaced at a time; undefined if all are, or none. */
  readonly atATime?: string;
}

/** The number of nodes of all worker pools; members that are not known are absent. */
export interface NodeCount {
  readonly minimum?: number;
  readonly maximum?: number;
}

export function countNodes(shoot: ShootFacts | undefined): NodeCount {
  if (shoot === undefined || shoot.workerPools === 0) return {};
  const { minimumNodes: minimum, maximumNodes: maximum } = shoot;
  // Pools that are scaled to zero get nodes again.
  if (maximum === 0) return {};
  return { minimum, ...(maximum === undefined ? {} : { maximum }) };
}

const kinds: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'StatefulSet']);

/** Returns the workloads among changed objects, agents and workloads of all nodes first. */
export function workloadChanges(
  changes: readonly ObjectChange[],
  agents: string | undefined,
): readonly WorkloadChange[] {
  return changes
    .flatMap((one): readonly WorkloadChange[] => {
      const [kind = '', fullName = ''] = one.object.split(' ');
      const change = podChange(one);
      if (!kinds.has(kind) || change === undefined) return [];
      const name = fullName.replace(/^.*\//, '');
      const atATime = /maxUnavailable (\S+)/.exec(one.roll?.strategy ?? '')?.[1];
      return [
        {
          kind,
          name,
          change,
          everyNode: kind === 'DaemonSet',
          agent: one.object === agents,
          ...(atATime === undefined ? {} : { atATime }),
        },
      ];
    })
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ agent, everyNode, change }: WorkloadChange): number {
  return ['restart', 'start', 'end'].indexOf(change) * 10 + (agent ? 0 : everyNode ? 1 : 2);
}

function podChange({ change, roll, immutable }: ObjectChange): WorkloadChange['change'] | undefined {
  if (change === 'added') return 'start';
  if (change === 'removed') return 'end';
  return roll === undefined && immutable === undefined ? undefined : 'restart';
}

/** Describes the duration of a rollout, such as ` while 2 to 8 nodes change, two at a time`. */
export function rolloutText({ atATime }: Pick<WorkloadChange, 'atATime'>, nodes: NodeCount): string {
  if (isSingle(nodes)) return ` while ${describeNodes(nodes)} changes`;
  const pace = atATime === undefined ? '' : `, ${inWords(atATime)} at a time`;
  return ` while ${describeNodes(nodes)} change${pace}`;
}

/** Returns whether there is one node, which changes at once. */
export function isSingle({ minimum, maximum }: NodeCount): boolean {
  return minimum === 1 && maximum === 1;
}

/** Describes a number of nodes, such as `2 to 8 nodes`. */
export function describeNodes({ minimum, maximum }: NodeCount): string {
  if (minimum === undefined || maximum === undefined) return 'all nodes';
  if (minimum === maximum) return maximum === 1 ? 'the node' : `${maximum.toLocaleString('en')} nodes`;
  if (minimum === 0) return `up to ${maximum.toLocaleString('en')} nodes`;
  return `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')} nodes`;
}

/** Formats the number of pods that are replaced at a time. */
export function inWords(atATime: string): string {
  return ['none', 'one', 'two', 'three'][Number(atATime)] ?? atATime;
}
