import type { VNode } from 'preact';
import type { PolicyTarget } from '../../model/policies.ts';
import { empty, h, table } from '../elements.ts';
import type { View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.policies;

/** Shows who may talk to whom as a picture: a row per source, a column per port of a target. */
export function policiesPanel(view: View): VNode {
  const picture = view.answer.policies();
  if (picture === undefined) return empty(text.none);
  if (picture === 'too many') return empty(text.tooMany);
  const { cni, sources, targets, invalid } = picture;
  return h(
    'div',
    null,
    h('p', { class: 'lead' }, cni === undefined ? text.byKubernetes : text.byCni(cni)),
    ...invalid.map((message) => h('p', { class: 'note' }, message)),
    table({
      caption: text.caption,
      head: [text.from, ...targets.map(({ pod, port }) => `${pod}:${port}`)],
      rows: sources.map((source, index) => [h('code', null, source), ...targets.map((target) => cell(target, index))]),
    }),
  );
}

function cell({ open }: PolicyTarget, source: number): VNode {
  const isOpen = open[source];
  if (isOpen === undefined) return h('span', { class: 'flow' }, text.self);
  return h('span', { class: isOpen ? 'flow open' : 'flow closed' }, isOpen ? text.open : text.closed);
}
