import { type Command, InvalidArgumentError, Option } from 'commander';

export interface ControllerOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly maxConcurrentReconciles: number;
  readonly ignoreOperationAnnotation: boolean;
  readonly extensionClasses: readonly string[];
  readonly featureGates: readonly string[];
  readonly leaderElection: boolean;
  readonly leaderElectionId: string;
  readonly leaderElectionNamespace?: string;
  readonly heartbeatNamespace?: string;
  readonly heartbeatRenewIntervalSeconds: number;
  readonly logLevel: 'debug' | 'info' | 'error';
  readonly logFormat: 'json' | 'text';
}

/** The flags of the controller, with the names and defaults that operators know from the Go extension (contract.md §3.1). */
export function withControllerOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <file>',
      'kubeconfig of the seed; else KUBECONFIG, the service account of the pod, ~/.kube/config',
    )
    .option('--context <name>', 'context of the kubeconfig; else its current one')
    .addOption(count('--max-concurrent-reconciles <n>', 'Networks reconciled side by side', 5))
    .addOption(
      flag('--ignore-operation-annotation [bool]', 'also reconcile when a generation or a Cluster changes', false),
    )
    .addOption(list('--extension-classes <classes>', 'classes of Networks to serve, by commas', ['shoot']))
    .addOption(list('--feature-gates <gates>', 'such as NonPrivilegedCalicoNode=true; may be repeated', []))
    .addOption(flag('--leader-election [bool]', 'work only while holding the Lease', true))
    .addOption(flag('--no-leader-election', 'the same as --leader-election=false', undefined))
    .option('--leader-election-id <name>', 'name of the Lease', 'networking-calico-leader-election')
    .option('--leader-election-namespace <namespace>', 'namespace of the Lease (env LEADER_ELECTION_NAMESPACE)')
    .option(
      '--heartbeat-namespace <namespace>',
      'namespace of Lease gardener-extension-heartbeat (env LEADER_ELECTION_NAMESPACE)',
    )
    .addOption(count('--heartbeat-renew-interval-seconds <seconds>', 'how often the heartbeat is written', 30))
    .addOption(
      new Option('--log-level <level>', 'least important lines to print')
        .choices(['debug', 'info', 'error'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'for programs or for people').choices(['json', 'text']).default('json'),
    );
}

function count(flags: string, description: string, fallback: number): Option {
  return new Option(flags, description).default(fallback).argParser((text: string) => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number greater than 0.');
    return Number(text);
  });
}

/** `--flag`, `--flag=true` and `--flag=false`, as Go's flags are written. */
function flag(flags: string, description: string, fallback: boolean | undefined): Option {
  const option = new Option(flags, description);
  if (fallback === undefined) return option;
  return option.default(fallback).argParser((text: string | boolean) => {
    if (text !== true && text !== 'true' && text !== 'false')
      throw new InvalidArgumentError('It must be true or false.');
    return text === true || text === 'true';
  });
}

function list(flags: string, description: string, fallback: readonly string[]): Option {
  return new Option(flags, description)
    .default(fallback, fallback.length === 0 ? 'none' : fallback.join(','))
    .argParser((text: string, before: readonly string[]) => {
      const more = text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
      return before === fallback ? more : [...before, ...more];
    });
}
