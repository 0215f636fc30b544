import type { Command, Option } from 'commander';
import { topicNames } from './explain-names.ts';
import { type Shell, shells } from './options.ts';

/**
 * Returns the script that completes the command line of a program in a shell: its commands, their options and the values of these, and for
 * `explain` the names of all options of providerConfig and of all codes. Everything else is completed as the name of a file.
 */
export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map((command) => readCommand(command));
  switch (shell) {
    case 'bash':
      return bashScript(program.name(), commands);
    case 'zsh':
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(program.name(), commands)}`;
    case 'fish':
      return fishScript(program.name(), commands);
  }
}

interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** Words in place of files. */
  readonly names: readonly string[];
}

function readCommand(command: Command): CompletedCommand {
  const { commands = [] } = command.parent ?? {};
  const names: Readonly<Record<string, () => readonly string[]>> = {
    explain: topicNames,
    completion: () => shells,
    help: () => commands.map((one) => one.name()),
  };
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.filter(({ hidden }) => !hidden),
    names: names[command.name()]?.() ?? [],
  };
}

/** Returns the spellings of an option: its long and its short flag. */
function flagsOf({ long, short }: Option): readonly string[] {
  return [long, short].flatMap((flag) => flag ?? []);
}

function bashScript(program: string, commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ argChoices }) => argChoices !== undefined)
      .map((option) => {
        const patterns = flagsOf(option).map((flag) => `"${name} ${flag}"`);
        return `    ${patterns.join('|')}) words="${option.argChoices?.join(' ')}" ;;`;
      }),
  );
  const words = commands.map(({ name, options, names }) => {
    const flags = options.flatMap(({ long }) => long ?? []);
    return `      ${name}) words="${[...flags, ...names].join(' ')}" ;;`;
  });
  return `_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=""
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
    *) case "$command" in
${words.join('\n')}
    esac ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${program} ${program}
`;
}

function fishScript(program: string, commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options, names }) => {
    const own = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...options.map((option) => `${own}${fishOption(option)} -d ${quoted(option.description)}`),
      ...(names.length === 0 ? [] : [`${own} -a '${names.join(' ')}'`]),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function fishOption({ long, short, argChoices, required }: Option): string {
  const flags = `${long === undefined ? '' : ` -l ${long.slice(2)}`}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  if (argChoices !== undefined) return `${flags} -x -a '${argChoices.join(' ')}'`;
  return required ? `${flags} -r` : flags;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
