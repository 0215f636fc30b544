import { type Command, Option } from 'commander';

/** Unparsed flags; readControllerSettings parses them and reports all problems at once, where commander would stop at the first one. */
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

/** Defaults with the names and values of the Go extensions (docs/design/gardener.md#flags-and-environment). */
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

/** Environment variables that complement the flags, by name. */
export const controllerEnvironment: Readonly<Record<string, string>> = {
  GARDENER_SHOOT_CLIENT: 'external: connect to shoots from outside of the seed',
  IMAGEVECTOR_OVERWRITE: 'image vector file that overwrites the built-in one',
  KUBECONFIG: 'kubeconfig, if neither flag nor configuration file sets one',
  LEADER_ELECTION_NAMESPACE: 'default namespace of the Leases',
  SEED_NAME: 'name of the seed, for the log',
  SHOOT_NAME: 'name of the self-hosted shoot; SHOOT_NAMESPACE is the namespace of its project',
  WEBHOOK_CONFIG_NAMESPACE: 'default namespace of the webhook Service',
};

export type FlagRow = readonly [flags: string, description: string];
export type FlagGroups = Readonly<Record<string, readonly FlagRow[]>>;

const flags: FlagGroups = {
  'Networks:': [
    [
      '--config-file <file>',
      'ControllerConfiguration of calico, cilium, or both as two documents; flags take precedence; repeatable',
    ],
    [
      '--types <types>',
      'network types: calico, cilium, or both, comma-separated; default: those with a configuration file, else both',
    ],
    ['--extension-classes <classes>', 'classes of Networks: shoot, seed, garden'],
    [
      '--feature-gates <gates>',
      'for example NonPrivilegedCalicoNode=true,SeamlessOverlaySwitch=true,CiliumGatewayAPI=true; repeatable',
    ],
    ['--max-concurrent-reconciles <n>', 'maximum number of concurrent reconciles'],
    ['--ignore-operation-annotation [bool]', 'also reconcile when a generation or a Cluster changes'],
    [
      '--self-hosted-shoot-cluster [bool]',
      'run in a self-hosted shoot, whose Network is in kube-system; default: true if SHOOT_NAME is set and SEED_NAME is not',
    ],
  ],
  'API server:': [
    [
      '--kubeconfig <file>',
      'kubeconfig of the cluster with the Networks; default: configuration file, KUBECONFIG, service account of the pod, ~/.kube/config',
    ],
    ['--context <name>', 'context of the kubeconfig; default: current context'],
    ['--master <url>', 'address of the API server; overrides the kubeconfig'],
  ],
  'Leader election and heartbeat:': [
    ['--leader-election [bool]', 'reconcile only while holding the Lease'],
    ['--no-leader-election', 'same as --leader-election=false'],
    [
      '--leader-election-id <name>',
      'name of the Lease; default: networking-<type>-leader-election with the first served type, calico before cilium',
    ],
    ['--leader-election-namespace <ns>', 'namespace of the Lease; default: LEADER_ELECTION_NAMESPACE'],
    [
      '--heartbeat-namespace <ns>',
      'namespace of the Lease gardener-extension-heartbeat; default: LEADER_ELECTION_NAMESPACE',
    ],
    ['--heartbeat-renew-interval-seconds <n>', 'renewal interval of the heartbeat'],
    ['--controllers <names>', 'optional controllers to enable: heartbeat'],
    ['--disable-controllers <names>', 'optional controllers to disable'],
  ],
  'Metrics and health:': [
    ['--metrics-bind-address <address>', 'host:port of /metrics; 0 disables it'],
    ['--health-bind-address <address>', 'host:port of /healthz and /readyz; 0 disables them'],
  ],
  'Shoot webhook, for cilium:': [
    [
      '--webhook-config-mode <mode>',
      'how shoots reach the webhook: service, url, or url-service (the Service by its name in a URL)',
    ],
    ['--webhook-config-url <host[:port]>', 'address of the webhook in mode url'],
    [
      '--webhook-config-namespace <ns>',
      'namespace of Service and certificates; default: WEBHOOK_CONFIG_NAMESPACE, LEADER_ELECTION_NAMESPACE',
    ],
    [
      '--webhook-config-owner-namespace <ns>',
      'namespace that owns the webhook configuration, which is deleted with it; default: namespace of the Service',
    ],
    ['--webhook-config-service-port <port>', 'port of the Service'],
    ['--webhook-config-server-host <host>', 'listen address; default: all interfaces'],
    ['--webhook-config-server-port <port>', 'listen port'],
    ['--disable-webhooks <names>', 'webhooks to disable: shoot (NodeLocalDNS with cilium requires it)'],
  ],
  'Logging:': [
    ['--log-level <level>', 'minimum level: debug, info or error'],
    ['--log-format <format>', 'json or text'],
  ],
  'Deprecated and ignored:': [
    ['--autonomous-shoot-cluster [bool]', 'deprecated: use --self-hosted-shoot-cluster'],
    ['--gardener-version <version>', 'ignored: version of the gardenlet that installs the extension'],
    ['--healthcheck-max-concurrent-reconciles <n>', 'ignored: gardenlet checks the health of networks'],
    ['--webhook-config-cert-dir <folder>', 'ignored: certificates are kept in memory'],
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

/** Adds the flags of the controller, with the names and defaults of the Go extensions. */
export function withControllerOptions(command: Command): Command {
  return withFlags(command, { flags, defaults: controllerDefaults, environment: controllerEnvironment });
}

export interface Flags {
  readonly flags: FlagGroups;
  readonly defaults: ControllerOptions;
  readonly environment: Readonly<Record<string, string>>;
}

/** Adds flags in groups, and the environment variables at the end of the help. */
export function withFlags(command: Command, { flags, defaults, environment }: Flags): Command {
  for (const [group, rows] of Object.entries(flags)) {
    for (const row of rows) command.addOption(createOption(row, defaults).helpGroup(group));
  }
  const lines = Object.entries(environment).map(([name, description]) => `  ${name.padEnd(25)}  ${description}`);
  return command.addHelpText('after', ['', 'Environment:', ...lines].join('\n'));
}

function createOption([flag, description]: FlagRow, defaults: ControllerOptions): Option {
  const option = new Option(flag, description);
  const fallback = defaults[option.attributeName() as keyof ControllerOptions];
  if (fallback !== undefined && !option.negate) option.default(fallback, String(fallback));
  if (!lists.includes(option.name())) return option;
  return option.argParser((text: string, before: readonly string[] | undefined) =>
    before === undefined || before === fallback ? [text] : [...before, text],
  );
}
