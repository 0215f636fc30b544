import type { VNode } from 'preact';
import { describeObject, type KubeObject } from '../../../gardener/objects.ts';
import { printYaml } from '../../../yaml/print.ts';
import { button, empty, h } from '../elements.ts';
import type { Actions, View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.objects;

/** Shows the objects in the shoot as a tree of kinds and names, with a search in their contents. */
export function objectsPanel(view: View, actions: Actions): VNode {
  const all = view.answer.objects();
  if (all.length === 0) return empty(text.none);
  const words = view.search.toLowerCase().trim();
  const found = words === '' ? all : all.filter((one) => contains(one, words));
  const kinds = [...Map.groupBy(found, ({ kind }) => kind)].sort(([one], [other]) => (one < other ? -1 : 1));
  return h(
    'div',
    null,
    h(
      'div',
      { class: 'search' },
      h('input', {
        type: 'search',
        'aria-label': text.search,
        placeholder: text.search,
        value: view.search,
        onInput: (event: Event) => view.update({ search: (event.currentTarget as HTMLInputElement).value }),
      }),
      h('span', { role: 'status' }, text.count(found.length, all.length)),
      button(text.download, () => actions.download('objects.yaml', all.map((one) => printYaml(one)).join('---\n'))),
    ),
    found.length === 0 ? h('p', { class: 'empty' }, text.nothing) : null,
    ...kinds.map(([kind, objects]) =>
      h(
        'details',
        { class: 'kind', open: words !== '', key: kind },
        h('summary', null, `${kind} `, h('span', { class: 'count' }, objects.length)),
        ...objects.map((one) => objectItem(one, words)),
      ),
    ),
  );
}

function objectItem(object: KubeObject, words: string): VNode {
  const name = describeObject(object);
  // The text of hundreds of objects is created when one is opened.
  const fill = (event: Event): void => {
    const details = event.currentTarget as HTMLDetailsElement;
    const pre = details.querySelector('pre');
    if (details.open && pre !== null && pre.childNodes.length === 0) fillIn(pre, object, words);
  };
  return h(
    'details',
    { class: 'object', key: `${name} ${words}`, onToggle: fill },
    h('summary', null, name.replace(`${object.kind} `, '')),
    h('pre', { tabIndex: 0, dir: 'ltr', 'aria-label': name }),
  );
}

/** Fills in the YAML, with the found words marked. */
function fillIn(pre: HTMLPreElement, object: KubeObject, words: string): void {
  const yaml = printYaml(object);
  const lower = yaml.toLowerCase();
  let from = 0;
  for (let at = words === '' ? -1 : lower.indexOf(words); at >= 0; at = lower.indexOf(words, from)) {
    const mark = document.createElement('mark');
    mark.textContent = yaml.slice(at, at + words.length);
    pre.append(yaml.slice(from, at), mark);
    from = at + words.length;
  }
  pre.append(yaml.slice(from));
}

const texts = new WeakMap<KubeObject, string>();

function contains(object: KubeObject, words: string): boolean {
  let known = texts.get(object);
  if (known === undefined) {
    known = printYaml(object).toLowerCase();
    texts.set(object, known);
  }
  return known.includes(words) || describeObject(object).toLowerCase().includes(words);
}
