import type { Command, Option } from 'commander';
import { admissionEnvironment } from '../../controllers/process/admission/options.ts';
import { controllerEnvironment } from '../../controllers/process/controller/options.ts';
import { exitCodeMeanings } from '../../controllers/program.ts';
import { exitCodes } from '../../pkg/cli/terminal.ts';
import { code, oneOf } from '../../pkg/network/option-reference.ts';
import { pageHead, table } from './markdown.ts';

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
Rendered objects and the reports of \`validate\`, \`diff\` and \`explain\` go to standard output, all other messages to standard error. Output to a terminal is
coloured, and findings show the line of the file; \`NO_COLOR\` disables colours, \`FORCE_COLOR\` enables them unless \`NO_COLOR\` is set. \`--color\`
and \`--no-color\` override both.

## Input of offline commands

- Files, folders and \`-\` for standard input, as arguments or with \`-f\`. A folder stands for all files in it and in its folders that end in
  \`.yaml\`, \`.yml\` or \`.json\`. Names with a leading dot are omitted, and symbolic links to folders are not followed.
- A Shoot, a Network with its Cluster, or a NetworkConfig alone; a Shoot needs neither \`metadata.namespace\` nor \`metadata.name\` if it has
  \`generateName\`. The output names what is assumed. Lists are read like their items.
- Documents of other kinds are skipped and counted. A document that cannot be read is reported beside the findings about the others, and the
  exit code is 1; it is 2 if no Network and no Shoot could be read.
- The same Shoot in two files is checked twice, as for overlays. In one file it is an error, as are two Networks or Clusters of one name.
- Files are read document by document, and may have any length. A document may have 16 MiB and 1,000,000 lines and values. Of a larger List, as
  kubectl prints it in YAML or JSON, each item may have this size; anchors then apply within an item.
- At most 100 findings about one object and 100 unreadable documents of one file are listed; the others are counted.

## Exit codes

${table(['Code', 'Meaning'], codes)}
\`netext diff\` exits with 1 if connections are interrupted, pods get other addresses, or the change is refused, and with 0 for a change that needs no
review, even if pods restart. With \`--exit-code\` it exits as \`kubectl diff\` does: 0 if nothing changes, 1 if something changes, 2 for an error, which
includes a refused change.
${program.commands.map((command) => commandSection(program, command, examples)).join('')}`;
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
