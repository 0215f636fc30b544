import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../kubernetes/clock.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'error';
  /** `json`: one object per line with level, ts, msg and the fields, as Gardener's log pipeline reads it. */
  readonly format: 'json' | 'text';
  readonly write: (line: string) => void;
  readonly colour: boolean;
}

/** Messages are constant; what varies is in the fields. Secrets never are: nobody hands them to a logger. */
export function createLogger({ level, format, write, colour }: LoggerOptions): Logger {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(settings, { write: format === 'json' ? write : (line: string) => write(readable(line, colour)) });
}

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
