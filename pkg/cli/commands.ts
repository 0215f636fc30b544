import { type Command, Option } from 'commander';
import { InputError } from '../yaml/input.ts';
import {
  type DiffOptions,
  type ExplainOptions,
  type PlanOptions,
  type RenderOptions,
  targets,
  type ValidateOptions,
} from './options.ts';
import type { Screen, Terminal } from './terminal.ts';

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
  explain: [
    'netext explain -f example/30-shoot.yaml',
    'netext explain calico.overlay.enabled',
    'netext explain calico-vxlan-ipam',
  ],
} as const;

/** Adds `render`, `validate`, `diff` and `explain`. Their implementations are imported when a command runs, so that `--help` loads no CNI. */
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
    .action(async (files: readonly string[], options: RenderOptions) => {
      const { render } = await import('./render.ts');
      done(await render(...withFiles({ files, options, terminal })));
    });
  withInput(add('validate'))
    .description('report all errors and warnings of Networks, and whether Shoots would be admitted')
    .addOption(
      new Option(
        '--old <file>',
        'stored Shoots, of which those in -f are updates; other Shoots without metadata.uid are new; repeatable',
      ).argParser(repeated),
    )
    .addOption(outputOption())
    .action(async (files: readonly string[], options: ValidateOptions) => {
      const { validate } = await import('./validate.ts');
      done(await validate(...withFiles({ files, options, terminal })));
    });
  withInput(add('diff'))
    .description(
      'compare the plan for a shoot with its ManagedResource and Secret in the input, and report which pods would roll',
    )
    .addOption(outputOption())
    .action(async (files: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./diff.ts');
      done(await diff(...withFiles({ files, options, terminal })));
    });
  withInput(add('explain'))
    .usage('<file or name...> [options]')
    .description('print the values in effect and where each comes from, or the meaning of an option or of a code')
    .option('--all', 'also options with their defaults, and details')
    .addOption(
      new Option('-o, --output <format>', 'output format').choices(['text', 'json', 'markdown']).default('text'),
    )
    .action(async (given: readonly string[], options: Omit<ExplainOptions, 'names'>) => {
      const { explain } = await import('./explain.ts');
      const names = given.filter((one) => !isFile(one));
      const files = given.filter(isFile);
      done(await explain(...withFiles({ files, options: { ...options, names }, terminal })));
    });
}

/** Names of options and codes have neither a slash nor the ending of a file. */
function isFile(word: string): boolean {
  return word === '-' || /[/\\]|\.(ya?ml|json)$/i.test(word);
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text');
}

/** Adds the options that all offline commands share. */
function withInput(command: Command): Command {
  return command
    .usage('<file...> [options]')
    .argument('[file...]', 'files and folders, as with -f')
    .addOption(
      new Option(
        '-f, --file <file>',
        'a Network with its Cluster, a Shoot or a NetworkConfig, in YAML or JSON, and related objects of the seed; a folder stands for all .yaml, .yml and .json files in it; - reads standard input; repeatable',
      ).argParser(repeated),
    )
    .addOption(
      new Option(
        '--feature-gates <gates>',
        'feature gates of the controller, such as NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true,CiliumGatewayAPI=true; repeatable',
      )
        .argParser(repeated)
        .default([], 'all disabled'),
    )
    .option('--shoot-objects <file>', 'objects of the running shoot that a plan may depend on, such as its nodes')
    .option('--images <file>', 'image vector that overwrites the built-in one')
    .option('--pods <cidr>', 'spec.networking.pods of Shoots without it, which Gardener sets later')
    .option('--services <cidr>', 'spec.networking.services of Shoots without it')
    .option('--nodes <cidr>', 'spec.networking.nodes of Shoots without it')
    .option('--kubernetes-version <version>', 'spec.kubernetes.version of Shoots without it')
    .option('--provider <type>', 'spec.provider.type of Shoots without it')
    .addOption(
      new Option(
        '--set <path=value>',
        'a field of all Shoots and of their Networks; the value is read as YAML; repeatable',
      ).argParser(repeated),
    )
    .option('-q, --quiet', 'report only what fails')
    .option('--color', 'colours and the lines of findings, even if the output is no terminal')
    .option('--no-color', 'no colours')
    .hook('preAction', (self) => {
      if (self.getOptionValue('file') === undefined && self.args.length === 0)
        throw new InputError([{ message: 'no input; specify a file, a folder, or - for standard input' }]);
    });
}

/** Returns the arguments of a command's implementation: with the positional files after those of -f, and the colours of the options. */
function withFiles<Options extends PlanOptions>(input: {
  readonly files: readonly string[];
  readonly options: Options;
  readonly terminal: Terminal;
}): [options: Options, terminal: Terminal] {
  const { files, options, terminal } = input;
  const file = [...(options.file ?? []), ...files];
  const { color } = options;
  if (color === undefined) return [{ ...options, file }, terminal];
  const screen = (one: Screen): Screen => ({ ...one, colour: color, ...(color ? { snippets: true } : {}) });
  return [
    { ...options, file },
    { ...terminal, out: screen(terminal.out), err: screen(terminal.err) },
  ];
}

function repeated(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
