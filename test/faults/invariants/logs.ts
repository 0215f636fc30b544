/** A forbidden line in a log. */
export interface LogFinding {
  readonly kind: 'secret' | 'defect';
  readonly text: string;
}

/** Texts of runtime errors that indicate a defect. */
const defects =
  /\b(?:TypeError|ReferenceError|RangeError)\b|Cannot read propert|is not a function|is not iterable|UnhandledPromise|ERR_UNHANDLED/;

export interface LogScanner {
  readonly line: (text: string) => void;
  readonly findings: readonly LogFinding[];
}

/** Finds planted secrets and defects in lines of a log. */
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
