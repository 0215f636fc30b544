import { field } from '../../pkg/network/field.ts';
import type { InputProblem } from '../../pkg/yaml/input.ts';
import type { ControllerOptions, ListOption, TextOption, ToggleOption } from './controller/options.ts';
import { type Parsed, parseChoice, parseInteger, parseNames, parseNamespace, parseToggle } from './option-values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags and environment variables and collects all problems. After a problem, a method returns a fallback, so that reading continues.
 */
export interface OptionReader {
  /** Returns the problems so far, in the order of reading. */
  problems(): readonly InputProblem[];
  isGiven(option: keyof ControllerOptions): boolean;
  /** Adds a problem of a file. */
  addInputProblem(problem: InputProblem): void;
  /** Adds a problem of a flag, for checks that involve several values. */
  addProblem(option: keyof ControllerOptions, message: string): void;
  /** Returns undefined for an absent or empty flag, which are the same in Go. */
  text<Value>(option: TextOption, parse: (text: string) => Parsed<Value>): Value | undefined;
  toggle(option: ToggleOption): boolean | undefined;
  /** Reads an integer from 1 to `max` (default: one million). */
  integer(option: TextOption, max?: number): number;
  choice<const Known extends string>(option: TextOption, known: readonly [Known, ...Known[]]): Known;
  /** Returns the given names, in the order of `known`. */
  names<const Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[];
  /** Like `names`, with a problem for an empty list. */
  requiredNames<const Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[];
  /** Reads a flag, else the first of the variables that is set. If `required` is given and all are absent, adds it as a problem. */
  namespace(option: TextOption, variables: readonly string[], required?: string): string | undefined;
}

export function createOptionReader(options: ControllerOptions, env: Environment): OptionReader {
  const problems: InputProblem[] = [];
  const add = (source: string, text: string): void => {
    const message = `${source}: ${text}`;
    // A variable may be the default of several flags.
    if (!problems.some((one) => one.message === message)) problems.push({ message });
  };
  const read = <Value>(source: string, parsed: Parsed<Value>): Value | undefined => {
    if ('value' in parsed) return parsed.value;
    add(source, parsed.problem);
    return undefined;
  };
  const isGiven = (option: keyof ControllerOptions): boolean => (options[option] ?? '') !== '';
  const text = <Value>(option: TextOption, parse: (text: string) => Parsed<Value>): Value | undefined => {
    const given = options[option];
    return given === undefined || given === '' ? undefined : read(flagName(option), parse(given));
  };
  const names = <Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[] => {
    const found = parseNames(options[option] ?? [], known);
    for (const problem of found.problems) add(flagName(option), problem);
    return found.names;
  };
  return {
    problems: () => problems,
    isGiven,
    addInputProblem: (problem) => void problems.push(problem),
    addProblem: (option, message) => add(flagName(option), message),
    text,
    toggle: (option) => {
      const given = options[option];
      return given === undefined ? undefined : read(flagName(option), parseToggle(given));
    },
    integer: (option, max = 1_000_000) =>
      read(flagName(option), parseInteger(options[option] ?? '', { min: 1, max })) ?? 1,
    choice: (option, known) => read(flagName(option), parseChoice(options[option] ?? '', known)) ?? known[0],
    names,
    requiredNames: (option, known) => {
      const before = problems.length;
      const found = names(option, known);
      if (found.length === 0 && problems.length === before)
        add(flagName(option), field.required(`at least one of ${known.join(', ')}`));
      return found;
    },
    namespace: (option, variables, required) => {
      if (isGiven(option)) return text(option, parseNamespace);
      const variable = variables.find((name) => (env[name] ?? '') !== '');
      if (variable !== undefined) return read(variable, parseNamespace(env[variable] ?? ''));
      if (required !== undefined) add(flagName(option), field.required(required));
      return undefined;
    },
  };
}

/** Returns the flag of an option: `--leader-election-id` for `leaderElectionId`. */
export function flagName(option: keyof ControllerOptions): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
