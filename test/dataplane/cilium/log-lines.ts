/** Lines of level warning or worse of agent and operator. Each must be expected, with a reason. */

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

/** Returns the lines of level warning or worse. Lines have the form `time=… level=warn … msg="…"`. */
export function severeLines(output: string): readonly LogLine[] {
  return output.split('\n').flatMap((line) => {
    const level = /^time=\S+ level=(?<level>warn|error|fatal|panic)(?:ing)?\b/.exec(line)?.groups?.['level'];
    if (level === undefined) return [];
    const message = /\bmsg=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>\S+))/.exec(line)?.groups;
    return [{ level: level as LogLine['level'], message: message?.['quoted'] ?? message?.['plain'] ?? line, line }];
  });
}

/** Returns the lines that no entry expects. */
export function unexpectedLines(lines: readonly LogLine[], expected: readonly ExpectedLine[]): readonly LogLine[] {
  return lines.filter(({ line }) => !expected.some(({ pattern }) => pattern.test(line)));
}
