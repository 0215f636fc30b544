import type { Command } from 'commander';
import { didYouMean } from '../network/field.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';

/**
 * Has a command refuse all options that it does not know at once, each with the one that was probably meant. Commander itself stops at the
 * first, and takes `--flag=value`, as charts write it, for a name as a whole.
 */
export function refusingUnknownOptions(command: Command): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const parsed = parse(argv);
    const problems = problemsOf(command, unknownWords(command, parsed));
    if (problems.length > 0) throw new InputError(problems);
    return parsed;
  };
  return command;
}

type Parsed = ReturnType<Command['parseOptions']>;

/** What may be an option of this command; none where help is asked for. */
function unknownWords(command: Command, { operands, unknown }: Parsed): readonly string[] {
  if (command.commands.length > 0) {
    // Of what follows the name of a command, that command knows more.
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

function problemsOf(command: Command, words: readonly string[]): readonly InputProblem[] {
  const { options } = command;
  const known = options.flatMap(({ short, long }) => [short, long].filter((one) => one !== undefined));
  const visible = options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const names = [...new Set(words.map((word) => word.replace(/=.*/s, '')))];
  return names.map((name) => {
    // An option without a value, given one: all others are taken with it.
    if (known.includes(name)) return { message: `option '${name}' takes no value` };
    const guess = name.startsWith('--') ? didYouMean(name.slice(2), visible.map(withoutDashes)) : undefined;
    return { message: `unknown option '${name}'${guess === undefined ? '' : `, did you mean --${guess}?`}` };
  });
}

function withoutDashes(long: string): string {
  return long.slice(2);
}
