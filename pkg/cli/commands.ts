import { type Command, Option } from 'commander';
import { InputError } from '../yaml/input.ts';
import { type DiffOptions, type RenderOptions, targets, type ValidateOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The means by which commands are added to a program. */
export interface CommandContext {
  /** Adds an empty command with the help option and examples of the program. */
  readonly add: (name: string) => Command;
  readonly terminal: Terminal;
  /** Receives the exit code of the command that ran. */
  readonly done: (code: number) => void;
}

export const offlineExamples = {
  render: [
    'netext render -f example/20-network.yaml',
    'netext render -f example/30-shoot.yaml --target seed -o json',
    'kubectl get networks,clusters -A -o yaml | netext render -f -',
  ],
  validate: [
    'netext validate -f example/30-shoot.yaml',
    'netext validate -f changed.yaml --old example/30-shoot.yaml',
    'netext validate -f network.yaml -f cluster.yaml -o json',
  ],
  diff: [
    'kubectl -n shoot--foo--bar get networks,managedresources,secrets -o yaml | netext diff -f - -f cluster.yaml',
    'netext diff -f network.yaml -f cluster.yaml -f managedresource.yaml -f secret.yaml -o json',
  ],
} as const;

/** Adds `render`, `validate` and `diff`. Their implementations are imported when a command runs, so that `--help` loads no CNI. */
export function addOfflineCommands({ add, terminal, done }: CommandContext): void {
  withInput(add('render'))
    .description('print the objects that the controller creates for a Network')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .addOption(
      new Option(
        '--target <target>',
        'objects to print: those in the shoot, those in the seed, or the Network’s status',
      )
        .choices(targets)
        .default('shoot'),
    )
    .action(async (options: RenderOptions) => done(await (await import('./render.ts')).render(options, terminal)));
  withInput(add('validate'))
    .description('report all errors and warnings of Networks, and whether Shoots would be admitted')
    .addOption(
      new Option(
        '--old <file>',
        'stored Shoots, of which those in -f are updates; other Shoots without metadata.uid are new; repeatable',
      ).argParser(repeated),
    )
    .addOption(outputOption())
    .action(async (options: ValidateOptions) =>
      done(await (await import('./validate.ts')).validate(options, terminal)),
    );
  withInput(add('diff'))
    .description(
      'compare the plan for a shoot with its ManagedResource and Secret in the input, and report which pods would roll',
    )
    .addOption(outputOption())
    .action(async (options: DiffOptions) => done(await (await import('./diff.ts')).diff(options, terminal)));
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text');
}

/** Adds the options that all offline commands share. */
function withInput(command: Command): Command {
  return command
    .usage('-f <file> [options]')
    .addOption(
      new Option(
        '-f, --file <file>',
        'a Network with its Cluster, or a Shoot, in YAML or JSON, and related objects of the seed; - reads standard input; repeatable',
      ).argParser(repeated),
    )
    .addOption(
      new Option(
        '--feature-gates <gates>',
        'feature gates of the controller, such as NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true; repeatable',
      )
        .argParser(repeated)
        .default([], 'all disabled'),
    )
    .option('--shoot-objects <file>', 'objects of the running shoot that a plan may depend on, such as its nodes')
    .option('--images <file>', 'image vector that overwrites the built-in one')
    .allowExcessArguments()
    .hook('preAction', (self) => {
      const [argument] = self.args;
      if (argument !== undefined)
        throw new InputError([{ message: `unexpected argument ${argument}; specify files with -f ${argument}` }]);
      if (self.getOptionValue('file') === undefined)
        throw new InputError([{ message: 'no input; specify a file with -f FILE, or read standard input with -f -' }]);
    });
}

function repeated(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
