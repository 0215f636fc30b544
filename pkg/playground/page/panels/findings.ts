import type { ComponentChild, VNode } from 'preact';
import { describe } from '../../../network/diagnostics.ts';
import type { LocatedFinding } from '../../../yaml/documents.ts';
import type { SubjectVerdict } from '../../model/evaluate.ts';
import { type Fix, fixesFor } from '../../model/fixes.ts';
import { button, empty, h, showValue, withLinks } from '../elements.ts';
import type { Actions, View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.findings;

/** Lists the findings of all objects of the text, each with its place and its fixes. */
export function findingsPanel(view: View, actions: Actions): VNode {
  const { subjects, problems, skipped } = view.answer.evaluation;
  const isEmpty = subjects.length === 0 && problems.length === 0;
  return h(
    'div',
    null,
    isEmpty ? empty(text.nothing) : null,
    ...problems.map(({ line, message }) =>
      h(
        'article',
        { class: 'finding error' },
        h('h4', null, message),
        line === undefined ? null : button(text.line(line), () => actions.reveal(line, 1), 'link'),
      ),
    ),
    ...subjects.map((one) => subjectPart(one, view, actions)),
    subjects.length > 1 ? h('p', { class: 'note' }, text.others(subjects.length)) : null,
    skipped.length === 0 ? null : h('p', { class: 'note' }, text.skipped([...new Set(skipped)].join(', '))),
  );
}

function subjectPart(subject: SubjectVerdict, view: View, actions: Actions): VNode {
  const { name, findings, missing, completed, assumed, more, plan } = subject;
  const notes: readonly string[] = [
    ...missing.map(({ path, setBy }) => text.missing(path, setBy)),
    ...completed.map(({ path, value }) => text.completed(path, showValue(value))),
    ...assumed.map(({ path, value }) => text.assumed(path, showValue(value))),
  ];
  const key = ({ code, path, object }: LocatedFinding): string => `${code} ${object} ${path}`;
  const known = new Set(findings.map(key));
  const own = plan.findings.filter((one) => !known.has(key(one)));
  const isFine = findings.length === 0 && own.length === 0 && notes.length === 0;
  return h(
    'section',
    null,
    h('h3', null, name),
    isFine ? h('p', { class: 'fine' }, text.none) : null,
    ...findings.map((one) => findingItem(one, view, actions)),
    more > 0 ? h('p', { class: 'note' }, text.more(more)) : null,
    ...notes.map((note) => h('p', { class: 'note' }, note)),
    own.length === 0 ? null : h('p', { class: 'note' }, text.controller),
    ...own.map((one) => findingItem(one, view, actions)),
  );
}

function findingItem(finding: LocatedFinding, view: View, actions: Actions): VNode {
  const { severity, line, column, remedy, code } = finding;
  const fixes = fixesFor(view.question.text, finding);
  return h(
    'article',
    { class: `finding ${severity}` },
    h('h4', null, h('span', { class: 'severity' }, severity), ' ', describe(finding)),
    h('p', null, ...withLinks(remedy, actions.pages)),
    h(
      'div',
      { class: 'actions' },
      ...fixes.map((fix): ComponentChild => fixButton(fix, actions)),
      button(text.line(line), () => actions.reveal(line, column), 'link'),
      h('code', { class: 'code' }, code),
    ),
  );
}

function fixButton({ label, change }: Fix, actions: Actions): VNode {
  return button(label, () => actions.edit(change), 'primary');
}
