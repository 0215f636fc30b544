import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../../pkg/clock/clock.ts';
import { redact } from './redact.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'error';
  /** `json`: one object per line with level, ts, msg and the fields, the format of Gardener's log pipeline. */
  readonly format: 'json' | 'text';
  readonly write: (line: string) => void;
  readonly colour: boolean;
}

/**
 * Creates the logger of a process. Messages are constant; variable data is in fields such as `controller`, `object`, `reconcileID`, and
 * errors are in `err` with type, message and stack. Other fields of errors are omitted, since libraries store whole requests in them.
 * Remaining credentials are redacted from the line.
 */
export function createLogger({ level, format, write, colour }: LoggerOptions): Logger {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: plainError },
  };
  const toLine = format === 'json' ? (line: string) => line : (line: string) => toText(line, colour);
  return pino(settings, { write: (line: string) => write(toLine(redact(line))) });
}

/** Returns `type`, `message` and `stack` of an error, its `code`, `reason`, `verb` and `path` if they are strings or numbers, and its cause. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const details = ['code', 'reason', 'verb', 'path'].flatMap((key) => {
    const value = (error as unknown as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'string' || typeof value === 'number' ? [[key, value] as const] : [];
  });
  const nested = cause === undefined || depth >= maxCauses ? {} : { cause: plainError(cause, depth + 1) };
  return { type: name, message, ...Object.fromEntries(details), stack, ...nested };
}

const maxCauses = 4;

/** Formats a JSON line for people: time, level, message, fields, and the message of the error on a line of its own. */
function toText(line: string, colour: boolean): string {
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
