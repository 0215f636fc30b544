/** A line that looks like a secret. */
export interface SuspectLine {
  /** From 1. */
  readonly line: number;
  readonly reason: SecretReason;
}

export type SecretReason = 'private key' | 'credential' | 'token' | 'Secret';

const patterns: readonly (readonly [SecretReason, RegExp])[] = [
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  [
    'credential',
    /^\s*(?:- +)?["']?[\w.-]*(?:password|passwd|secret(?:access)?key|client[-_]?secret|client-key-data|accesskey|apikey|api[-_]key|private[-_]?key)["']?\s*[:=]\s*["']?[^\s"'{}[\]|>&*#]/i,
  ],
  ['token', /^\s*(?:- +)?["']?(?:[\w.-]*[-_.])?token["']?\s*[:=]\s*["']?[^\s"'{}[\]|>&*#]{8,}/i],
  ['token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*/],
  ['token', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}\b/],
  ['Secret', /^\s*kind:\s*["']?Secret\b/],
];

/** Returns the lines of a text that look like a secret, which a link would contain. It is a help, no proof: a secret may have any form. */
export function findSecrets(text: string): readonly SuspectLine[] {
  return text.split('\n').flatMap((line, index) => {
    // A longer line is data, of which the beginning has its key.
    const found = patterns.find(([, pattern]) => pattern.test(line.slice(0, 2_000)));
    return found === undefined ? [] : [{ line: index + 1, reason: found[0] }];
  });
}
