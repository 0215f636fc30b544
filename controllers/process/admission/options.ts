import type { Command } from 'commander';
import { type ControllerOptions, controllerDefaults, type FlagGroups, withFlags } from '../controller/options.ts';

/** As texts, like those of the controller, of which they are a part: readAdmissionSettings tells what is wrong with them. */
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

/** Names and values are those of the Go extensions (docs/design/gardener.md#admission-process). */
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

/** What is read from the environment beside the flags, by name. */
export const admissionEnvironment: Readonly<Record<string, string>> = {
  GARDEN_KUBECONFIG: 'kubeconfig of the garden; wins over the flag',
  KUBECONFIG: 'kubeconfig of the garden, when neither names one',
  LEADER_ELECTION_NAMESPACE: 'namespace of the Lease, when no flag names one',
  SOURCE_CLUSTER: 'enabled: certificates and Lease are in the cluster of the pod, not in the garden',
  SOURCE_KUBECONFIG: 'kubeconfig of that cluster; else the service account of the pod',
  WEBHOOK_CONFIG_NAMESPACE: 'namespace of Service and certificates, when no flag names one',
};

const flags: FlagGroups = {
  'Shoots to judge:': [
    ['--types <types>', 'calico, cilium, or both by comma; else both'],
    ['--disable-webhooks <names>', 'validator, mutator'],
  ],
  'API server of the garden:': [
    ['--kubeconfig <file>', 'else KUBECONFIG, the service account of the pod, ~/.kube/config'],
    ['--context <name>', 'context of the kubeconfig; else its current one'],
    ['--master <url>', 'address of the API server, in place of the one found'],
  ],
  'Lease:': [
    ['--leader-election [bool]', 'write webhook configurations only while holding a Lease'],
    ['--no-leader-election', 'the same as --leader-election=false'],
    [
      '--leader-election-id <name>',
      'name of the Lease; else gardener-extension-admission-networking, or with the type in place of networking for one alone',
    ],
    ['--leader-election-namespace <ns>', 'its namespace; else LEADER_ELECTION_NAMESPACE'],
  ],
  'Metrics and health:': [
    ['--metrics-bind-address <address>', 'host:port of /metrics; 0 for none'],
    ['--health-bind-address <address>', 'host:port of /healthz and /readyz; 0 for none'],
  ],
  'Webhooks:': [
    ['--webhook-config-mode <mode>', 'how the garden reaches them: service (named like the default of the Lease), url'],
    ['--webhook-config-url <host[:port]>', 'with mode url'],
    [
      '--webhook-config-namespace <ns>',
      'of Service and certificates; else WEBHOOK_CONFIG_NAMESPACE, LEADER_ELECTION_NAMESPACE',
    ],
    [
      '--webhook-config-owner-namespace <ns>',
      'in the garden, whose deletion removes the webhook configurations; else nobody removes them',
    ],
    ['--webhook-config-service-port <port>', 'of the Service'],
    ['--webhook-config-server-host <host>', 'to listen on; else all addresses'],
    ['--webhook-config-server-port <port>', 'to listen on'],
  ],
  'Log:': [
    ['--log-level <level>', 'least important lines to print: debug, info, error'],
    ['--log-format <format>', 'for programs or for people: json, text'],
  ],
  'What has no effect here:': [['--webhook-config-cert-dir <folder>', 'certificates are kept in memory']],
};

/** The flags of the admission, with the names and defaults that operators know from the Go extensions. */
export function withAdmissionOptions(command: Command): Command {
  return withFlags(command, { flags, defaults: admissionDefaults, environment: admissionEnvironment });
}
