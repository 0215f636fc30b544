/** What is done to which flow, as data: the name says it all, and a plan that is run again is the same plan. */
export interface Plan {
  /** `flow/fault` or `flow/fault/target`, for example `create/answer-lost/POST secrets/1`. */
  readonly name: string;
  readonly category: Category;
  /** Of flows.ts. */
  readonly flow: string;
  /** Of the catalogue of the category. */
  readonly fault: string;
  /** The request, or the event of the watch, that the fault hits. */
  readonly target: { readonly kind: string; readonly ordinal: number } | undefined;
  /**
   * The process that it runs in: `shared` with other plans, `patient` the same for plans that wait for minutes, `own` a new one for this plan,
   * `pair` two that compete for a Lease.
   */
  readonly session: 'shared' | 'patient' | 'own' | 'pair';
  /** How long it may take after the end of the disturbance until the state of an undisturbed run is reached. */
  readonly limitMs: number;
}

export type Category = 'request' | 'crash' | 'event' | 'stream' | 'outage' | 'leader' | 'shutdown' | 'clock' | 'stored';

/** Joins the parts of a name. */
export function planName(flow: string, fault: string, target?: Plan['target']): string {
  const parts = target === undefined ? [flow, fault] : [flow, fault, target.kind, String(target.ordinal)];
  return parts.join('/');
}

/** Whether a name matches a pattern in which `*` stands for any text. */
export function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
