import type { Capacity } from '../network/capacity.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import type { Assessment } from './completeness.ts';
import type { Subject } from './subjects.ts';

/** The verdict of a command on one Network or Shoot. */
export interface AssessedSubject {
  readonly subject: Subject;
  readonly result: Assessment;
  /** Computes the room in the ranges, which not every output contains; undefined if the pod range is not known. */
  readonly capacity?: () => Capacity | undefined;
}

/** Returns whether nothing about the subject would be rejected. */
export function isAccepted({ result: { outcome } }: AssessedSubject): boolean {
  return outcome === 'planned' || outcome === 'incomplete' || outcome === 'workerless';
}

/** Returns all findings about one Network, ordered by position in the files. */
export function sortedFindings({ subject, result }: AssessedSubject): readonly LocatedFinding[] {
  const located = result.diagnostics.map((one) => subject.locate(one));
  const found = [...subject.sourceFindings.map((one) => withoutRefusedValue(one, located)), ...located];
  const files = [...new Set(found.map((one) => one.file))];
  return found.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
}

/** Returns the finding about an ambiguous scalar without the advice to write the value as it is read, if that is an error. */
function withoutRefusedValue(finding: LocatedFinding, located: readonly LocatedFinding[]): LocatedFinding {
  const isRefused = located.some(
    ({ severity, file, path }) => severity === 'error' && file === finding.file && path === finding.path,
  );
  const text = /^(\S+) is read as /.exec(finding.message)?.[1];
  return isRefused && text !== undefined ? { ...finding, remedy: `Quote the value: "${text}".` } : finding;
}

/** More findings about one object are counted, since nobody reads them. */
const maxFindings = 100;

/** Returns at most `maxFindings` findings, errors before warnings if there are more, and the number of the others. */
export function limitFindings(findings: readonly LocatedFinding[]): {
  readonly shown: readonly LocatedFinding[];
  readonly more: number;
} {
  if (findings.length <= maxFindings) return { shown: findings, more: 0 };
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const kept = new Set([...errors, ...warnings].slice(0, maxFindings));
  return { shown: findings.filter((one) => kept.has(one)), more: findings.length - maxFindings };
}
