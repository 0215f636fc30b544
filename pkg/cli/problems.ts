import { styleText } from 'node:util';
import type { InputProblem } from '../yaml/input.ts';
import { oneLine, type Screen } from './terminal.ts';

/** Prints problems of arguments and input, one line each, with the line of the file on a terminal. */
export function reportProblems(problems: readonly InputProblem[], screen: Screen): void {
  for (const one of problems) write(one, { style: 'red', word: 'error' }, screen);
}

/** Prints a problem that does not affect the result. */
export function reportWarning(problem: InputProblem, screen: Screen): void {
  write(problem, { style: 'yellow', word: 'warning' }, screen);
}

function write(
  { file, line, column, message, source }: InputProblem,
  { style, word }: { readonly style: 'red' | 'yellow'; readonly word: string },
  screen: Screen,
): void {
  const paint = painter(screen);
  const place = [file, line, column].filter((one) => one !== undefined).join(':');
  screen.write(`${place === '' ? '' : `${oneLine(place)}: `}${paint(style, word)}: ${oneLine(message)}\n`);
  screen.write(snippetText({ line, column, source, screen, paint }));
}

export type Paint = (style: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string) => string;

export function painter({ colour }: Screen): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

/** Returns a line of a file with a caret below the column, or the part of a long line around it; empty unless the screen shows snippets. */
export function snippetText(input: {
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly source: string | undefined;
  readonly screen: Screen;
  readonly paint: Paint;
}): string {
  const { line, column = 1, source, screen, paint } = input;
  if (screen.snippets !== true || source === undefined || line === undefined) return '';
  const number = `${line}`.padStart(6);
  const width = Math.max(20, (screen.width ?? 120) - number.length - 4);
  const start = column > width ? column - Math.floor(width / 2) : 1;
  const shown = source.slice(start - 1, start - 1 + width);
  const before = oneLine(shown.slice(0, column - start));
  const bar = paint('dim', '|');
  return `${paint('dim', number)} ${bar} ${oneLine(shown)}\n${' '.repeat(number.length)} ${bar} ${' '.repeat(before.length)}${paint('red', '^')}\n`;
}
