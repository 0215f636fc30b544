import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addCompletionCommand, addOfflineCommands, offlineExamples } from '../pkg/cli/commands.ts';
import type { ReadOperatorSettings } from '../pkg/cli/explain.ts';
import { reportProblems } from '../pkg/cli/problems.ts';
import { exitCodes, type Screen, type Terminal } from '../pkg/cli/terminal.ts';
import { rejectUnknownOptions } from '../pkg/cli/unknown-options.ts';
import { didYouMean } from '../pkg/network/field.ts';
import { InputError } from '../pkg/yaml/input.ts';
import { addProcessCommands, processExamples } from './process/commands.ts';

/** Runs a command line (without node and script) and returns the exit code; never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.success;
  const program = createProgram(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return reportError(error, terminal.err);
  }
}

/** Examples by command, for the help and docs/reference/cli.md. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  netext: ['netext render -f example/20-network.yaml', 'netext validate -f example/30-shoot.yaml'],
  ...offlineExamples,
  ...processExamples,
};

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  success: 'success, possibly with warnings or with values that are set later',
  findings:
    'a Network or Shoot is rejected or waiting, diff found a change that may disrupt the shoot, or a policy is invalid, denies the flow or closes flows',
  usage: 'invalid arguments or unreadable input',
  internal: 'internal error of netext',
};

/** Creates the command tree. `done` receives the exit code of the command that ran. */
export function createProgram(terminal: Terminal, done: (code: number) => void): Command {
  const program = new Command('netext')
    .usage('<command> [options]')
    .description(
      'Gardener network extension for Calico and Cilium: a controller, admission webhooks, and offline commands that preview their effects.',
    )
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ styleTitle: (title) => styleText('bold', title, { validateStream: false }) })
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHasColors: () => terminal.out.colour,
      getErrHasColors: () => terminal.err.colour,
      getOutHelpWidth: () => helpWidth(terminal.out),
      getErrHelpWidth: () => helpWidth(terminal.err),
    });
  const add = (name: string): Command =>
    rejectUnknownOptions(withExamples(program.command(name).helpOption('-h, --help', 'print this help')));
  addOfflineCommands({ add, terminal, done, readOperatorSettings });
  addProcessCommands({ add, terminal, done });
  addCompletionCommand({ add, terminal, done });
  rejectUnknownOptions(program.command('help [command]'))
    .helpOption(false)
    .description('print the help of a command')
    .action((name: string | undefined) => findCommand(program, name).outputHelp());
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => `  ${code}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`,
  );
  return rejectUnknownOptions(withExamples(program)).addHelpText('after', `\nExit codes:\n${codes.join('\n')}`);
}

/** Imported when it is needed, like the implementations of commands. */
async function readOperatorSettings(files: Parameters<ReadOperatorSettings>[0]): ReturnType<ReadOperatorSettings> {
  if (files.length === 0) return [];
  const [{ readControllerConfigs }, { plugins }] = await Promise.all([
    import('./process/controller/config.ts'),
    import('../pkg/plugins/index.ts'),
  ]);
  const { documents, problems } = readControllerConfigs(files, plugins);
  if (problems.length > 0) throw new InputError(problems);
  return documents.map(({ type, config, operatorDefaults }) => ({
    type,
    featureGates: config.featureGates ?? {},
    operatorDefaults,
  }));
}

function withExamples(command: Command): Command {
  const lines = examples[command.name()] ?? [];
  return command.addHelpText('after', ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n'));
}

function findCommand(program: Command, name: string | undefined): Command {
  if (name === undefined) return program;
  const command = program.commands.find((one) => one.name() === name);
  if (command !== undefined) return command;
  const guess = didYouMean(
    name,
    program.commands.map((one) => one.name()),
  );
  throw new InputError([
    { message: `unknown command '${name}'${guess === undefined ? '' : `, did you mean ${guess}?`}` },
  ]);
}

function helpWidth({ width }: Screen): number {
  return Math.min(width ?? 100, 120);
}

/** Reports an error and returns the exit code for it. */
function reportError(error: unknown, screen: Screen): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (error instanceof InputError) {
    reportProblems(error.problems, screen);
    return exitCodes.usage;
  }
  reportProblems([{ message: `netext ${manifest.version} failed, please report this with the input` }], screen);
  screen.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.internal;
}
