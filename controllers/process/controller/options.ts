import { type Command, Option } from 'commander';

/**
 * The flags as the command line gives them, texts that nobody has looked at yet: readControllerSettings tells everything that is wrong
 * with them at once, where commander would stop at the first.
 */
export interface ControllerOptions extends TextOptions, ToggleOptions, ListOptions {}

export type TextOptions = Readonly<Partial<Record<TextOption, string>>>;
export type ToggleOptions = Readonly<Partial<Record<ToggleOption, string | boolean>>>;
export type ListOptions = Readonly<Partial<Record<ListOption, readonly string[]>>>;

export type ListOption =
  | 'configFile'
  | 'controllers'
  | 'disableControllers'
  | 'disableWebhooks'
  | 'extensionClasses'
  | 'featureGates'
  | 'types';

export type ToggleOption =
  | 'autonomousShootCluster'
  | 'ignoreOperationAnnotation'
  | 'leaderElection'
  | 'selfHostedShootCluster';

export type TextOption =
  | 'context'
  | 'gardenerVersion'
  | 'healthBindAddress'
  | 'healthcheckMaxConcurrentReconciles'
  | 'heartbeatNamespace'
  | 'heartbeatRenewIntervalSeconds'
  | 'kubeconfig'
  | 'leaderElectionId'
  | 'leaderElectionNamespace'
  | 'logFormat'
  | 'logLevel'
  | 'master'
  | 'maxConcurrentReconciles'
  | 'metricsBindAddress'
  | 'webhookConfigCertDir'
  | 'webhookConfigMode'
  | 'webhookConfigNamespace'
  | 'webhookConfigOwnerNamespace'
  | 'webhookConfigServerHost'
  | 'webhookConfigServerPort'
  | 'webhookConfigServicePort'
  | 'webhookConfigUrl';

/** Names and values are those of the Go extensions (docs/design/gardener.md#flags-and-environment). */
export const controllerDefaults = {
  controllers: ['heartbeat'],
  extensionClasses: ['shoot'],
  healthBindAddress: ':8081',
  heartbeatRenewIntervalSeconds: '30',
  ignoreOperationAnnotation: false,
  leaderElection: true,
  logFormat: 'json',
  logLevel: 'info',
  maxConcurrentReconciles: '5',
  metricsBindAddress: ':8080',
  webhookConfigMode: 'service',
  webhookConfigServerPort: '443',
  webhookConfigServicePort: '443',
} as const satisfies ControllerOptions;

/** What is read from the environment beside the flags, by name. */
export const controllerEnvironment: Readonly<Record<string, string>> = {
  GARDENER_SHOOT_CLIENT: 'external: shoots are reached from outside of the seed',
  IMAGEVECTOR_OVERWRITE: 'file whose images replace the shipped ones',
  KUBECONFIG: 'kubeconfig, when no flag or configuration file names one',
  LEADER_ELECTION_NAMESPACE: 'namespace of the Leases, when no flag names one',
  SEED_NAME: 'seed that this runs in, for the log',
  SHOOT_NAME: 'self-hosted shoot that this runs in, with SHOOT_NAMESPACE its Project’s namespace',
  WEBHOOK_CONFIG_NAMESPACE: 'namespace of the webhook’s Service, when no flag names one',
};

export type FlagRow = readonly [flags: string, about: string];
export type FlagGroups = Readonly<Record<string, readonly FlagRow[]>>;

const flags: FlagGroups = {
  'Networks to serve:': [
    [
      '--config-file <file>',
      'ControllerConfiguration of calico, cilium, or both as two documents; may be repeated. Flags overrule it',
    ],
    ['--types <types>', 'calico, cilium, or both by comma; else those with a configuration file, else both'],
    ['--extension-classes <classes>', 'classes of Networks: shoot, seed, garden'],
    ['--feature-gates <gates>', 'such as NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true; may be repeated'],
    ['--max-concurrent-reconciles <n>', 'Networks reconciled side by side'],
    ['--ignore-operation-annotation [bool]', 'also reconcile when a generation or a Cluster changes'],
    [
      '--self-hosted-shoot-cluster [bool]',
      'this runs in a self-hosted shoot, whose Network is in kube-system; else true with SHOOT_NAME and without SEED_NAME',
    ],
  ],
  'API server:': [
    [
      '--kubeconfig <file>',
      'of the cluster with the Networks; else that of the configuration file, KUBECONFIG, the service account of the pod, ~/.kube/config',
    ],
    ['--context <name>', 'context of the kubeconfig; else its current one'],
    ['--master <url>', 'address of the API server, in place of the one found'],
  ],
  'Leases:': [
    ['--leader-election [bool]', 'work only while holding a Lease'],
    ['--no-leader-election', 'the same as --leader-election=false'],
    [
      '--leader-election-id <name>',
      'name of the Lease; else networking-calico-leader-election when calico is served, networking-cilium-leader-election otherwise',
    ],
    ['--leader-election-namespace <ns>', 'its namespace; else LEADER_ELECTION_NAMESPACE'],
    ['--heartbeat-namespace <ns>', 'namespace of Lease gardener-extension-heartbeat; else LEADER_ELECTION_NAMESPACE'],
    ['--heartbeat-renew-interval-seconds <n>', 'how often the heartbeat is written'],
    ['--controllers <names>', 'controllers that can be switched: heartbeat'],
    ['--disable-controllers <names>', 'of these, those to switch off'],
  ],
  'Metrics and health:': [
    ['--metrics-bind-address <address>', 'host:port of /metrics; 0 for none'],
    ['--health-bind-address <address>', 'host:port of /healthz and /readyz; 0 for none'],
  ],
  'Webhook in shoots, for cilium:': [
    [
      '--webhook-config-mode <mode>',
      'how shoots reach it: service, url, url-service (as service, by its name in the URL)',
    ],
    ['--webhook-config-url <host[:port]>', 'with mode url'],
    [
      '--webhook-config-namespace <ns>',
      'of its Service and certificates; else WEBHOOK_CONFIG_NAMESPACE, LEADER_ELECTION_NAMESPACE',
    ],
    ['--webhook-config-owner-namespace <ns>', 'whose deletion removes its configuration; else the same'],
    ['--webhook-config-service-port <port>', 'of its Service'],
    ['--webhook-config-server-host <host>', 'to listen on; else all addresses'],
    ['--webhook-config-server-port <port>', 'to listen on'],
    ['--disable-webhooks <names>', 'shoot; without it NodeLocalDNS does not work with cilium'],
  ],
  'Log:': [
    ['--log-level <level>', 'least important lines to print: debug, info, error'],
    ['--log-format <format>', 'for programs or for people: json, text'],
  ],
  'An older name, and what has no effect here:': [
    ['--autonomous-shoot-cluster [bool]', 'older name of --self-hosted-shoot-cluster'],
    ['--gardener-version <version>', 'of the gardenlet that installs this'],
    ['--healthcheck-max-concurrent-reconciles <n>', 'gardenlet checks the health of networks'],
    ['--webhook-config-cert-dir <folder>', 'certificates are kept in memory'],
  ],
};

const lists: readonly string[] = [
  'config-file',
  'controllers',
  'disable-controllers',
  'disable-webhooks',
  'extension-classes',
  'feature-gates',
  'types',
];

/** The flags of the controller, with the names and defaults that operators know from the Go extensions. */
export function withControllerOptions(command: Command): Command {
  return withFlags(command, { flags, defaults: controllerDefaults, environment: controllerEnvironment });
}

export interface Flags {
  readonly flags: FlagGroups;
  readonly defaults: ControllerOptions;
  readonly environment: Readonly<Record<string, string>>;
}

/** Flags in groups, and behind them the variables that are read. */
export function withFlags(command: Command, { flags, defaults, environment }: Flags): Command {
  for (const [group, rows] of Object.entries(flags)) {
    for (const row of rows) command.addOption(optionOf(row, defaults).helpGroup(group));
  }
  const names = Object.entries(environment).map(([name, about]) => `  ${name.padEnd(25)}  ${about}`);
  return command.addHelpText('after', ['', 'Environment:', ...names].join('\n'));
}

function optionOf([flag, about]: FlagRow, defaults: ControllerOptions): Option {
  const option = new Option(flag, about);
  const fallback = defaults[option.attributeName() as keyof ControllerOptions];
  if (fallback !== undefined && !option.negate) option.default(fallback, String(fallback));
  if (!lists.includes(option.name())) return option;
  return option.argParser((text: string, before: readonly string[] | undefined) =>
    before === undefined || before === fallback ? [text] : [...before, text],
  );
}
