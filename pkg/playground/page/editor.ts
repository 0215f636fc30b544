/** The editor, which is a bundle of its own: the rest of the page is there before it. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Completion } from '../model/complete.ts';
import type { TextChange } from '../model/yaml-edit.ts';

/** A finding at a place of the text. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fixes: readonly { readonly label: string; readonly apply: () => void }[];
}

export interface EditorOptions {
  /** An element of a shadow root: only there the styles of the editor are constructed sheets, which the Content-Security-Policy permits. */
  readonly parent: HTMLElement;
  readonly root: ShadowRoot;
  readonly text: string;
  readonly label: string;
  readonly onChange: (text: string) => void;
  readonly complete: (
    text: string,
    offset: number,
  ) => { readonly word: string; readonly completions: readonly Completion[] };
  /** Explains the word at an offset. */
  readonly explain: (text: string, offset: number) => Completion | undefined;
}

export interface Editor {
  text(): string;
  /** Replaces the text; the change can be undone. */
  setText(text: string): void;
  apply(change: TextChange): void;
  mark(marks: readonly Mark[]): void;
  /** Moves the cursor to an offset and shows it. */
  reveal(offset: number): void;
}

export function createEditor(options: EditorOptions): Editor {
  const view = new EditorView({
    parent: options.parent,
    root: options.root,
    state: EditorState.create({ doc: options.text, extensions: extensions(options) }),
  });
  const length = (): number => view.state.doc.length;
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: length(), insert: text } }),
    apply: (change) => view.dispatch({ changes: change, scrollIntoView: true }),
    mark(marks) {
      const diagnostics = marks.map(
        ({ fixes, ...mark }): Diagnostic => ({
          ...mark,
          from: Math.min(mark.from, length()),
          to: Math.min(mark.to, length()),
          actions: fixes.map(({ label, apply }) => ({ name: label, apply })),
        }),
      );
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    reveal(offset) {
      const at = Math.min(offset, length());
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
  };
}

function extensions({ label, onChange, complete, explain }: EditorOptions) {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightSelectionMatches(),
    yaml(),
    lintGutter(),
    autocompletion({ override: [(context) => propose(context, complete)] }),
    hoverTooltip((view, at) => explainAt(view, { at, explain })),
    // Tab leaves the editor, so that it is no trap for the keyboard.
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...completionKeymap, ...lintKeymap]),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({
      'aria-label': label,
      spellcheck: 'false',
      autocorrect: 'off',
      autocapitalize: 'off',
      dir: 'ltr',
      // Focusable without it as well, but tools for accessibility look for it.
      tabindex: '0',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
    theme,
    syntaxHighlighting(highlighting),
  ];
}

function propose(context: CompletionContext, complete: EditorOptions['complete']): CompletionResult | null {
  const { word, completions } = complete(context.state.doc.toString(), context.pos);
  if (completions.length === 0 || (word === '' && !context.explicit)) return null;
  return {
    from: context.pos - word.length,
    options: completions.map(({ label, insert, detail, info }) => ({
      label,
      apply: insert,
      detail,
      type: insert.endsWith(':') ? 'class' : insert.includes(':') ? 'property' : 'enum',
      ...(info === '' ? {} : { info }),
    })),
    validFor: /^[\w./-]*$/,
  };
}

function explainAt(
  view: EditorView,
  { at, explain }: { readonly at: number; readonly explain: EditorOptions['explain'] },
) {
  const word = view.state.wordAt(at);
  const found = explain(view.state.doc.toString(), at);
  if (word === null || found === undefined || (found.info === '' && found.detail === '')) return null;
  return {
    pos: word.from,
    end: word.to,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-explain';
      const type = document.createElement('code');
      type.textContent = `${found.label}: ${found.detail}`;
      const info = document.createElement('p');
      info.textContent = found.info;
      dom.append(type, info);
      return { dom };
    },
  };
}

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--border)',
    borderRadius: '6px',
    maxWidth: 'min(34rem, 90vw)',
    fontFamily: 'var(--sans)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.8' },
  '.cm-explain': { padding: '6px 10px' },
  '.cm-explain p': { margin: '4px 0 0' },
  '.cm-diagnostic': { padding: '6px 10px' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
    borderRadius: '4px',
    padding: '2px 8px',
    margin: '4px 8px 0 0',
  },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--error)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--warning)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--error) 1.5px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warning) 1.5px',
    textUnderlineOffset: '3px',
  },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
  '.cm-searchMatch': { backgroundColor: 'var(--selection)' },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.content], color: 'var(--code-text)' },
  { tag: [tags.bool, tags.null, tags.number, tags.keyword], color: 'var(--code-word)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.punctuation, tags.separator], color: 'var(--muted)' },
]);

declare global {
  /** Set by this bundle for the bundle of the page. */
  var netextEditor: { readonly createEditor: typeof createEditor } | undefined;
}

globalThis.netextEditor = { createEditor };
