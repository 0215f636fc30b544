import { Component, createRef, type VNode } from 'preact';
import type { ChangeResult } from '../../changes/networks.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { describe } from '../../network/diagnostics.ts';
import type { LocatedFinding } from '../../yaml/documents.ts';
import { netextCommand } from '../model/command.ts';
import { completions, describeField, readCursor } from '../model/complete.ts';
import type { Evaluation, Question } from '../model/evaluate.ts';
import { fixesFor } from '../model/fixes.ts';
import type { Answer, Model } from '../model/model.ts';
import { fieldAt, offsetAt } from '../model/place.ts';
import { findSecrets } from '../model/secrets.ts';
import { encodeQuestion, longestLink } from '../model/share.ts';
import type { TextChange } from '../model/yaml-edit.ts';
import { type Example, exampleQuestion, type HostConfig } from './config.ts';
import { contextForm } from './context-form.ts';
import type { Editor, Mark } from './editor.ts';
import { button, choice, h } from './elements.ts';
import { capacityPanel } from './panels/capacity.ts';
import { changePanel } from './panels/change.ts';
import { findingsPanel } from './panels/findings.ts';
import { objectsPanel } from './panels/objects.ts';
import { picturePanel } from './panels/picture.ts';
import { policiesPanel } from './panels/policies.ts';
import { valuesPanel } from './panels/values.ts';
import { type Actions, type State, type Tab, type Theme, tabs, type View } from './state.ts';
import { strings } from './strings.ts';

export interface AppProps {
  readonly model: Model;
  readonly examples: readonly Example[];
  readonly config: HostConfig;
  readonly start: State;
  readonly version: string;
  readonly onTheme: (theme: Theme) => void;
}

/** The page. It holds the state; everything else follows from it by pure functions. */
export class App extends Component<AppProps, State> {
  override state: State;
  private readonly host = createRef<HTMLDivElement>();
  private editor: Editor | undefined;
  private answer: { readonly question: Question; readonly answer: Answer } | undefined;
  private change: { readonly key: string; readonly result: ChangeResult | undefined } | undefined;
  private writing: ReturnType<typeof setTimeout> | undefined;

  constructor(props: AppProps) {
    super(props);
    this.state = props.start;
  }

  override componentDidMount(): void {
    const attach = (): void => this.attachEditor();
    // The bundle of the editor may arrive later.
    if (globalThis.netextEditor === undefined)
      document.querySelector('#editor-script')?.addEventListener('load', attach);
    else attach();
    this.writeHash();
  }

  override componentDidUpdate(): void {
    this.markFindings();
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.writeHash(), 250);
  }

  private attachEditor(): void {
    const { current } = this.host;
    if (current === null || globalThis.netextEditor === undefined) return;
    const root = current.attachShadow({ mode: 'open' });
    const parent = document.createElement('div');
    parent.className = 'editor-root';
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.editor-root { height: 100%; }');
    root.adoptedStyleSheets = [sheet];
    root.append(parent);
    this.editor = globalThis.netextEditor.createEditor({
      parent,
      root,
      text: this.state.question.text,
      label: strings.editor.label,
      onChange: (text) => this.setQuestion({ text }),
      complete: (text, offset) => {
        const cursor = readCursor(text, offset);
        return { word: cursor.word, completions: completions(cursor, this.props.model.schemas) };
      },
      explain: (text, offset) => this.explainAt(text, offset),
    });
    current.dataset['ready'] = 'true';
    this.markFindings();
  }

  /** Explains the key around an offset. */
  private explainAt(text: string, offset: number): ReturnType<typeof describeField> {
    const start = text.lastIndexOf('\n', offset - 1) + 1;
    const line = text.slice(start, text.indexOf('\n', offset) < 0 ? undefined : text.indexOf('\n', offset));
    const [, blanks = '', key] = /^(\s*(?:- +)?)([\w.-]+):/.exec(line) ?? [];
    if (key === undefined || offset > start + blanks.length + key.length) return undefined;
    return describeField(readCursor(text, start + blanks.length), key, this.props.model.schemas);
  }

  private setQuestion(change: Partial<Question>): void {
    this.setState(({ question }) => ({ question: { ...question, ...change }, notice: '' }));
  }

  private edit(change: TextChange): void {
    if (this.editor !== undefined) {
      this.editor.apply(change);
      return;
    }
    const { text } = this.state.question;
    this.setQuestion({ text: `${text.slice(0, change.from)}${change.insert}${text.slice(change.to)}` });
  }

  private markFindings(): void {
    const { text } = this.state.question;
    const { evaluation } = this.currentAnswer();
    if (this.editor?.text() !== text) return;
    const problems = evaluation.problems.flatMap(({ line, column = 1, message }): readonly Mark[] =>
      line === undefined
        ? []
        : [{ ...lineRange(text, offsetAt(text, { line, column })), severity: 'error', message, fixes: [] }],
    );
    const findings = evaluation.subjects.flatMap((one) => [...one.findings, ...one.plan.findings]);
    const unique = new Map(findings.map((one) => [`${one.line} ${one.column} ${one.code}`, one]));
    this.editor.mark([...problems, ...[...unique.values()].map((one) => this.markFor(text, one))]);
  }

  private markFor(text: string, finding: LocatedFinding): Mark {
    const offset = offsetAt(text, finding);
    const node = fieldAt(text, offset)?.node;
    const isField = node?.kind === 'mapping' || node?.kind === 'sequence' || finding.message.includes('unknown field');
    const to = isField ? node?.key?.end : node?.end;
    const range = to === undefined || to <= offset ? lineRange(text, offset) : { from: offset, to };
    return {
      ...range,
      severity: finding.severity,
      message: `${describe(finding)} ${finding.remedy}`,
      fixes: fixesFor(text, finding).map(({ label, change }) => ({ label, apply: () => this.edit(change) })),
    };
  }

  /** Answers the present question, once. */
  private currentAnswer(): Answer {
    const { question } = this.state;
    if (this.answer?.question === question) return this.answer.answer;
    const started = performance.now();
    const answer = safeAnswer(this.props.model, question);
    performance.measure('netext-answer', { start: started, end: performance.now() });
    this.answer = { question, answer };
    return answer;
  }

  private currentChange(): ChangeResult | undefined {
    const { question, baseline } = this.state;
    const old: Question = (question.old ?? '').trim() === '' ? baseline : { ...question, text: question.old ?? '' };
    const key = JSON.stringify([old, question]);
    if (this.change?.key !== key) this.change = { key, result: this.props.model.change(old, question) };
    return this.change.result;
  }

  /** Puts the question into the address, unless it may contain a secret. */
  private writeHash(): void {
    const { question } = this.state;
    const isSecret = findSecrets(`${question.text}\n${question.old ?? ''}`).length > 0;
    const hash = isSecret ? '' : `#${encodeQuestion(question)}`;
    if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  }

  override render(): VNode {
    const { state } = this;
    const view: View = {
      ...state,
      answer: this.currentAnswer(),
      change: () => this.currentChange(),
      update: (change) => this.setState(change),
    };
    const actions = this.actions();
    const { model, version } = this.props;
    return h(
      'div',
      { class: 'page' },
      h('a', { class: 'skip', href: '#results', onClick: skipToResults }, strings.skip),
      this.header(view),
      h(
        'main',
        null,
        h(
          'section',
          { class: 'input', 'aria-labelledby': 'input-title' },
          h('h2', { id: 'input-title' }, strings.editor.title),
          h('div', { class: 'editor', ref: this.host }, h('pre', { dir: 'ltr' }, state.question.text)),
          contextForm(view, actions, model.featureGates),
          sharePart(view, actions),
        ),
        resultsPart(view, actions),
      ),
      h('footer', null, strings.footer(version), ' ', h('a', { href: 'licenses.txt' }, strings.licenses)),
    );
  }

  private header(view: View): VNode {
    const { examples } = this.props;
    const groups = [...Map.groupBy(examples, ({ group }) => group)];
    const load = (event: Event): void => {
      const select = event.currentTarget as HTMLSelectElement;
      const example = examples.find(({ id }) => id === select.value);
      select.value = '';
      if (example !== undefined) this.load(exampleQuestion(example.text));
    };
    return h(
      'header',
      null,
      h('div', null, h('h1', null, strings.title), h('p', null, strings.subtitle)),
      h(
        'div',
        { class: 'tools' },
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'examples' }, strings.examples.label),
          h(
            'select',
            { id: 'examples', onChange: load },
            h('option', { value: '' }, strings.examples.choose),
            ...groups.map(([group, list]) =>
              h('optgroup', { label: group }, ...list.map(({ id, title }) => h('option', { value: id }, title))),
            ),
          ),
        ),
        choice({
          id: 'theme',
          label: strings.theme.label,
          value: view.theme,
          options: (['system', 'light', 'dark'] as const).map((one) => [one, strings.theme[one]]),
          onChange: (theme) => {
            this.props.onTheme(theme as Theme);
            this.setState({ theme: theme as Theme });
          },
        }),
      ),
    );
  }

  /** Shows another question, with which changes are compared from then on. */
  load(question: Question): void {
    this.setState({ question, baseline: question, search: '', notice: '' });
    this.editor?.setText(question.text);
  }

  private actions(): Actions {
    return {
      pages: this.props.config.pages ?? '',
      edit: (change) => this.edit(change),
      reveal: (line, column) => this.editor?.reveal(offsetAt(this.state.question.text, { line, column })),
      download,
      copy: (text) => {
        navigator.clipboard.writeText(text).then(
          () => this.setState({ notice: strings.share.copied }),
          () => this.setState({ notice: strings.share.failed }),
        );
      },
    };
  }
}

/** A defect of the model must not end the page, whose text would be lost. */
function safeAnswer(model: Model, question: Question): Answer {
  try {
    return model.answer(question);
  } catch (error) {
    const message = `${strings.defect} ${errorMessage(error)}`;
    return {
      evaluation: { valid: false, subjects: [], problems: [{ message }], skipped: [] },
      objects: () => [],
      values: () => undefined,
      picture: () => undefined,
      policies: () => undefined,
    };
  }
}

function lineRange(text: string, offset: number): { readonly from: number; readonly to: number } {
  const end = text.indexOf('\n', offset);
  return { from: offset, to: Math.max(offset, end < 0 ? text.length : end) };
}

function skipToResults(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#results')?.focus();
}

function download(name: string, text: string): void {
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const panels: Readonly<Record<Tab, (view: View, actions: Actions) => VNode>> = {
  findings: findingsPanel,
  change: changePanel,
  values: valuesPanel,
  objects: objectsPanel,
  picture: picturePanel,
  policies: policiesPanel,
  capacity: capacityPanel,
};

function resultsPart(view: View, actions: Actions): VNode {
  const select = (tab: Tab): void => view.update({ tab });
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const index = tabs.indexOf(view.tab);
    const next =
      step === undefined ? { Home: tabs[0], End: tabs.at(-1) }[event.key] : tabs.at((index + step) % tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    select(next);
    document.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return h(
    'section',
    { class: 'results', id: 'results', tabIndex: -1, 'aria-label': strings.tabs.label },
    verdictPart(view.answer.evaluation, view.question.text),
    h(
      'div',
      { role: 'tablist', 'aria-label': strings.tabs.label, onKeyDown: onKey },
      ...tabs.map((tab) =>
        h(
          'button',
          {
            type: 'button',
            role: 'tab',
            id: `tab-${tab}`,
            'aria-selected': tab === view.tab,
            'aria-controls': 'panel',
            tabIndex: tab === view.tab ? 0 : -1,
            onClick: () => select(tab),
          },
          strings.tabs[tab],
        ),
      ),
    ),
    h(
      'div',
      { role: 'tabpanel', id: 'panel', key: view.tab, 'aria-labelledby': `tab-${view.tab}`, tabIndex: 0 },
      panels[view.tab](view, actions),
    ),
  );
}

function verdictPart(evaluation: Evaluation, text: string): VNode {
  const findings = evaluation.subjects.flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === 'error').length + evaluation.problems.length;
  const [word, style] = verdictWord(evaluation, text);
  return h(
    'p',
    { class: `verdict ${style}`, role: 'status' },
    h('strong', null, word),
    ' ',
    h('span', null, strings.verdict.count(errors, findings.filter(({ severity }) => severity === 'warning').length)),
  );
}

function verdictWord({ valid, subjects, problems }: Evaluation, text: string): readonly [word: string, style: string] {
  const { verdict } = strings;
  if (text.trim() === '' || (subjects.length === 0 && problems.length === 0)) return [verdict.empty, 'neutral'];
  if (subjects.length === 0) return [verdict.unreadable, 'bad'];
  const outcomes = subjects.map(({ outcome }) => outcome);
  if (outcomes.includes('waiting')) return [verdict.waiting, 'neutral'];
  if (!valid) return [verdict.rejected, 'bad'];
  if (outcomes.includes('incomplete')) return [verdict.incomplete, 'neutral'];
  return outcomes.every((one) => one === 'workerless') ? [verdict.workerless, 'good'] : [verdict.valid, 'good'];
}

function sharePart(view: View, { copy }: Actions): VNode {
  const { share } = strings;
  const hash = encodeQuestion(view.question);
  const secrets = findSecrets(`${view.question.text}\n${view.question.old ?? ''}`);
  const link = `${location.origin === 'null' ? '' : location.origin}${location.pathname}#${hash}`;
  return h(
    'section',
    { class: 'share', 'aria-labelledby': 'share-title' },
    h('h2', { id: 'share-title' }, share.title),
    h(
      'div',
      { class: 'actions' },
      button(share.copyLink, () => copy(link), 'primary'),
      button(share.copyCommand, () => copy(netextCommand('validate', view.question))),
      button(share.print, () => print()),
    ),
    h('p', { role: 'status', class: 'note' }, view.notice),
    h('p', { class: 'note' }, share.size(link.length), link.length > longestLink ? ` ${share.long}` : ''),
    secrets.length === 0
      ? null
      : h(
          'p',
          { class: 'alert', role: 'alert' },
          share.secret(
            secrets
              .slice(0, 3)
              .map(({ line, reason }) => `${strings.findings.line(line)}: ${reason}`)
              .join(', '),
          ),
        ),
  );
}
