import { Argument, type Command, Option } from 'commander';
import { InputError } from '../yaml/input.ts';
import type { ReadOperatorSettings } from './explain.ts';
import {
  type DiffOptions,
  diffOutputs,
  type ExplainOptions,
  type PlanOptions,
  type PolicyAction,
  type PolicyOptions,
  policyActions,
  type RenderOptions,
  type Shell,
  shells,
  targets,
  type ValidateOptions,
} from './options.ts';
import { exitCodes, type Screen, type Terminal } from './terminal.ts';

/** The means by which commands are added to a program. */
export interface CommandContext {
  /** Adds an empty command with the help option and examples of the program. */
  readonly add: (name: string) => Command;
  readonly terminal: Terminal;
  /** Receives the exit code of the command that ran. */
  readonly done: (code: number) => void;
}

export interface OfflineContext extends CommandContext {
  /** Decodes ControllerConfigurations; throws InputError for invalid ones. */
  readonly readOperatorSettings: ReadOperatorSettings;
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
    'netext diff old.yaml new.yaml',
    'kubectl -n garden-dev get shoot web -o yaml | netext diff -f changed.yaml --old -',
    'netext diff -f shoots/ --old stored/ -o markdown --exit-code',
    'kubectl -n shoot--foo--bar get networks,managedresources,secrets -o yaml | netext diff -f - -f cluster.yaml',
  ],
  explain: [
    'netext explain -f example/30-shoot.yaml',
    'netext explain calico.overlay.enabled',
    'netext explain calico-vxlan-ipam',
  ],
  completion: ['source <(netext completion bash)', 'netext completion fish > ~/.config/fish/completions/netext.fish'],
  policy: [
    'netext policy check -f policies/ -f workloads/ -f shoot.yaml',
    'netext policy check -f policies/ -f workloads/ -f shoot.yaml --from shop/web --to shop/db:5432',
    'kubectl get networkpolicies,pods,services,namespaces -A -o yaml | netext policy matrix -f - -o markdown',
    'netext policy diff old-policies/ policies/ -f workloads/ -f shoot.yaml',
  ],
} as const;

/** Adds all offline commands. Their implementations are imported when a command runs, so that `--help` loads no CNI. */
export function addOfflineCommands({ add, terminal, done, readOperatorSettings }: OfflineContext): void {
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
    .usage('<old> <new> | <file...> [--old <file>] [options]')
    .description(
      'describe what a change does to a running shoot: to its connections, pods and data path, and what to do by hand',
    )
    .addOption(
      new Option(
        '--old <file>',
        'the Shoots, Networks or NetworkConfigs before the change; without it and without two files, the state in ManagedResources and Secrets of the input; repeatable',
      ).argParser(repeated),
    )
    .option('--objects', 'list the objects in the shoot that change, by path')
    .option(
      '--exit-code',
      'exit with 0 if nothing changes, 1 if something changes, and 2 for errors and refused changes',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(diffOutputs).default('text'))
    .action(async (files: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./diff.ts');
      const pair = files.length === 2 && options.file === undefined && options.old === undefined;
      done(await diff(...withFiles({ files, options: { ...options, pair }, terminal })));
    });
  const actions =
    'check reports mistakes or explains a flow, matrix lists who may talk to whom, diff compares two folders';
  withInput(add('policy').addArgument(new Argument('<action>', actions).choices(policyActions)))
    .usage('<check|matrix|diff> <file...> [options]')
    .description('judge the NetworkPolicies of a cluster, as the CNI of the Shoot in the input reads them')
    .option('--from <peer>', 'source of a flow: namespace/name of a pod or workload, or an address')
    .option(
      '--to <peer:port>',
      'target of a flow: namespace/name of a pod, workload or Service, or an address; /UDP or /SCTP may follow the port',
    )
    .addOption(
      new Option('-o, --output <format>', 'output format').choices(['text', 'json', 'markdown']).default('text'),
    )
    .action(async (action: PolicyAction, files: readonly string[], options: PolicyOptions) => {
      const { policy } = await import('./policy.ts');
      const [all, screens] = withFiles({ files: action === 'diff' ? [] : files, options, terminal });
      done(await policy({ action, options: all, compared: action === 'diff' ? files : [] }, screens));
    });
  withInput(add('explain'))
    .usage('<file or name...> [options]')
    .description('print the values in effect and where each comes from, or the meaning of an option or of a code')
    .option('--all', 'also options with their defaults, and details')
    .addOption(
      new Option(
        '--config-file <file>',
        'ControllerConfiguration of the operator, with feature gates and defaults of options; repeatable',
      ).argParser(repeated),
    )
    .addOption(
      new Option('-o, --output <format>', 'output format').choices(['text', 'json', 'markdown']).default('text'),
    )
    .action(async (given: readonly string[], options: Omit<ExplainOptions, 'names'>) => {
      const { explain } = await import('./explain.ts');
      const names = given.filter((one) => !isFile(one));
      const files = given.filter(isFile);
      done(await explain(...withFiles({ files, options: { ...options, names }, terminal }), readOperatorSettings));
    });
}

/** Adds `completion`, which prints a script for a shell. */
export function addCompletionCommand({ add, terminal, done }: CommandContext): void {
  const command = add('completion')
    .usage('<shell>')
    .description('print the script that completes commands, options and names in a shell: bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./shell-completion.ts');
      terminal.out.write(completionScript(shell, command.parent ?? command));
      done(exitCodes.success);
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
