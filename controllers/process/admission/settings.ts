import { field } from '../../../pkg/network/field.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import type { ListenAddress } from '../../../pkg/webhook/listen.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import { type WebhookAddress, type WebhookKind, webhookKinds } from '../../admission/configurations.ts';
import { sharedName } from '../../admission/ownership.ts';
import type { Note } from '../controller/connection.ts';
import { createOptionReader, type Environment, type OptionReader } from '../option-reader.ts';
import { clientHost, hostOf, listenHost } from '../option-values.ts';
import {
  type ClusterSettings,
  clusterOf,
  endpointsOf,
  leaseOf,
  logOf,
  type ProcessSettings,
  refuseClashes,
} from '../settings.ts';
import { type AdmissionOptions, admissionDefaults } from './options.ts';

/** Everything that `netext admission` was told, checked and complete. */
export interface AdmissionSettings extends ProcessSettings {
  /** Network types whose Shoots are judged, at least one. */
  readonly types: readonly string[];
  readonly kinds: readonly WebhookKind[];
  /** Of the Service, and in the names of the certificates. */
  readonly name: string;
  /** Of Service and certificates. */
  readonly namespace: string;
  /** In the garden: with it, the webhook configurations go; undefined: nothing takes them away. */
  readonly ownerNamespace: string | undefined;
  readonly address: WebhookAddress;
  /** By which the garden reaches the server: what its certificate must be good for. */
  readonly hosts: readonly string[];
  readonly server: ListenAddress;
  readonly garden: ClusterSettings;
  /** The cluster with certificates and Lease, when it is another one; without a kubeconfig it is that of the pod. */
  readonly source: { readonly kubeconfig: string | undefined } | undefined;
}

export interface AdmissionSettingsInput {
  readonly options: AdmissionOptions;
  readonly env: Environment;
  readonly plugins: readonly Pick<NetworkPlugin, 'type'>[];
}

/**
 * The settings from flags, environment and defaults (docs/design/gardener.md#admission-process). Gives everything that is wrong at once. Reads nothing else, so the
 * same input gives the same settings.
 */
export function readAdmissionSettings({ options, env, plugins }: AdmissionSettingsInput): {
  /** Undefined when there are problems. */
  readonly settings: AdmissionSettings | undefined;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly Note[];
} {
  const reader = createOptionReader({ ...admissionDefaults, ...options }, env);
  const all = plugins.map(({ type }) => type);
  const types = reader.isGiven('types') ? reader.someNames('types', all) : all;
  const name = nameFor(types);
  const disabled = reader.names('disableWebhooks', webhookKinds);
  const settings: AdmissionSettings = {
    types,
    kinds: webhookKinds.filter((kind) => !disabled.includes(kind)),
    name,
    ...clustersOf(reader, env),
    ...webhookOf(reader, name),
    leaderElection: leaseOf(reader, name),
    ...endpointsOf(reader),
    log: logOf(reader),
  };
  const { metrics, health, server } = settings;
  refuseClashes(reader, { metrics, health, webhook: server });
  const problems = reader.problems();
  const flags = options.webhookConfigCertDir === undefined ? [] : ['--webhook-config-cert-dir'];
  return {
    settings: problems.length === 0 ? settings : undefined,
    problems,
    notes: flags.length === 0 ? [] : [{ message: 'Flags without effect', fields: { flags } }],
  };
}

/** One type alone takes the place of its own Go admission, by name; the charts name Service and Lease in the same way. */
function nameFor(types: readonly string[]): string {
  return types.length === 1 ? `gardener-extension-admission-${types[0]}` : sharedName;
}

function clustersOf(reader: OptionReader, env: Environment): Pick<AdmissionSettings, 'garden' | 'source'> {
  const flags = clusterOf(reader);
  const garden = { ...flags, kubeconfig: env['GARDEN_KUBECONFIG'] || flags.kubeconfig };
  const source =
    env['SOURCE_CLUSTER'] === 'enabled' ? { kubeconfig: env['SOURCE_KUBECONFIG'] || undefined } : undefined;
  return { garden, source };
}

type Webhook = Pick<AdmissionSettings, 'namespace' | 'ownerNamespace' | 'address' | 'hosts' | 'server'>;

function webhookOf(reader: OptionReader, name: string): Webhook {
  const mode = reader.choice('webhookConfigMode', ['service', 'url']);
  const host = reader.text('webhookConfigUrl', clientHost);
  if (mode === 'url' && !reader.isGiven('webhookConfigUrl'))
    reader.refuse(
      'webhookConfigUrl',
      field.required('the host that the garden reaches, with --webhook-config-mode=url'),
    );
  const port = reader.count('webhookConfigServicePort', 65_535);
  const server = {
    host: reader.text('webhookConfigServerHost', listenHost),
    port: reader.count('webhookConfigServerPort', 65_535),
  };
  const variables = ['WEBHOOK_CONFIG_NAMESPACE', 'LEADER_ELECTION_NAMESPACE'];
  const needed = `certificates are kept in it; or give ${variables.join(' or ')}`;
  const namespace = reader.namespace('webhookConfigNamespace', variables, needed) ?? '';
  const ownerNamespace = reader.namespace('webhookConfigOwnerNamespace', []);
  const common = { namespace, ownerNamespace, server };
  if (mode === 'url' && host !== undefined) return { ...common, address: { mode, host }, hosts: [hostOf(host)] };
  const service = { mode: 'service', namespace, name, port } as const;
  return { ...common, address: service, hosts: [name, `${name}.${namespace}`, `${name}.${namespace}.svc`] };
}
