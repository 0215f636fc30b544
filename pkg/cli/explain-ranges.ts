/** Draws the ranges of a shoot as text. */
import { parseCidr } from '../gardener/cidr.ts';
import { shootFacts } from '../gardener/cluster.ts';
import { type Capacity, countNodes, type RangeCapacity } from '../network/capacity.ts';

/** Columns of a bar. */
const barWidth = 16;

/** Columns of a range: the longest one in IPv4. */
const rangeWidth = 18;

/**
 * Returns one line for each range, in ASCII: the part that the worker pools may take, the mask of a node, and what is left. A last line has the room
 * of all ranges together. Empty if the ranges are not known.
 */
export function rangeLines(
  capacity: Capacity | undefined,
  shoot: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (capacity === undefined) return [];
  const { pods, nodes, maximumNodes, podsPerNode, workers } = capacity;
  const needed = workers.maximum === undefined ? undefined : BigInt(workers.maximum) + BigInt(workers.surge);
  const perNode = podsPerNode.toLocaleString('en');
  const rows = [
    ...pods.map((one) => rangeLine({ kind: 'pods', one, needed })),
    ...(nodes === undefined ? [] : [rangeLine({ kind: 'nodes', one: nodes, needed })]),
    ...serviceRanges(shoot),
  ];
  return [...rows, `room for ${countNodes(maximumNodes)} with ${perNode} pods each`];
}

interface RangeInput {
  readonly kind: string;
  readonly one: RangeCapacity;
  /** Nodes of all worker pools during an update; undefined if a pool has no maximum. */
  readonly needed: bigint | undefined;
}

function rangeLine({ kind, one, needed }: RangeInput): string {
  const { ranges, nodeMask, nodes } = one;
  const mask = nodeMask === undefined ? '' : `, /${nodeMask} each`;
  const left =
    needed === undefined
      ? ''
      : nodes >= needed
        ? `, ${short(nodes - needed)} left`
        : `, ${short(needed - nodes)} too few`;
  const wanted = needed === undefined ? '' : `${short(needed)} of `;
  return `${kind.padEnd(8)}  ${fit(ranges.join(' ')).padEnd(rangeWidth)}  ${bar(needed, nodes)}  ${wanted}${short(nodes)} nodes${mask}${left}`;
}

/** At least one column is filled if anything is taken. */
function bar(needed: bigint | undefined, nodes: bigint): string {
  if (needed === undefined) return `[${'.'.repeat(barWidth)}]`;
  const share = nodes === 0n ? barWidth : Number((needed * BigInt(barWidth) + nodes - 1n) / nodes);
  const filled = Math.min(barWidth, share);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`;
}

function serviceRanges(shoot: Readonly<Record<string, unknown>>): readonly string[] {
  const { networking, observed } = shootFacts(shoot);
  const texts = new Set([...(networking.services === undefined ? [] : [networking.services]), ...observed.services]);
  return [...texts].flatMap((text) => {
    const range = parseCidr(text);
    if (range === undefined) return [];
    return [
      `services  ${fit(text).padEnd(rangeWidth)}  ${' '.repeat(barWidth + 2)}  ${short(range.last - range.first + 1n)} addresses`,
    ];
  });
}

function fit(text: string): string {
  return text.length <= rangeWidth ? text : `${text.slice(0, rangeWidth - 3)}...`;
}

function short(number: bigint): string {
  return number > 1_000_000n ? 'over 1M' : number.toLocaleString('en');
}
