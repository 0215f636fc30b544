import type { LocatedFinding } from '../../yaml/documents.ts';
import { type Field, fieldAt, offsetAt } from './place.ts';
import { editYaml, type TextChange } from './yaml-edit.ts';

/** A change of the text that removes the cause of a finding. */
export interface Fix {
  /** The effect, as the label of a button. */
  readonly label: string;
  readonly change: TextChange;
}

/** A longer list helps nobody to choose. */
const mostValues = 4;

/** Returns the changes that the message and the remedy of a finding suggest. Each one concerns the field at its position only. */
export function fixesFor(text: string, finding: LocatedFinding): readonly Fix[] {
  const field = fieldAt(text, offsetAt(text, finding));
  if (field === undefined) return [];
  const fixes = [
    ...renameFix(finding, field),
    ...valueFixes({ text, finding, field }),
    ...quoteFixes(finding, field),
    ...removeFix({ text, finding, field }),
  ];
  return fixes.filter(({ label }, index) => fixes.findIndex((one) => one.label === label) === index);
}

interface FixInput {
  readonly text: string;
  readonly finding: LocatedFinding;
  readonly field: Field;
}

/** For an unknown field with a suggestion in the same object. */
function renameFix({ message }: LocatedFinding, { node }: Field): readonly Fix[] {
  const name = /unknown field, did you mean ([\w-]+)\?/.exec(message)?.[1];
  const { key } = node;
  if (name === undefined || key === undefined) return [];
  return [{ label: `Rename to ${name}`, change: { from: key.start, to: key.end, insert: name } }];
}

/** For a value that is not supported: the value that was probably meant, else the first supported ones. */
function valueFixes({ text, finding, field }: FixInput): readonly Fix[] {
  const guess = /did you mean "([^"]+)"\?/.exec(finding.message)?.[1];
  const list = /supported values: ((?:"[^"]*"(?:, )?)+)/.exec(finding.message)?.[1] ?? '';
  const supported = Array.from(list.matchAll(/"([^"]*)"/g), ([, value = '']) => value).filter((value) => value !== '');
  const values = guess === undefined ? supported.slice(0, mostValues) : [guess];
  return values.flatMap((value) => {
    const change = editYaml({ text, ...field, value });
    return change === undefined ? [] : [{ label: `Use ${value}`, change }];
  });
}

/** For a scalar that Kubernetes reads in another way than it looks. */
function quoteFixes({ code, message }: LocatedFinding, { node }: Field): readonly Fix[] {
  const read = /^(\S+) is read as (\S+) by Kubernetes/.exec(message)?.[2];
  if (code !== 'ambiguous-scalar' || read === undefined || node.start === undefined || node.value === undefined)
    return [];
  const place = { from: node.start, to: node.end };
  return [
    { label: `Write ${read}`, change: { ...place, insert: read } },
    { label: `Quote the value`, change: { ...place, insert: `"${node.value}"` } },
  ];
}

/** If the remedy is to remove the field. */
function removeFix({ text, finding, field }: FixInput): readonly Fix[] {
  if (!/\b[Rr]emove\b/.test(finding.remedy)) return [];
  const change = editYaml({ text, ...field, value: undefined });
  return change === undefined ? [] : [{ label: 'Remove the field', change }];
}
