import type { VNode } from 'preact';
import type { ExplainedOption, ExplainedValue } from '../../../network/explain.ts';
import type { Origin } from '../../../network/origin.ts';
import { empty, h, showValue, table } from '../elements.ts';
import type { View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.values;

/** Shows the values in effect and the fields that decided them, as `netext explain`. */
export function valuesPanel(view: View): VNode {
  const explanation = view.answer.values();
  if (explanation === undefined) return empty(text.none);
  const { options, values } = explanation;
  const changed = options.filter((one) => one.changed || one.overruled !== undefined);
  const others = options.filter((one) => !changed.includes(one));
  return h(
    'div',
    null,
    h('h3', null, text.changed),
    changed.length === 0 ? h('p', null, text.unchanged) : valueTable(text.changed, changed),
    h('h3', null, text.follows),
    valueTable(text.follows, values),
    h('details', null, h('summary', null, text.rest), valueTable(text.rest, others)),
  );
}

function valueTable(caption: string, values: readonly (ExplainedValue & Partial<ExplainedOption>)[]): VNode {
  const { field, value, origin } = text.columns;
  return table({
    caption,
    head: [field, value, origin],
    rows: values.map((one) => [
      h('code', null, one.field),
      h('span', null, one.value === null ? text.unset : showValue(one.value), overruledText(one)),
      originText(one.origin),
    ]),
  });
}

function overruledText({ overruled }: Partial<ExplainedOption>): VNode | null {
  if (overruled === undefined) return null;
  const { value, finding } = overruled;
  const words = value === undefined ? (finding?.message ?? text.overruledPlain) : text.overruled(showValue(value));
  return h('span', { class: 'overruled' }, words);
}

/** Describes an origin by its kind, and by the fields that decided with their values. */
function originText({ kind, fields, rule }: Origin): VNode {
  const shown = kind === 'default' ? [] : fields;
  return h(
    'span',
    null,
    rule === undefined ? kind : `${kind} ${rule}`,
    ...shown.map(({ path, value }) =>
      h('span', { class: 'source' }, h('code', null, path), value === null ? '' : ` ${showValue(value)}`),
    ),
  );
}
