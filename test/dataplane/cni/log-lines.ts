/** Lines of level warning or worse of the programs of a CNI. Each must be expected, with a reason. */

export interface LogLine {
  readonly level: 'warn' | 'error' | 'fatal' | 'panic';
  readonly message: string;
  readonly line: string;
}

export interface ExpectedLine {
  /** Matches the whole line. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Returns the lines of level warning or worse. */
export function severeLines(output: string): readonly LogLine[] {
  return output.split('\n').flatMap((line) => ciliumLine(line) ?? calicoLine(line) ?? []);
}

/** Parses `time=… level=warn … msg="…"`. */
function ciliumLine(line: string): LogLine | undefined {
  const level = /^time=\S+ level=(?<level>warn|error|fatal|panic)(?:ing)?\b/.exec(line)?.groups?.['level'];
  if (level === undefined) return undefined;
  const message = /\bmsg=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>\S+))/.exec(line)?.groups;
  return { level: level as LogLine['level'], message: message?.['quoted'] ?? message?.['plain'] ?? line, line };
}

/** Parses `2026-01-01 00:00:00.000 [WARNING][42] felix/file.go 123: …`. */
function calicoLine(line: string): LogLine | undefined {
  const pattern = /^\S+ \S+ \[(?<level>WARN|ERROR|FATAL|PANIC)(?:ING)?\]\[\d+\] (?<file>\S+) \d+: (?<message>.*)/;
  const { level, message } = pattern.exec(line)?.groups ?? {};
  if (level === undefined || message === undefined) return undefined;
  return { level: level.toLowerCase() as LogLine['level'], message, line };
}

/** Returns the lines that no entry expects. */
export function unexpectedLines(lines: readonly LogLine[], expected: readonly ExpectedLine[]): readonly LogLine[] {
  return lines.filter(({ line }) => !expected.some(({ pattern }) => pattern.test(line)));
}
