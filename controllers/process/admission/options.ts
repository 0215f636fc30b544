import type { Command } from 'commander';
import { type ControllerOptions, controllerDefaults, type FlagGroups, withFlags } from '../controller/options.ts';

/** Unparsed flags, a subset of those of the controller; readAdmissionSettings parses them and reports all problems. */
export type AdmissionOptions = Pick<
  ControllerOptions,
  | 'context'
  | 'disableWebhooks'
  | 'healthBindAddress'
  | 'kubeconfig'
  | 'leaderElection'
  | 'leaderElectionId'
  | 'leaderElectionNamespace'
  | 'logFormat'
  | 'logLevel'
  | 'master'
  | 'metricsBindAddress'
  | 'types'
  | 'webhookConfigCertDir'
  | 'webhookConfigMode'
  | 'webhookConfigNamespace'
  | 'webhookConfigOwnerNamespace'
  | 'webhookConfigServerHost'
  | 'webhookConfigServerPort'
  | 'webhookConfigServicePort'
  | 'webhookConfigUrl'
>;

/** Defaults with the names and values of the Go extensions (docs/design/gardener.md#admission-process). */
export const admissionDefaults = {
  healthBindAddress: controllerDefaults.healthBindAddress,
  leaderElection: controllerDefaults.leaderElection,
  logFormat: controllerDefaults.logFormat,
  logLevel: controllerDefaults.logLevel,
  metricsBindAddress: controllerDefaults.metricsBindAddress,
  webhookConfigMode: controllerDefaults.webhookConfigMode,
  webhookConfigServerPort: controllerDefaults.webhookConfigServerPort,
  webhookConfigServicePort: controllerDefaults.webhookConfigServicePort,
} as const satisfies AdmissionOptions;

/** Environment variables that complement the flags, by name. */
export const admissionEnvironment: Readonly<Record<string, string>> = {
  GARDEN_KUBECONFIG: 'kubeconfig of the garden; overrides the flag',
  KUBECONFIG: 'kubeconfig of the garden, if neither GARDEN_KUBECONFIG nor the flag is set',
  LEADER_ELECTION_NAMESPACE: 'default namespace of the Lease',
  SOURCE_CLUSTER: 'enabled: certificates and Lease are in the cluster of the pod instead of the garden',
  SOURCE_KUBECONFIG: 'kubeconfig of that cluster; default: service account of the pod',
  WEBHOOK_CONFIG_NAMESPACE: 'default namespace of Service and certificates',
};

const flags: FlagGroups = {
  'Webhooks:': [
    ['--types <types>', 'network types: calico, cilium, or both, comma-separated; default: both'],
    ['--disable-webhooks <names>', 'webhooks to disable: validator, mutator'],
  ],
  'API server of the garden:': [
    ['--kubeconfig <file>', 'kubeconfig; default: KUBECONFIG, service account of the pod, ~/.kube/config'],
    ['--context <name>', 'context of the kubeconfig; default: current context'],
    ['--master <url>', 'address of the API server; overrides the kubeconfig'],
  ],
  'Leader election:': [
    ['--leader-election [bool]', 'write webhook configurations only while holding the Lease'],
    ['--no-leader-election', 'same as --leader-election=false'],
    [
      '--leader-election-id <name>',
      'name of the Lease; default: gardener-extension-admission-networking, for a single type gardener-extension-admission-<type>',
    ],
    ['--leader-election-namespace <ns>', 'namespace of the Lease; default: LEADER_ELECTION_NAMESPACE'],
  ],
  'Metrics and health:': [
    ['--metrics-bind-address <address>', 'host:port of /metrics; 0 disables it'],
    ['--health-bind-address <address>', 'host:port of /healthz and /readyz; 0 disables them'],
  ],
  'Webhook server:': [
    [
      '--webhook-config-mode <mode>',
      'how the garden reaches the webhooks: service (named like the default Lease) or url',
    ],
    ['--webhook-config-url <host[:port]>', 'address of the webhooks in mode url'],
    [
      '--webhook-config-namespace <ns>',
      'namespace of Service and certificates; default: WEBHOOK_CONFIG_NAMESPACE, LEADER_ELECTION_NAMESPACE',
    ],
    [
      '--webhook-config-owner-namespace <ns>',
      'namespace in the garden that owns the webhook configurations, which are deleted with it; default: no owner',
    ],
    ['--webhook-config-service-port <port>', 'port of the Service'],
    ['--webhook-config-server-host <host>', 'listen address; default: all interfaces'],
    ['--webhook-config-server-port <port>', 'listen port'],
  ],
  'Logging:': [
    ['--log-level <level>', 'minimum level: debug, info or error'],
    ['--log-format <format>', 'json or text'],
  ],
  'Ignored:': [['--webhook-config-cert-dir <folder>', 'certificates are kept in memory']],
};

/** Adds the flags of the admission, with the names and defaults of the Go extensions. */
export function withAdmissionOptions(command: Command): Command {
  return withFlags(command, { flags, defaults: admissionDefaults, environment: admissionEnvironment });
}
