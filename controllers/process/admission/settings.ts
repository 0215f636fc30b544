import { field } from '../../../pkg/network/field.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import type { ListenAddress } from '../../../pkg/webhook/listen.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import { type WebhookAddress, type WebhookKind, webhookKinds } from '../../admission/configurations.ts';
import { sharedName } from '../../admission/ownership.ts';
import type { Note } from '../controller/connection.ts';
import { createOptionReader, type Environment, type OptionReader } from '../option-reader.ts';
import { hostName, parseClientHost, parseListenHost } from '../option-values.ts';
import {
  type ClusterSettings,
  checkPorts,
  type ProcessSettings,
  readClusterSettings,
  readEndpoints,
  readLease,
  readLogSettings,
} from '../settings.ts';
import { type AdmissionOptions, admissionDefaults } from './options.ts';

/** The complete, validated settings of `netext admission`. */
export interface AdmissionSettings extends ProcessSettings {
  /** Network types whose Shoots are admitted, at least one. */
  readonly types: readonly string[];
  readonly kinds: readonly WebhookKind[];
  /** Name of the Service, and part of the names of the certificates. */
  readonly name: string;
  /** Namespace of Service and certificates. */
  readonly namespace: string;
  /** Namespace in the garden that owns the webhook configurations, which are deleted with it; undefined for no owner. */
  readonly ownerNamespace: string | undefined;
  readonly address: WebhookAddress;
  /** Host names by which the garden reaches the server, for its certificate. */
  readonly hosts: readonly string[];
  readonly server: ListenAddress;
  readonly garden: ClusterSettings;
  /** The cluster with certificates and Lease; undefined if it is the garden. Without a kubeconfig it is the cluster of the pod. */
  readonly source: { readonly kubeconfig: string | undefined } | undefined;
}

export interface AdmissionSettingsInput {
  readonly options: AdmissionOptions;
  readonly env: Environment;
  readonly plugins: readonly Pick<NetworkPlugin, 'type'>[];
}

/**
 * Derives the settings from flags, environment and defaults (docs/design/gardener.md#admission-process) and returns all problems at once.
 * Depends on its arguments only.
 */
export function readAdmissionSettings({ options, env, plugins }: AdmissionSettingsInput): {
  /** Undefined if there are problems. */
  readonly settings: AdmissionSettings | undefined;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly Note[];
} {
  const reader = createOptionReader({ ...admissionDefaults, ...options }, env);
  const all = plugins.map(({ type }) => type);
  const types = reader.isGiven('types') ? reader.requiredNames('types', all) : all;
  const name = admissionName(types);
  const disabled = reader.names('disableWebhooks', webhookKinds);
  const settings: AdmissionSettings = {
    types,
    kinds: webhookKinds.filter((kind) => !disabled.includes(kind)),
    name,
    ...readClusters(reader, env),
    ...readWebhook(reader, name),
    leaderElection: readLease(reader, name),
    ...readEndpoints(reader),
    log: readLogSettings(reader),
  };
  const { metrics, health, server } = settings;
  checkPorts(reader, { metrics, health, webhook: server });
  const problems = reader.problems();
  const flags = options.webhookConfigCertDir === undefined ? [] : ['--webhook-config-cert-dir'];
  return {
    settings: problems.length === 0 ? settings : undefined,
    problems,
    notes: flags.length === 0 ? [] : [{ message: 'Ignored flags', fields: { flags } }],
  };
}

/** A single type has the name of its Go admission, which it replaces; the charts name Service and Lease in the same way. */
function admissionName(types: readonly string[]): string {
  return types.length === 1 ? `gardener-extension-admission-${types[0]}` : sharedName;
}

function readClusters(reader: OptionReader, env: Environment): Pick<AdmissionSettings, 'garden' | 'source'> {
  const flags = readClusterSettings(reader);
  const garden = { ...flags, kubeconfig: env['GARDEN_KUBECONFIG'] || flags.kubeconfig };
  const source =
    env['SOURCE_CLUSTER'] === 'enabled' ? { kubeconfig: env['SOURCE_KUBECONFIG'] || undefined } : undefined;
  return { garden, source };
}

type Webhook = Pick<AdmissionSettings, 'namespace' | 'ownerNamespace' | 'address' | 'hosts' | 'server'>;

function readWebhook(reader: OptionReader, name: string): Webhook {
  const mode = reader.choice('webhookConfigMode', ['service', 'url']);
  const host = reader.text('webhookConfigUrl', parseClientHost);
  if (mode === 'url' && !reader.isGiven('webhookConfigUrl'))
    reader.addProblem('webhookConfigUrl', field.required('needed with --webhook-config-mode=url'));
  const port = reader.integer('webhookConfigServicePort', 65_535);
  const server = {
    host: reader.text('webhookConfigServerHost', parseListenHost),
    port: reader.integer('webhookConfigServerPort', 65_535),
  };
  const variables = ['WEBHOOK_CONFIG_NAMESPACE', 'LEADER_ELECTION_NAMESPACE'];
  const required = `namespace of the certificates; alternatively set ${variables.join(' or ')}`;
  const namespace = reader.namespace('webhookConfigNamespace', variables, required) ?? '';
  const ownerNamespace = reader.namespace('webhookConfigOwnerNamespace', []);
  const common = { namespace, ownerNamespace, server };
  if (mode === 'url' && host !== undefined) return { ...common, address: { mode, host }, hosts: [hostName(host)] };
  const service = { mode: 'service', namespace, name, port } as const;
  return { ...common, address: service, hosts: [name, `${name}.${namespace}`, `${name}.${namespace}.svc`] };
}
