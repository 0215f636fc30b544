import {
  allFeatureGates,
  defaultFeatureGates,
  type FeatureGates,
  parseFeatureGates,
} from '../../../pkg/network/feature-gates.ts';
import { field } from '../../../pkg/network/field.ts';
import { findShootWebhook } from '../../../pkg/network/plan.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import type { ListenAddress } from '../../../pkg/webhook/listen.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import { createOptionReader, type Environment, flagName, type OptionReader } from '../option-reader.ts';
import { parseClientHost, parseListenHost } from '../option-values.ts';
import {
  type ClusterSettings,
  checkPorts,
  type ProcessSettings,
  readClusterSettings,
  readEndpoints,
  readLease,
  readLogSettings,
} from '../settings.ts';
import { type ConfigDocument, type ConfigFile, readControllerConfigs } from './config.ts';
import { clientLimits, configNotes, configuredKubeconfig, type Note } from './connection.ts';
import { type ControllerOptions, controllerDefaults } from './options.ts';

/** The complete, validated settings of `netext controller`. */
export interface ControllerSettings extends ProcessSettings, ClusterSettings {
  /** The network types to serve, at least one. */
  readonly types: readonly string[];
  readonly classes: readonly string[];
  /** All gates of the served CNIs. */
  readonly featureGates: FeatureGates;
  /** Defaults of the operator for providerConfig, by network type. */
  readonly operatorDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** True in a self-hosted shoot, whose Network is in kube-system (docs/design/gardener.md#self-hosted-shoots); it may also be a seed. */
  readonly selfHosted: boolean;
  /** Client limits, except for Leases; undefined for no limit (docs/decisions/0007). */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  /** Undefined if no served CNI has a webhook, or if it is disabled. */
  readonly webhook: WebhookSettings | undefined;
  readonly externalShootClient: boolean;
  readonly imageVectorOverwrite: string | undefined;
  /** Name of the seed, for the log. */
  readonly seed: string | undefined;
  /** Namespace and name of the self-hosted shoot, for the log. */
  readonly shoot: string | undefined;
}

export interface WebhookSettings {
  /** How API servers of shoots reach the webhook; `url-service` is the Service by its name in a URL. */
  readonly mode: 'service' | 'url' | 'url-service';
  /** `host` or `host:port`; undefined unless the mode is `url`. */
  readonly url: string | undefined;
  /** Namespace of the Service and of the Secrets with the certificates. */
  readonly namespace: string;
  /** The namespace that owns the webhook configuration, which is deleted with it. */
  readonly ownerNamespace: string;
  readonly servicePort: number;
  readonly server: ListenAddress;
}

export interface SettingsInput {
  readonly options: ControllerOptions;
  readonly env: Environment;
  /** The configuration files, in the order of their flags. */
  readonly files: readonly ConfigFile[];
  /** All CNIs; the first served one gives the Lease its name. */
  readonly plugins: readonly Pick<NetworkPlugin, 'type' | 'featureGates' | 'configuration' | 'shootWebhook'>[];
}

export interface ReadSettings {
  /** Undefined if there are problems. */
  readonly settings: ControllerSettings | undefined;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly Note[];
}

/**
 * Derives the settings from flags, configuration files, environment and defaults, in this order of precedence
 * (docs/design/gardener.md#flags-and-environment). Returns all problems at once: flags first, then files by line. Depends on its arguments
 * only.
 */
export function readControllerSettings({ options, env, files, plugins }: SettingsInput): ReadSettings {
  const given: ControllerOptions = { ...controllerDefaults, ...options };
  const reader = createOptionReader(given, env);
  const configs = readControllerConfigs(files, plugins);
  const types = readTypes({ reader, documents: configs.documents, plugins });
  const served = plugins.filter(({ type }) => types.includes(type));
  const documents = configs.documents.filter(({ type }) => types.includes(type));
  const limits = clientLimits(documents);
  const location = readLocation(reader, env);
  const settings: ControllerSettings = {
    types,
    classes: reader.requiredNames('extensionClasses', ['shoot', 'seed', 'garden']),
    featureGates: readFeatureGates({ reader, given, documents, served, plugins }),
    operatorDefaults: collectOperatorDefaults(documents),
    concurrency: reader.integer('maxConcurrentReconciles'),
    ignoreOperationAnnotation: reader.toggle('ignoreOperationAnnotation') ?? false,
    selfHosted: location.selfHosted,
    ...readConnection(reader, documents),
    limits,
    ...readLeases(reader, types),
    ...readServers(reader, configs.problems.length === 0 && findShootWebhook(served) !== undefined),
    externalShootClient: env['GARDENER_SHOOT_CLIENT'] === 'external',
    imageVectorOverwrite: env['IMAGEVECTOR_OVERWRITE'] || undefined,
    seed: location.seed,
    shoot: location.shoot,
    log: readLogSettings(reader),
  };
  if (options.healthcheckMaxConcurrentReconciles !== undefined) reader.integer('healthcheckMaxConcurrentReconciles');
  const problems = [...reader.problems(), ...configs.problems];
  const notes = [
    ...flagNotes(options),
    ...location.notes,
    ...configNotes({ documents: configs.documents, types, limits }),
  ];
  return { settings: problems.length === 0 ? settings : undefined, problems, notes };
}

type Plugins = SettingsInput['plugins'];

/**
 * Returns the types of the flag, else those with a configuration, so that a Deployment of the Go chart of one CNI never serves the Networks
 * of the other, for which its ClusterRole has no permissions (docs/decisions/0008).
 */
function readTypes(input: {
  readonly reader: OptionReader;
  readonly documents: readonly ConfigDocument[];
  readonly plugins: Plugins;
}): readonly string[] {
  const all = input.plugins.map(({ type }) => type);
  const configured = all.filter((type) => input.documents.some((one) => one.type === type));
  if (!input.reader.isGiven('types')) return configured.length === 0 ? all : configured;
  return input.reader.requiredNames('types', all);
}

function collectOperatorDefaults(documents: readonly ConfigDocument[]): ControllerSettings['operatorDefaults'] {
  const given = documents.filter(({ operatorDefaults }) => Object.keys(operatorDefaults).length > 0);
  return Object.fromEntries(given.map(({ type, operatorDefaults }) => [type, operatorDefaults]));
}

function readFeatureGates(input: {
  readonly reader: OptionReader;
  readonly given: ControllerOptions;
  readonly documents: readonly ConfigDocument[];
  readonly served: Plugins;
  readonly plugins: Plugins;
}): FeatureGates {
  const { reader, given, documents, served, plugins } = input;
  const text = (given.featureGates ?? []).join(',');
  const flags = parseFeatureGates(text, Object.keys(allFeatureGates(plugins)));
  for (const problem of flags.problems) reader.addProblem('featureGates', problem);
  const configured = documents.map(({ config }) => config.featureGates ?? {});
  const known = allFeatureGates(served);
  const all = Object.assign({}, defaultFeatureGates(served), ...configured, flags.gates) as FeatureGates;
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(known, name)));
}

function readConnection(reader: OptionReader, documents: readonly ConfigDocument[]): ClusterSettings {
  const configured = configuredKubeconfig(documents);
  if (!reader.isGiven('kubeconfig') && 'problem' in configured) reader.addInputProblem(configured.problem);
  const flags = readClusterSettings(reader);
  return { ...flags, kubeconfig: flags.kubeconfig ?? ('value' in configured ? configured.value : undefined) };
}

/** Returns Lease and heartbeat, named after the first served CNI as in its Go extension. */
function readLeases(
  reader: OptionReader,
  [first = '']: readonly string[],
): Pick<ControllerSettings, 'leaderElection' | 'heartbeat'> {
  const leaderElection = readLease(reader, `networking-${first}-leader-election`);
  const seconds = reader.integer('heartbeatRenewIntervalSeconds', 3_600);
  const controllers = reader.names('controllers', ['heartbeat']);
  const disabled = reader.names('disableControllers', ['heartbeat']);
  const enabled = controllers.includes('heartbeat') && !disabled.includes('heartbeat');
  const namespace = reader.namespace('heartbeatNamespace', ['LEADER_ELECTION_NAMESPACE']);
  return {
    leaderElection,
    heartbeat: enabled && namespace !== undefined ? { namespace, holder: `networking-${first}`, seconds } : undefined,
  };
}

function readServers(
  reader: OptionReader,
  hasWebhook: boolean,
): Pick<ControllerSettings, 'metrics' | 'health' | 'webhook'> {
  const endpoints = readEndpoints(reader);
  const webhook = readWebhook(reader, hasWebhook);
  checkPorts(reader, { ...endpoints, webhook: webhook?.server });
  return { ...endpoints, webhook };
}

/** Validates the webhook flags always, and returns settings if a served CNI has a webhook and it is not disabled. */
function readWebhook(reader: OptionReader, hasWebhook: boolean): WebhookSettings | undefined {
  const mode = reader.choice('webhookConfigMode', ['service', 'url', 'url-service']);
  const host = reader.text('webhookConfigUrl', parseClientHost);
  const servicePort = reader.integer('webhookConfigServicePort', 65_535);
  const server = {
    host: reader.text('webhookConfigServerHost', parseListenHost),
    port: reader.integer('webhookConfigServerPort', 65_535),
  };
  const enabled = !reader.names('disableWebhooks', ['shoot']).includes('shoot') && hasWebhook;
  const variables = ['WEBHOOK_CONFIG_NAMESPACE', 'LEADER_ELECTION_NAMESPACE'];
  const required = `namespace of the shoot webhook; alternatively set ${variables.join(' or ')}, or --disable-webhooks=shoot`;
  const namespace = reader.namespace('webhookConfigNamespace', variables, enabled ? required : undefined);
  const owner = reader.namespace('webhookConfigOwnerNamespace', []);
  if (enabled && mode === 'url' && !reader.isGiven('webhookConfigUrl'))
    reader.addProblem('webhookConfigUrl', field.required('needed with --webhook-config-mode=url'));
  if (!enabled || namespace === undefined) return undefined;
  const url = mode === 'url' ? host : undefined;
  return { mode, url, namespace, ownerNamespace: owner ?? namespace, servicePort, server };
}

interface Location {
  readonly selfHosted: boolean;
  readonly seed: string | undefined;
  readonly shoot: string | undefined;
  readonly notes: readonly Note[];
}

/**
 * Reads the environment variables by which gardenlet describes the cluster (docs/design/gardener.md#chart-values). With these alone, a
 * self-hosted shoot that is also a seed is served as a seed: a chart without the flag does not grant the permissions for the shoot itself.
 */
function readLocation(reader: OptionReader, env: Environment): Location {
  const deprecated = reader.toggle('autonomousShootCluster');
  const flag = reader.toggle('selfHostedShootCluster') ?? deprecated;
  const seed = env['SEED_NAME'] || undefined;
  const name = env['SHOOT_NAME'] || undefined;
  const shoot = name === undefined ? undefined : [env['SHOOT_NAMESPACE'], name].filter(Boolean).join('/');
  const selfHosted = flag ?? (shoot !== undefined && seed === undefined);
  const notes =
    flag === undefined && selfHosted
      ? [{ message: 'Detected self-hosted shoot by SHOOT_NAME', fields: { shoot } }]
      : [];
  return { selfHosted, seed, shoot, notes };
}

const ignoredFlags = ['gardenerVersion', 'healthcheckMaxConcurrentReconciles', 'webhookConfigCertDir'] as const;

function flagNotes(options: ControllerOptions): readonly Note[] {
  const flags = ignoredFlags.filter((option) => options[option] !== undefined).map(flagName);
  return flags.length === 0 ? [] : [{ message: 'Ignored flags', fields: { flags } }];
}
