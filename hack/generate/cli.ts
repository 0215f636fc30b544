import type { Command, Option } from 'commander';
import { admissionEnvironment } from '../../controllers/process/admission/options.ts';
import { controllerEnvironment } from '../../controllers/process/controller/options.ts';
import { exitCodeMeanings } from '../../controllers/program.ts';
import { exitCodes } from '../../pkg/cli/terminal.ts';
import { code, oneOf, pageHead, table } from './markdown.ts';

/** Returns the page of the command line, with the content of `--help` of all commands. */
export function cliPage(program: Command, examples: Readonly<Record<string, readonly string[]>>): string {
  const codes = Object.entries(exitCodeMeanings).map(([name, meaning]) => [
    String(exitCodes[name as keyof typeof exitCodes]),
    meaning,
  ]);
  return `${pageHead(program.name(), 'the command tree, controllers/program.ts')}
${program.description()}

${table(
  ['Command', ''],
  program.commands.map((command) => [
    `[${code(command.name())}](#${program.name()}-${command.name()})`,
    command.description(),
  ]),
)}
Rendered objects and the reports of \`validate\` and \`diff\` go to standard output, all other messages to standard error. Output to a terminal is
coloured; \`NO_COLOR\` disables colours, \`FORCE_COLOR\` enables them.

## Exit codes

${table(['Code', 'Meaning'], codes)}${program.commands.map((command) => commandSection(program, command, examples)).join('')}`;
}

function commandSection(
  program: Command,
  command: Command,
  examples: Readonly<Record<string, readonly string[]>>,
): string {
  const name = `${program.name()} ${command.name()}`;
  const groups = [...new Set(command.options.map(groupName))];
  const options = groups.map((group) => {
    const rows = command.options.filter((option) => groupName(option) === group).map(optionRow);
    return `\n${table([group === '' ? 'Option' : group, '', 'Default'], rows)}`;
  });
  const environment = environmentTable(environments[command.name()] ?? {});
  const lines = examples[command.name()] ?? [];
  const shown = lines.length === 0 ? '' : `\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`;
  return `\n## ${name}\n\n${sentence(command.description())}\n\n${code(`${name} ${command.usage()}`)}\n${options.join('')}${environment}${shown}`;
}

function groupName(option: Option): string {
  return (option.helpGroupHeading ?? '').replace(/:$/, '');
}

const environments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  controller: controllerEnvironment,
  admission: admissionEnvironment,
};

function environmentTable(variables: Readonly<Record<string, string>>): string {
  const rows = Object.entries(variables).map(([name, description]) => [code(name), description]);
  return rows.length === 0 ? '' : `\n${table(['Variable', ''], rows)}`;
}

function optionRow(option: Option): readonly string[] {
  const choices = option.argChoices ?? [];
  const description = choices.length === 0 ? option.description : `${option.description}: ${oneOf(choices)}`;
  return [code(option.flags), description, defaultText(option)];
}

function defaultText({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  const value: unknown = defaultValue;
  return value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
