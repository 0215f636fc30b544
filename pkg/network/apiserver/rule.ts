import type { gardenerRules } from './diagnostics.ts';

/** A finding about a Shoot before the name of the object is added. */
export interface RuleFinding {
  readonly code: keyof typeof gardenerRules;
  readonly path: string;
  readonly message: string;
}

export function invalidValue(path: string, message: string): RuleFinding {
  return { code: 'gardener-value-invalid', path, message };
}
