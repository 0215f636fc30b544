import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../../pkg/clock/clock.ts';
import { redact } from './redact.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'error';
  /** `json`: one object per line with level, ts, msg and the fields, as Gardener's log pipeline reads it. */
  readonly format: 'json' | 'text';
  readonly write: (line: string) => void;
  readonly colour: boolean;
}

/**
 * Messages are constant; what varies is in the fields: `controller`, `object`, `reconcileID`, and errors as `err` with type, message and stack.
 * Fields of an error's own class stay out: libraries keep whole requests there. What still looks like a credential is taken out of the line.
 */
export function createLogger({ level, format, write, colour }: LoggerOptions): Logger {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: plainError },
  };
  const toLine = format === 'json' ? (line: string) => line : (line: string) => readable(line, colour);
  return pino(settings, { write: (line: string) => write(toLine(redact(line))) });
}

/** `type`, `message`, `stack`, a `code` or `reason` that is a word, and what caused it. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const words = ['code', 'reason', 'verb', 'path'].flatMap((key) => {
    const value = (error as unknown as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'string' || typeof value === 'number' ? [[key, value] as const] : [];
  });
  const deeper = cause === undefined || depth >= deepest ? {} : { cause: plainError(cause, depth + 1) };
  return { type: name, message, ...Object.fromEntries(words), stack, ...deeper };
}

const deepest = 4;

/** A JSON line as people read it: time, level, message, fields; a stack on lines of its own. */
function readable(line: string, colour: boolean): string {
  const { level, ts, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const paint = (style: 'dim' | 'red' | 'yellow', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const word = String(level).toUpperCase().padEnd(5);
  const painted = level === 'error' ? paint('red', word) : level === 'warn' ? paint('yellow', word) : word;
  const rest = Object.entries(fields)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  const cause = typeof err === 'object' && err !== null && 'message' in err ? `\n      ${String(err.message)}` : '';
  return `${paint('dim', String(ts).slice(11, 23))} ${painted} ${String(msg)}${paint('dim', rest)}${cause}\n`;
}
