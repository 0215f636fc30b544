import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../../pkg/clock/clock.ts';
import { printable, truncate } from '../../pkg/gardener/printable.ts';
import { redact } from '../../pkg/gardener/redact.ts';

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
 * Long texts are truncated, and remaining credentials are redacted from the line. The format `text` escapes control characters.
 */
export function createLogger({ level, format, write, colour }: LoggerOptions): Logger {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: (fields: object) => bounded(fields) },
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
  return bounded({ type: name, message, ...Object.fromEntries(details), stack, ...nested });
}

const maxCauses = 4;

/** Truncates all texts, so that a client cannot flood the log by the name of an object in its request. */
function bounded(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, boundedValue(key, { value, depth })]));
}

function boundedValue(key: string, { value, depth }: { readonly value: unknown; readonly depth: number }): unknown {
  if (typeof value === 'string') return truncate(value, names.has(key) ? maxName : maxText);
  if (!isPlainObject(value) || depth >= maxDepth) return value;
  return bounded(value, depth + 1);
}

/** Errors have a serializer. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Kubernetes limits names to 253 characters and namespaces to 63. */
const names: ReadonlySet<string> = new Set(['name', 'namespace', 'uid']);
const maxName = 253;
const maxText = 8_192;
const maxDepth = 8;

/** Formats a JSON line for people: time, level, message, fields, and the message of the error on a line of its own. */
function toText(line: string, colour: boolean): string {
  const { level, ts, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const paint = (style: 'dim' | 'red' | 'yellow', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const word = String(level).toUpperCase().padEnd(5);
  const painted = level === 'error' ? paint('red', word) : level === 'warn' ? paint('yellow', word) : word;
  const rest = Object.entries(fields)
    .map(
      ([name, value]) => ` ${printable(name)}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
    .join('');
  const message =
    typeof err === 'object' && err !== null && 'message' in err ? printable(String(err.message)) : undefined;
  const cause = message === undefined ? '' : `\n      ${message}`;
  return `${paint('dim', String(ts).slice(11, 23))} ${painted} ${printable(String(msg))}${paint('dim', rest)}${cause}\n`;
}
