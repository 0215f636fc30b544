import { styleText } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { type DiffOptions, type RenderOptions, targets, type ValidateOptions } from '../pkg/cli/options.ts';
import { reportProblems } from '../pkg/cli/report.ts';
import { exitCodes, type Screen, type Terminal } from '../pkg/cli/terminal.ts';
import { refusingUnknownOptions } from '../pkg/cli/unknown-options.ts';
import { didYouMean } from '../pkg/network/field.ts';
import { InputError } from '../pkg/yaml/input.ts';
import { type AdmissionOptions, withAdmissionOptions } from './process/admission/options.ts';
import { type ControllerOptions, withControllerOptions } from './process/controller/options.ts';
import { untilSignalled } from './process/signals.ts';

/** Runs one command line (without node and script) and gives the exit code; never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.fine;
  const program = createProgram(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, terminal.err);
  }
}

/** Where the commands show examples, in the help and in docs/reference/cli.md. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  netext: ['netext render -f example/20-network.yaml', 'netext validate -f example/30-shoot.yaml'],
  render: [
    'netext render -f example/20-network.yaml',
    'netext render -f example/30-shoot.yaml --target seed -o json',
    'kubectl get networks,clusters -A -o yaml | netext render -f -',
  ],
  diff: [
    'kubectl -n shoot--foo--bar get networks,managedresources,secrets -o yaml | netext diff -f - -f cluster.yaml',
    'netext diff -f network.yaml -f cluster.yaml -f managedresource.yaml -f secret.yaml -o json',
  ],
  controller: [
    'netext controller --types calico --no-leader-election --log-format text',
    'netext controller --config-file example/00-componentconfig.yaml --leader-election-namespace extension-networking',
  ],
  admission: [
    'netext admission --no-leader-election --webhook-config-mode url --webhook-config-url 127.0.0.1:10250 --webhook-config-namespace garden',
    'netext admission --types cilium --webhook-config-owner-namespace extension-networking-cilium --webhook-config-server-port 10250',
  ],
  validate: [
    'netext validate -f example/30-shoot.yaml',
    'netext validate -f changed.yaml --old example/30-shoot.yaml',
    'netext validate -f network.yaml -f cluster.yaml -o json',
  ],
};

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  fine: 'fine; there may be warnings',
  findings: 'a Network or Shoot is refused or has to wait; or, says diff, the change would do harm',
  usage: 'a mistake in the arguments, or input that cannot be read',
  internal: 'an error of netext itself',
};

/** The command tree. `done` gets the exit code of the command that ran. */
export function createProgram(terminal: Terminal, done: (code: number) => void): Command {
  const program = new Command('netext')
    .usage('<command> [options]')
    .description(
      'Gardener network extension for Calico and Cilium: a controller, an admission, and commands that tell offline what they will do.',
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
      getOutHelpWidth: () => widthOf(terminal.out),
      getErrHelpWidth: () => widthOf(terminal.err),
    });
  const add = (name: string): Command =>
    refusingUnknownOptions(withExamples(program.command(name).helpOption('-h, --help', 'print this help')));
  withInput(add('render'))
    .description('print the objects that a Network causes')
    .addOption(new Option('-o, --output <format>', 'format of the objects').choices(['yaml', 'json']).default('yaml'))
    .addOption(
      new Option('--target <where>', 'print what goes to the shoot, to the seed, or into the Network’s status')
        .choices(targets)
        .default('shoot'),
    )
    .action(async (options: RenderOptions) =>
      done(await (await import('../pkg/cli/render.ts')).render(options, terminal)),
    );
  withInput(add('validate'))
    .description('tell every error and warning; of a Shoot, whether it is admitted')
    .addOption(
      new Option(
        '--old <file>',
        'the Shoots as they are stored, to which those of -f are changes; others without metadata.uid are new; may be repeated',
      ).argParser(repeated),
    )
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .action(async (options: ValidateOptions) =>
      done(await (await import('../pkg/cli/validate.ts')).validate(options, terminal)),
    );
  withInput(add('diff'))
    .description(
      'tell what a plan changes in a running shoot, whose ManagedResource and Secret are in the input, and which pods roll',
    )
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .action(async (options: DiffOptions) => done(await (await import('../pkg/cli/diff.ts')).diff(options, terminal)));
  withControllerOptions(add('controller'))
    .description('reconcile the Networks of a seed until it is told to stop')
    .action(async (options: ControllerOptions) => {
      const stop = untilSignalled();
      done(await (await import('./process/controller/command.ts')).controller(options, terminal, stop));
    });
  withAdmissionOptions(add('admission'))
    .description('judge Shoots for the API server of a garden until it is told to stop')
    .action(async (options: AdmissionOptions) => {
      const stop = untilSignalled();
      done(await (await import('./process/admission/command.ts')).admission(options, terminal, stop));
    });
  refusingUnknownOptions(program.command('help [command]'))
    .helpOption(false)
    .description('print the help of a command')
    .action((name: string | undefined) => helpOn(program, name).outputHelp());
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => `  ${code}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`,
  );
  return refusingUnknownOptions(withExamples(program)).addHelpText('after', `\nExit codes:\n${codes.join('\n')}`);
}

/** The options that all offline commands share. */
function withInput(command: Command): Command {
  return command
    .usage('-f <file> [options]')
    .addOption(
      new Option(
        '-f, --file <file>',
        'a Network with its Cluster, or a Shoot, in YAML or JSON, with further objects of the seed; - is standard input; may be repeated',
      ).argParser(repeated),
    )
    .addOption(
      new Option(
        '--feature-gates <gates>',
        'feature gates of the controller, such as NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true',
      )
        .argParser(repeated)
        .default([], 'all off'),
    )
    .option('--shoot-objects <file>', 'objects of the running shoot that a plan may depend on, such as its nodes')
    .option('--images <file>', 'an image vector that overwrites the shipped one')
    .allowExcessArguments()
    .hook('preAction', (self) => {
      const [argument] = self.args;
      if (argument !== undefined)
        throw new InputError([{ message: `unexpected argument ${argument}, files are given by -f ${argument}` }]);
      if (self.getOptionValue('file') === undefined)
        throw new InputError([{ message: 'no input: give a file by -f FILE, or standard input by -f -' }]);
    });
}

function repeated(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function withExamples(command: Command): Command {
  const lines = examples[command.name()] ?? [];
  return command.addHelpText('after', ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n'));
}

function helpOn(program: Command, name: string | undefined): Command {
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

function widthOf({ width }: Screen): number {
  return Math.min(width ?? 100, 120);
}

function failed(error: unknown, screen: Screen): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  if (error instanceof InputError) reportProblems(error.problems, screen);
  else {
    reportProblems([{ message: `netext ${manifest.version} failed, please report this with the input` }], screen);
    screen.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.internal;
  }
  return exitCodes.usage;
}
