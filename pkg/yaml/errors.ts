import type { Event, YAMLException } from 'js-yaml';
import { type InputProblem, maxDepth, type Position } from './input.ts';
import { createLocator, indexDocument } from './positions.ts';
import { splitDocuments } from './source.ts';
import { schemaErrors } from './yaml.ts';

export interface YamlErrorInput {
  readonly file: string;
  readonly text: string;
  /** Position of the text in the file. */
  readonly start: Position;
  /** The events of the text; empty if the error is one of its syntax. */
  readonly events: readonly Event[];
  readonly error: YAMLException;
}

/** Per document: enough for anchors written by hand, and too few for harmful expansion. */
export const maxAliases = 16;

/** Translates an error of the parser into one for the user; messages that are clear already are retained. */
export function describeYamlError({ file, text, start, events, error }: YamlErrorInput): InputProblem {
  const { mark, reason } = error;
  const shift = ({ line, column }: Position): Position => ({
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
  });
  const located = (position: Position, message: string): InputProblem => {
    const source = position.line === 1 && start.column !== 1 ? undefined : text.split('\n')[position.line - 1];
    return { file, ...shift(position), message, source: source?.replace(/\r$/, '') };
  };
  // A placeholder in braces is an object within an object, used as a key.
  const isSyntax = events.length === 0 || reason === schemaErrors.key;
  const template = isSyntax ? findTemplate(text, mark?.line) : undefined;
  if (template !== undefined) return located(template, `holds a template (${template.text}): render it first`);
  const rest = mark === undefined ? '' : text.slice(mark.position, mark.position + 200);
  const clearer: readonly (readonly [start: string, message: () => string])[] = [
    ['nesting exceeded', () => `is nested deeper than ${maxDepth} levels`],
    ['aliases exceeded', () => `a document may use at most ${maxAliases} aliases`],
    ['merge keys exceeded', () => 'merges too many keys'],
    ['recursive alias', () => `alias *${/^[^\s,\]}]+/.exec(rest)?.[0]} is used within its own anchor`],
    ...Object.values(schemaErrors).map((one) => [one, () => one] as const),
    [
      'duplicated mapping key',
      () => `duplicate key ${/^["']?([^:"'\n]{1,80})/.exec(rest)?.[1]?.trim()}${firstPlace()}`,
    ],
  ];
  const firstPlace = (): string => {
    const first = mark === undefined ? undefined : firstOfDuplicates({ text, events, offset: mark.position });
    return first === undefined ? '' : `, first in line ${shift(first).line}`;
  };
  const message = clearer.find(([begin]) => reason.startsWith(begin))?.[1]() ?? `is not valid YAML: ${reason}`;
  return mark === undefined ? { file, message } : located({ line: mark.line + 1, column: mark.column + 1 }, message);
}

/** Returns the position of the first key with the path of the key at an offset. */
function firstOfDuplicates(input: {
  readonly text: string;
  readonly events: readonly Event[];
  readonly offset: number;
}): Position | undefined {
  const { text, events, offset } = input;
  const locate = createLocator(text);
  const second = locate(offset);
  for (const own of splitDocuments(events)) {
    const index = indexDocument({ source: text, events: own, locate });
    // The parser marks a quoted key behind its quote.
    const path = index.pathAt(offset) || index.pathAt(offset - 1);
    if (path === '') continue;
    const first = index.position(path);
    return first.line === second.line && first.column >= second.column - 1 ? undefined : first;
  }
  return undefined;
}

/**
 * Finds the placeholder of a template language that makes a text invalid YAML: on the line of the error, else the first one that begins a line
 * or a value. Placeholders in quotes or in the middle of a value are valid YAML.
 */
function findTemplate(text: string, errorLine: number | undefined): (Position & { readonly text: string }) | undefined {
  const lines = text.split('\n');
  const found = lines.findIndex((line) => /^\s*(?:- |[\w.-]+: *)*(?:\{\{|\$\{)/.test(line));
  const candidates = [errorLine ?? -1, (errorLine ?? 0) - 1, found];
  for (const line of candidates) {
    const match = /\{\{.*?\}\}|\$\{[^}]*\}|\{\{.*/.exec(lines[line] ?? '');
    if (match !== null) return { line: line + 1, column: match.index + 1, text: match[0].slice(0, 80).trim() };
  }
  return undefined;
}
