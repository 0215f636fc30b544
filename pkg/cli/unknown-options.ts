import type { Command } from 'commander';
import { didYouMean } from '../network/field.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';

/**
 * Makes a command report all unknown options at once, each with the most similar known one. Commander itself stops at the first one, and
 * treats `--flag=value`, the form in charts, as the name of a flag.
 */
export function rejectUnknownOptions(command: Command): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const parsed = parse(argv);
    const problems = describeProblems(command, unknownWords(command, parsed));
    if (problems.length > 0) throw new InputError(problems);
    return parsed;
  };
  return command;
}

type Parsed = ReturnType<Command['parseOptions']>;

/** Returns the unknown words that may be options of this command; none if help is requested. */
function unknownWords(command: Command, { operands, unknown }: Parsed): readonly string[] {
  if (command.commands.length > 0) {
    // Options after the name of a subcommand belong to the subcommand.
    const own = unknown.findIndex((word) => !isOption(word));
    return operands.length > 0 ? [] : withoutHelp(own === -1 ? unknown : unknown.slice(0, own));
  }
  const end = unknown.indexOf('--');
  return withoutHelp((end === -1 ? unknown : unknown.slice(0, end)).filter(isOption));
}

function withoutHelp(words: readonly string[]): readonly string[] {
  return words.some((word) => word === '-h' || word === '--help') ? [] : words;
}

function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function describeProblems(command: Command, words: readonly string[]): readonly InputProblem[] {
  const { options } = command;
  const known = options.flatMap(({ short, long }) => [short, long].filter((one) => one !== undefined));
  const visible = options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const names = [...new Set(words.map((word) => word.replace(/=.*/s, '')))];
  return names.map((name) => {
    // A known option is unknown to commander only if it has a value that it does not accept.
    if (known.includes(name)) return { message: `option '${name}' does not accept a value` };
    const guess = name.startsWith('--') ? didYouMean(name.slice(2), visible.map(withoutDashes)) : undefined;
    return { message: `unknown option '${name}'${guess === undefined ? '' : `, did you mean --${guess}?`}` };
  });
}

function withoutDashes(long: string): string {
  return long.slice(2);
}
