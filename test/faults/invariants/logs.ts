/** A line of a log that must not be there. */
export interface LogFinding {
  readonly kind: 'secret' | 'defect';
  readonly text: string;
}

/** What a program prints when it did not expect its input, as Node words it. */
const defects =
  /\b(?:TypeError|ReferenceError|RangeError)\b|Cannot read propert|is not a function|is not iterable|UnhandledPromise|ERR_UNHANDLED/;

export interface LogScanner {
  readonly line: (text: string) => void;
  readonly findings: readonly LogFinding[];
}

/** Finds secrets that the test has planted, and defects, in lines of a log. */
export function logScanner(secrets: readonly string[]): LogScanner {
  const findings: LogFinding[] = [];
  const seen = new Set<string>();
  const add = (finding: LogFinding): void => {
    const key = `${finding.kind} ${finding.text.replaceAll(/"ts":"[^"]*"/g, '')}`;
    if (seen.has(key) || findings.length >= 50) return;
    seen.add(key);
    findings.push(finding);
  };
  return {
    findings,
    line(text) {
      const secret = secrets.find((one) => text.includes(one));
      if (secret !== undefined) add({ kind: 'secret', text: text.replaceAll(secret, '<secret>').slice(0, 400) });
      if (defects.test(text)) add({ kind: 'defect', text: text.slice(0, 600) });
    },
  };
}
