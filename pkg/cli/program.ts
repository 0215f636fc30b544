import { Command, CommanderError, Option } from 'commander';
import { type PlanOptions, type Terminal, UsageError, version } from './context.ts';
import { UnreadableInput } from './documents.ts';
import { type RenderOptions, render, targets } from './render.ts';
import { type ValidateOptions, validate } from './validate.ts';

/** Exit codes of every command; docs/reference/cli.md has them for users. */
export const exitCodes = { fine: 0, findings: 1, usage: 2, internal: 3 } as const;

/** Runs one command line (without node and script) and gives the exit code; never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.fine;
  const program = commands(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    if (error instanceof UsageError || error instanceof UnreadableInput) {
      terminal.err(`${error.message}\n`);
      return exitCodes.usage;
    }
    terminal.err(
      `internal error, please report it with the input: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exitCodes.internal;
  }
}

function commands(terminal: Terminal, done: (code: number) => void): Command {
  const program = new Command('netext')
    .description('Gardener network extension for Calico and Cilium')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError()
    .addHelpText('after', '\nExit codes: 0 fine, 1 findings, 2 usage or unreadable input, 3 internal error');
  withInput(program.command('render'))
    .description('print the objects that a Network causes, offline')
    .addOption(new Option('-o, --output <format>', 'format of the objects').choices(['yaml', 'json']).default('yaml'))
    .addOption(
      new Option('--target <where>', 'objects for the shoot, the seed, or the Network’s status')
        .choices(targets)
        .default('shoot'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  netext render -f example/20-network.yaml\n  netext render -f shoot.yaml --target seed -o json\n  kubectl get network,cluster -A -o yaml | netext render -f -',
    )
    .action(async (options: RenderOptions) => done(await render(options, terminal)));
  withInput(program.command('validate'))
    .description('say what is wrong or risky in a configuration, offline')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', '\nExample:\n  netext validate -f shoot.yaml')
    .action(async (options: ValidateOptions) => done(await validate(options, terminal)));
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  return program;
}

/** The options that all offline commands share. */
function withInput(command: Command): Command {
  const collect = (file: string, files: readonly string[]): readonly string[] => [...files, file];
  return command
    .addOption(
      new Option(
        '-f, --file <file>',
        'Network with its Cluster, or a Shoot, and further objects of the seed; - is stdin; may be repeated',
      )
        .argParser(collect)
        .default([] as PlanOptions['file'], '')
        .makeOptionMandatory(),
    )
    .option('--feature-gates <gates>', 'such as NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true')
    .option('--shoot-objects <file>', 'objects of the running shoot that a plan may depend on, such as its nodes')
    .option('--images <file>', 'image vector that overwrites the shipped one')
    .hook('preAction', (self) => {
      if ((self.opts()['file'] as readonly string[]).length === 0)
        self.error("error: required option '-f, --file <file>' not specified");
    });
}
