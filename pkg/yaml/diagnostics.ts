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
} as const satisfies DiagnosticRules;
