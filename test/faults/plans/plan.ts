/** A fault at one place of one flow, as data. The name identifies the plan across runs. */
export interface Plan {
  /** `flow/fault` or `flow/fault/target`, for example `create/response-lost/POST secrets/1`. */
  readonly name: string;
  readonly category: Category;
  /** Name of a flow (flows.ts). */
  readonly flow: string;
  /** Name of a fault in the catalogue of the category. */
  readonly fault: string;
  /** The request or watch event that the fault hits. */
  readonly target: { readonly kind: string; readonly ordinal: number } | undefined;
  /**
   * Process in which the plan runs: `shared` with other plans, `patient` shared by plans that wait for minutes, `own` a new process,
   * `pair` two new processes that compete for a Lease.
   */
  readonly session: 'shared' | 'patient' | 'own' | 'pair';
  /** Time to reach the state of the undisturbed run after the end of the disturbance. */
  readonly limitMs: number;
}

export type Category = 'request' | 'crash' | 'event' | 'stream' | 'outage' | 'leader' | 'shutdown' | 'clock' | 'stored';

/** Builds the name of a plan. */
export function planName(flow: string, fault: string, target?: Plan['target']): string {
  const parts = target === undefined ? [flow, fault] : [flow, fault, target.kind, String(target.ordinal)];
  return parts.join('/');
}

/** Reports whether a name matches a pattern in which `*` matches any text. */
export function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
