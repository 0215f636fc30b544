import type { VNode } from 'preact';
import { type Capacity, countNodes, type RangeCapacity } from '../../../network/capacity.ts';
import { empty, h } from '../elements.ts';
import type { View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.capacity;

/** Shows the room in the ranges as bars: how much of it the worker pools may use. */
export function capacityPanel(view: View): VNode {
  const capacity = view.answer.evaluation.first?.capacity;
  if (capacity === undefined) return empty(text.none);
  const { pods, nodes, workers, maximumNodes, podsPerNode } = capacity;
  const { maximum, surge } = workers;
  return h(
    'div',
    null,
    h('p', { class: 'lead' }, text.maximum(countNodes(maximumNodes), podsPerNode.toLocaleString('en'))),
    h(
      'p',
      null,
      maximum === undefined ? text.noMaximum : text.workers(maximum.toLocaleString('en'), surge.toLocaleString('en')),
    ),
    ...pods.map((one) => bar(text.pods, one, workers)),
    nodes === undefined ? null : bar(text.nodeRange, nodes, workers),
  );
}

function bar(label: string, range: RangeCapacity, { maximum, surge }: Capacity['workers']): VNode {
  const { ranges, nodes, nodeMask } = range;
  const used = maximum === undefined ? 0n : BigInt(maximum + surge);
  const percent = nodes === 0n ? 100 : Math.min(100, Number((used * 1000n) / nodes) / 10);
  const id = `bar-${label}-${range.family}`.replaceAll(' ', '-').toLowerCase();
  return h(
    'div',
    { class: 'bar' },
    h(
      'p',
      { id },
      h('strong', null, `${label} ${ranges.join(', ')}`),
      ` ${nodeMask === undefined ? '' : text.mask(nodeMask)}`,
    ),
    h(
      'svg',
      {
        viewBox: '0 0 100 4',
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-labelledby': id,
        class: used > nodes ? 'over' : '',
      },
      h('rect', { class: 'whole', width: 100, height: 4 }),
      h('rect', { class: 'used', width: used === 0n ? 0 : Math.max(percent, 0.5), height: 4 }),
    ),
    h(
      'p',
      { class: 'note' },
      maximum === undefined
        ? text.nodes(nodes.toLocaleString('en'))
        : text.used(used.toLocaleString('en'), countNodes(nodes).replace(/ nodes?$/, '')),
    ),
  );
}
