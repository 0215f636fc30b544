import type { Dice } from './dice.ts';

/** A part of the product that reads bytes of others, and the rules that must hold for any of them. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs to start from; valid ones reach deeper than random ones. */
  readonly seeds: readonly Uint8Array[];
  /** A new input. */
  generate(dice: Dice): Uint8Array;
  /** A changed copy; `other` is another input of the corpus. */
  mutate(input: Uint8Array, context: MutationContext): Uint8Array;
  /** Milliseconds of CPU that an input of so many bytes may take; absent where simulated time makes that meaningless. */
  readonly mostCpuMs?: (bytes: number) => number;
  /** Runs the product on an input. Throws a Violation for a broken rule; any other exception is a violation of the rule `throws`. */
  check(input: Uint8Array): void | Promise<void>;
}

export interface MutationContext {
  readonly dice: Dice;
  readonly other: Uint8Array;
}

/** The product broke a rule of its target. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** A constant name; two violations of one rule count as the same finding. */
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail.slice(0, 2_000)}`);
    this.rule = rule;
  }
}

/** Throws a Violation when the condition is false. */
export function must(condition: boolean, rule: string, detail: () => string): asserts condition {
  if (!condition) throw new Violation(rule, detail());
}

export interface Failure {
  /** The rule or, for exceptions, the function of the product that threw: equal for inputs that fail in the same way. */
  readonly identity: string;
  readonly message: string;
}

/** Runs one input; undefined when all rules hold. */
export async function execute(target: Pick<FuzzTarget, 'check'>, input: Uint8Array): Promise<Failure | undefined> {
  try {
    await target.check(input);
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return { identity: error.rule, message: error.message };
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const name = error instanceof Error ? error.name : typeof error;
    return { identity: `throws ${name} ${placeOf(stack)}`, message: stack };
  }
}

/** The innermost function of the product, `at partValue (pkg/cilium/api/duration.ts)`: line numbers change too often to identify anything. */
function placeOf(stack: string): string {
  const frames = Array.from(
    stack.matchAll(/^ *at (?:(?:async )?(\S+) \()?.*?\/((?:pkg|controllers|charts|test)\/[\w./-]+\.ts):\d+:\d+/gm),
    ([, name = 'anonymous', file = '']) => ({ name, file }),
  );
  const frame = frames.find(({ file }) => !file.startsWith('test/')) ?? frames[0];
  return frame === undefined ? 'at an unknown place' : `at ${frame.name} (${frame.file})`;
}
