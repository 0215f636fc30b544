import { type ComponentChild, createElement, type VNode } from 'preact';

/** Returns an element with attributes and children. Preact's own function types each element by its attributes, of which no caller makes use. */
export function h(
  tag: string,
  attributes: Readonly<Record<string, unknown>> | null,
  ...children: readonly ComponentChild[]
): VNode {
  return createElement(tag, attributes, ...children);
}

/** Returns a table with a caption for screen readers. */
export function table(input: {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChild[])[];
}): VNode {
  const { caption, head, rows } = input;
  return h(
    'div',
    { class: 'table', tabIndex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      null,
      h('caption', { class: 'visually-hidden' }, caption),
      h('thead', null, h('tr', null, ...head.map((text) => h('th', { scope: 'col' }, text)))),
      h(
        'tbody',
        null,
        ...rows.map(([first, ...cells]) =>
          h('tr', null, h('th', { scope: 'row' }, first), ...cells.map((cell) => h('td', null, cell))),
        ),
      ),
    ),
  );
}

/** Returns a paragraph for a panel without content. */
export function empty(text: string): VNode {
  return h('p', { class: 'empty' }, text);
}

export function button(label: string, onClick: () => void, variant = 'quiet'): VNode {
  return h('button', { type: 'button', class: `button ${variant}`, onClick }, label);
}

/** Returns a select element with a label above it. */
export function choice(input: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly disabled?: boolean;
  readonly onChange: (value: string) => void;
}): VNode {
  const { id, label, value, options, disabled = false, onChange } = input;
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h(
      'select',
      { id, value, disabled, onChange: (event: Event) => onChange((event.currentTarget as HTMLSelectElement).value) },
      ...options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)),
    ),
  );
}

/** The base address of the pages in messages of this build, with a trailing slash (hack/playground/build.ts). */
declare const NETEXT_PAGES: string;

/** Returns a text with the pages of this project as links below `base`, with their short names; with an empty base below the address of the build. */
export function withLinks(text: string, base: string): readonly ComponentChild[] {
  const short = text.replaceAll(NETEXT_PAGES, '');
  return short
    .split(/(docs\/[\w/-]+\.md(?:#[\w-]+)?)/)
    .map((part, index) =>
      index % 2 === 0
        ? part
        : h('a', { href: `${base || NETEXT_PAGES}${part}`, rel: 'noreferrer', target: '_blank' }, part),
    );
}

/** Formats a JSON value for people. */
export function showValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
