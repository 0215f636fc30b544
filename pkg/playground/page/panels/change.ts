import type { VNode } from 'preact';
import type { ChangeEffects, Statement } from '../../../changes/effects.ts';
import type { ChangeResult } from '../../../changes/networks.ts';
import type { Difference } from '../../../managedresource/differences.ts';
import { describe } from '../../../network/diagnostics.ts';
import { button, empty, h, table, withLinks } from '../elements.ts';
import type { Actions, View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.change;

/** Shows what the change does to a running shoot, as `netext diff`. */
export function changePanel(view: View, actions: Actions): VNode {
  const { old = '' } = view.question;
  const isGiven = old.trim() !== '';
  const result = view.change();
  return h(
    'div',
    null,
    h('p', { class: 'note' }, isGiven ? text.sinceGiven : text.since),
    result === undefined ? empty(text.none) : resultPart(result, actions),
    h(
      'div',
      { class: 'actions' },
      button(text.pin, () => view.update({ question: { ...view.question, old: view.question.text } })),
      isGiven ? button(text.forget, () => view.update({ question: { ...view.question, old: undefined } })) : null,
    ),
    h(
      'details',
      { open: isGiven },
      h('summary', null, text.earlier),
      h('p', { class: 'note', id: 'old-help' }, text.earlierHelp),
      h('textarea', {
        id: 'old-text',
        'aria-label': text.earlier,
        'aria-describedby': 'old-help',
        dir: 'ltr',
        rows: 12,
        spellcheck: false,
        value: old,
        onInput: (event: Event) =>
          view.update({ question: { ...view.question, old: (event.currentTarget as HTMLTextAreaElement).value } }),
      }),
    ),
  );
}

function resultPart(result: ChangeResult, actions: Actions): VNode {
  if (result.outcome === 'unknown')
    return h(
      'section',
      null,
      h('p', null, text.unknown(result.side, result.reason)),
      ...result.diagnostics.map((one) => h('p', { class: 'note' }, describe(one))),
    );
  const { effects, changes } = result;
  return h(
    'section',
    null,
    h(
      'div',
      { class: `impact ${effects.impact}` },
      h('strong', null, text.impacts[effects.impact] ?? effects.impact),
      h('p', null, sentence(effects.summary)),
      ...effects.also.map((one) => h('p', null, sentence(one))),
      ...effects.findings.map((one) => h('p', null, describe(one))),
    ),
    ...pathPart(effects),
    ...manualPart(effects, actions),
    ...statementsPart(text.order, effects.order, actions),
    ...statementsPart(text.back, effects.back, actions),
    ...rollsPart(effects),
    changes.length === 0
      ? null
      : h(
          'details',
          null,
          h('summary', null, text.objects(changes.length)),
          ...changes.map(({ object, change, differences }) =>
            h(
              'details',
              { class: 'object' },
              h('summary', null, `${object} ${change}`),
              h('ul', null, ...differences.map(differenceItem)),
            ),
          ),
        ),
  );
}

function pathPart({ dataPath }: ChangeEffects): readonly VNode[] {
  if (dataPath.length === 0) return [];
  const { about, before, after } = text.columns;
  return [
    h('h3', null, text.dataPath),
    table({
      caption: text.dataPath,
      head: [about, before, after],
      rows: dataPath.map((one) => [one.about, one.before ?? '–', one.after ?? '–']),
    }),
  ];
}

function manualPart({ manual }: ChangeEffects, { pages }: Actions): readonly VNode[] {
  if (manual.length === 0) return [];
  return [
    h('h3', null, text.manual),
    h(
      'ul',
      null,
      ...manual.map((one) =>
        h(
          'li',
          null,
          h('strong', null, one.when === 'before' ? text.before : text.after),
          ' ',
          one.text,
          ' ',
          ...withLinks(one.page, pages),
        ),
      ),
    ),
  ];
}

function statementsPart(title: string, statements: readonly Statement[], { pages }: Actions): readonly VNode[] {
  if (statements.length === 0) return [];
  return [
    h('h3', null, title),
    h('ul', null, ...statements.map((one) => h('li', null, sentence(one), ' ', ...withLinks(one.page, pages)))),
  ];
}

function rollsPart({ rolls }: ChangeEffects): readonly VNode[] {
  if (rolls.length === 0) return [];
  return [
    h('h3', null, text.rolls),
    h(
      'ul',
      null,
      ...rolls.map((one) =>
        h(
          'li',
          null,
          h('code', null, `${one.kind} ${one.name}`),
          ' ',
          one.change,
          one.atATime === undefined ? '' : `, ${text.atATime(one.atATime)}`,
        ),
      ),
    ),
  ];
}

function differenceItem(one: Difference): VNode {
  const before = 'before' in one ? h('del', null, shown(one.before)) : null;
  const after = 'after' in one ? h('ins', null, shown(one.after)) : null;
  return h('li', null, h('code', null, one.path), ' ', before, ' ', after);
}

function sentence({ text: words }: Statement): string {
  const start = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function shown(value: unknown): string {
  const words = value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return words.length > 200 ? `${words.slice(0, 200)}…` : words;
}
