import type { VNode } from 'preact';
import { parseFeatureGates } from '../../network/feature-gates.ts';
import {
  assignmentsForEntry,
  type ContextField,
  type ContextTarget,
  changeForEntry,
  contextFields,
  contextShoot,
  contextTarget,
  parseEntry,
  readContext,
} from '../model/context.ts';
import type { Model } from '../model/model.ts';
import { choice, h } from './elements.ts';
import type { Actions, View } from './state.ts';
import { strings } from './strings.ts';

const text = strings.context;

/** The form for the Shoot around the configuration. An entry changes the text, or an option for a text without a Shoot; the form shows what is in effect. */
export function contextForm(view: View, actions: Actions, featureGates: Model['featureGates']): VNode {
  const { question, answer } = view;
  const target = contextTarget(question.text);
  const subject = answer.evaluation.first?.subject;
  const shown = readContext(contextShoot(subject?.cluster, target?.kind === 'options' ? undefined : subject?.shoot));
  const enter = (field: ContextField, entry: string): void => {
    if (target !== undefined) applyEntry({ field, value: parseEntry(field, entry), target }, view, actions);
  };
  const note = target === undefined ? text.unreadable : target.kind === 'document' ? text.document : text.options;
  return h(
    'details',
    { class: 'context', open: isWide },
    h('summary', null, h('h2', null, text.title)),
    h('p', { class: 'note' }, note),
    h(
      'div',
      { class: 'fields' },
      ...contextFields.map((field) =>
        fieldPart({
          field,
          value: shown[field.id] ?? '',
          disabled: target === undefined,
          enter: (entry) => enter(field, entry),
        }),
      ),
    ),
    gatesPart(view, featureGates),
  );
}

/** On a small screen the form would be between the text and its results. */
const isWide = matchMedia('(min-width: 901px)').matches;

interface Entry {
  readonly field: ContextField;
  readonly value: unknown;
  readonly target: ContextTarget;
}

function applyEntry({ field, value, target }: Entry, view: View, actions: Actions): void {
  const { question } = view;
  if (target.kind === 'document') {
    const change = changeForEntry({ text: question.text, target, field, value });
    if (change !== undefined) actions.edit(change);
    return;
  }
  const set = assignmentsForEntry(question.values?.set ?? [], { field, value });
  view.update({ question: { ...question, values: { set } } });
}

function fieldPart(input: {
  readonly field: ContextField;
  readonly value: string;
  readonly disabled: boolean;
  readonly enter: (entry: string) => void;
}): VNode {
  const { field, value, disabled, enter } = input;
  const id = `context-${field.id}`;
  const label = text.fields[field.id] ?? field.id;
  if (field.kind === 'choice') {
    const names = text.choices[field.id] ?? {};
    const options = (field.choices ?? []).map(
      (one) => [one.id, names[one.id] ?? (one.id === '' ? text.unset : one.id)] as const,
    );
    return choice({ id, label, value, options, disabled, onChange: enter });
  }
  const { suggestions = [] } = field;
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('input', {
      id,
      value,
      disabled,
      dir: 'ltr',
      spellcheck: false,
      placeholder: text.unset,
      ...(field.kind === 'number' ? { inputMode: 'numeric' } : {}),
      ...(suggestions.length === 0 ? {} : { list: `${id}-list` }),
      onChange: (event: Event) => enter((event.currentTarget as HTMLInputElement).value),
    }),
    suggestions.length === 0
      ? null
      : h('datalist', { id: `${id}-list` }, ...suggestions.map((one) => h('option', { value: one }))),
  );
}

function gatesPart(view: View, featureGates: Model['featureGates']): VNode {
  const names = Object.keys(featureGates);
  const { gates } = parseFeatureGates(view.question.featureGates ?? '', names);
  const toggle = (name: string, enabled: boolean): void => {
    const changed = { ...gates, [name]: enabled };
    const different = Object.entries(changed).filter(([gate, value]) => value !== featureGates[gate]?.default);
    view.update({
      question: { ...view.question, featureGates: different.map(([gate, value]) => `${gate}=${value}`).join(',') },
    });
  };
  return h(
    'fieldset',
    { class: 'gates' },
    h('legend', null, text.gates),
    ...names.map((name) => {
      const { about, default: fallback } = featureGates[name] ?? { about: '', default: false };
      return h(
        'label',
        { title: about },
        h('input', {
          type: 'checkbox',
          checked: gates[name] ?? fallback,
          onChange: (event: Event) => toggle(name, (event.currentTarget as HTMLInputElement).checked),
        }),
        ` ${name}`,
      );
    }),
  );
}
