import { field } from '../../pkg/network/field.ts';
import type { InputProblem } from '../../pkg/yaml/input.ts';
import type { ControllerOptions, ListOption, TextOption, ToggleOption } from './controller/options.ts';
import { namesOf, namespaceName, oneOf, type Parsed, toggle, wholeNumber } from './option-values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads flags and variables one by one. What is wrong is collected; a value that cannot be read is its fallback meanwhile. */
export interface OptionReader {
  /** Everything that was wrong so far, in the order in which it was read. */
  problems(): readonly InputProblem[];
  isGiven(option: keyof ControllerOptions): boolean;
  /** Reports a problem of a file. */
  refuseInput(problem: InputProblem): void;
  /** Reports a problem of a flag that no single value shows. */
  refuse(option: keyof ControllerOptions, message: string): void;
  /** Undefined for a flag that is not given or empty, as Go's flags have it. */
  text<Value>(option: TextOption, parse: (text: string) => Parsed<Value>): Value | undefined;
  toggle(option: ToggleOption): boolean | undefined;
  count(option: TextOption, most?: number): number;
  choice<const Known extends string>(option: TextOption, known: readonly [Known, ...Known[]]): Known;
  /** The known names that are given, in the order of the known. */
  names<const Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[];
  /** The same where one at least is needed. */
  someNames<const Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[];
  /** Of a flag, else of the first of the variables that is set; a problem when there is none and `needed` says why there must be. */
  namespace(option: TextOption, variables: readonly string[], needed?: string): string | undefined;
}

export function createOptionReader(options: ControllerOptions, env: Environment): OptionReader {
  const problems: InputProblem[] = [];
  const add = (source: string, text: string): void => {
    const message = `${source}: ${text}`;
    // A variable may stand for several flags.
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
    return given === undefined || given === '' ? undefined : read(flagOf(option), parse(given));
  };
  const names = <Known extends string>(option: ListOption, known: readonly Known[]): readonly Known[] => {
    const found = namesOf(options[option] ?? [], known);
    for (const problem of found.problems) add(flagOf(option), problem);
    return found.names;
  };
  return {
    problems: () => problems,
    isGiven,
    refuseInput: (problem) => void problems.push(problem),
    refuse: (option, message) => add(flagOf(option), message),
    text,
    toggle: (option) => {
      const given = options[option];
      return given === undefined ? undefined : read(flagOf(option), toggle(given));
    },
    count: (option, most = 1_000_000) =>
      read(flagOf(option), wholeNumber(options[option] ?? '', { least: 1, most })) ?? 1,
    choice: (option, known) => read(flagOf(option), oneOf(options[option] ?? '', known)) ?? known[0],
    names,
    someNames: (option, known) => {
      const before = problems.length;
      const found = names(option, known);
      if (found.length === 0 && problems.length === before)
        add(flagOf(option), field.required(`at least one of ${known.join(', ')}`));
      return found;
    },
    namespace: (option, variables, needed) => {
      if (isGiven(option)) return text(option, namespaceName);
      const variable = variables.find((name) => (env[name] ?? '') !== '');
      if (variable !== undefined) return read(variable, namespaceName(env[variable] ?? ''));
      if (needed !== undefined) add(flagOf(option), field.required(needed));
      return undefined;
    },
  };
}

/** `--leader-election-id` of `leaderElectionId`. */
export function flagOf(option: keyof ControllerOptions): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
