import type { DiagnosticRules } from '../network/diagnostics.ts';

/** Findings about the text of an input file, which only the offline commands see: an API server gets values, not texts. */
export const inputRules = {
  'ambiguous-scalar': {
    severity: 'warning',
    title: 'A value without quotes is read differently by Kubernetes and by other readers of YAML',
    reason:
      'Kubernetes reads yes, on, 0777, 0b11 or 1_000 as booleans and numbers, where most editors, languages and checkers see texts or other numbers.',
    remedy: 'Quote the value, or write what is meant.',
  },
} as const satisfies DiagnosticRules;
