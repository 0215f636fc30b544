import type { DiagnosticRules } from '../network/diagnostics.ts';

/** Findings about the YAML source of an input file. Only the offline commands can report them: an API server receives parsed values. */
export const inputRules = {
  'ambiguous-scalar': {
    severity: 'warning',
    title: 'An unquoted value is read differently by Kubernetes and by other YAML parsers',
    reason:
      'Kubernetes reads yes, on, 0777, 0b11 and 1_000 as booleans or numbers, where most editors, languages and linters read strings or other numbers.',
    remedy: 'Quote the value, or write the intended value.',
  },
  'unreadable-document': {
    severity: 'error',
    title: 'A file or document cannot be read',
    reason:
      'The document is not valid YAML or JSON, has another apiVersion or kind than the one that was probably meant, holds a template, or is the second one of its name in a file. It is not checked; the others are.',
    remedy: 'Correct the document, or leave it out of the input.',
  },
  'unusable-input': {
    severity: 'error',
    title: 'An argument is not valid, or the input has no Network and no Shoot',
    reason:
      'Nothing is examined. Only JSON output contains this finding; otherwise the message is on the error stream.',
    remedy: 'Correct the arguments of the command; see netext help.',
  },
} as const satisfies DiagnosticRules;
