import {
  defaultFeatureGates,
  type FeatureGates,
  featureGatesOf,
  parseFeatureGates,
} from '../../../pkg/network/feature-gates.ts';
import { field } from '../../../pkg/network/field.ts';
import { shootWebhookOf } from '../../../pkg/network/plan.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import type { ListenAddress } from '../../../pkg/webhook/listen.ts';
import type { InputProblem } from '../../../pkg/yaml/input.ts';
import { createOptionReader, type Environment, flagOf, type OptionReader } from '../option-reader.ts';
import { clientHost, listenHost } from '../option-values.ts';
import {
  type ClusterSettings,
  clusterOf,
  endpointsOf,
  leaseOf,
  logOf,
  type ProcessSettings,
  refuseClashes,
} from '../settings.ts';
import { type ConfigDocument, type ConfigFile, readControllerConfigs } from './config.ts';
import { clientLimits, configNotes, configuredKubeconfig, type Note } from './connection.ts';
import { type ControllerOptions, controllerDefaults } from './options.ts';

/** Everything that `netext controller` was told, checked and complete. */
export interface ControllerSettings extends ProcessSettings, ClusterSettings {
  /** The CNIs to serve, at least one. */
  readonly types: readonly string[];
  readonly classes: readonly string[];
  /** Every gate of the served CNIs. */
  readonly featureGates: FeatureGates;
  /** Options of providerConfig that the operator sets for all Networks that leave them out, by type of the Network. */
  readonly operatorDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** This runs in a self-hosted shoot, whose Network is in kube-system (docs/design/gardener.md#self-hosted-shoots); it may be a seed, too. */
  readonly selfHosted: boolean;
  /** Requests per second and their burst, Leases aside. Undefined: no limit (docs/decisions/0007). */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  /** Undefined: no served CNI has a webhook, or it is disabled. */
  readonly webhook: WebhookSettings | undefined;
  readonly externalShootClient: boolean;
  readonly imageVectorOverwrite: string | undefined;
  /** Where this runs, for the log. */
  readonly seed: string | undefined;
  readonly shoot: string | undefined;
}

export interface WebhookSettings {
  /** How API servers of shoots reach it; `url-service` is the Service by its name in a URL. */
  readonly mode: 'service' | 'url' | 'url-service';
  /** `host` or `host:port`, with mode `url` only. */
  readonly url: string | undefined;
  /** Of the Service and of the Secrets with the certificates. */
  readonly namespace: string;
  /** The namespace that owns the configuration: with it, it goes. */
  readonly ownerNamespace: string;
  readonly servicePort: number;
  readonly server: ListenAddress;
}

export interface SettingsInput {
  readonly options: ControllerOptions;
  readonly env: Environment;
  /** The configuration files, in the order of their flags. */
  readonly files: readonly ConfigFile[];
  /** The CNIs that can be served, the one whose name the Lease bears first. */
  readonly plugins: readonly Pick<NetworkPlugin, 'type' | 'featureGates' | 'configuration' | 'shootWebhook'>[];
}

export interface ReadSettings {
  /** Undefined when there are problems. */
  readonly settings: ControllerSettings | undefined;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly Note[];
}

/**
 * The settings from flags, configuration files, environment and defaults, in this order of precedence (docs/design/gardener.md#flags-and-environment). Gives
 * everything that is wrong at once: flags first, then files by line. Reads nothing else, so the same input gives the same settings.
 */
export function readControllerSettings({ options, env, files, plugins }: SettingsInput): ReadSettings {
  const given: ControllerOptions = { ...controllerDefaults, ...options };
  const reader = createOptionReader(given, env);
  const configs = readControllerConfigs(files, plugins);
  const types = typesOf({ reader, documents: configs.documents, plugins });
  const served = plugins.filter(({ type }) => types.includes(type));
  const documents = configs.documents.filter(({ type }) => types.includes(type));
  const limits = clientLimits(documents);
  const place = placeOf(reader, env);
  const settings: ControllerSettings = {
    types,
    classes: reader.someNames('extensionClasses', ['shoot', 'seed', 'garden']),
    featureGates: gatesOf({ reader, given, documents, served, plugins }),
    operatorDefaults: operatorDefaultsOf(documents),
    concurrency: reader.count('maxConcurrentReconciles'),
    ignoreOperationAnnotation: reader.toggle('ignoreOperationAnnotation') ?? false,
    selfHosted: place.selfHosted,
    ...connectionOf(reader, documents),
    limits,
    ...leasesOf(reader, types),
    ...serversOf(reader, configs.problems.length === 0 ? shootWebhookOf(served)?.type : undefined),
    externalShootClient: env['GARDENER_SHOOT_CLIENT'] === 'external',
    imageVectorOverwrite: env['IMAGEVECTOR_OVERWRITE'] || undefined,
    seed: place.seed,
    shoot: place.shoot,
    log: logOf(reader),
  };
  if (options.healthcheckMaxConcurrentReconciles !== undefined) reader.count('healthcheckMaxConcurrentReconciles');
  const problems = [...reader.problems(), ...configs.problems];
  const notes = [
    ...flagNotes(options),
    ...place.notes,
    ...configNotes({ documents: configs.documents, types, limits }),
  ];
  return { settings: problems.length === 0 ? settings : undefined, problems, notes };
}

type Plugins = SettingsInput['plugins'];

/**
 * The flag, else the CNIs that have a configuration. So a Deployment of the Go chart of one CNI never takes the Networks of the other,
 * which its ClusterRole does not allow for (docs/decisions/0008).
 */
function typesOf(input: {
  readonly reader: OptionReader;
  readonly documents: readonly ConfigDocument[];
  readonly plugins: Plugins;
}): readonly string[] {
  const all = input.plugins.map(({ type }) => type);
  const configured = all.filter((type) => input.documents.some((one) => one.type === type));
  if (!input.reader.isGiven('types')) return configured.length === 0 ? all : configured;
  return input.reader.someNames('types', all);
}

function operatorDefaultsOf(documents: readonly ConfigDocument[]): ControllerSettings['operatorDefaults'] {
  const given = documents.filter(({ operatorDefaults }) => Object.keys(operatorDefaults).length > 0);
  return Object.fromEntries(given.map(({ type, operatorDefaults }) => [type, operatorDefaults]));
}

function gatesOf(input: {
  readonly reader: OptionReader;
  readonly given: ControllerOptions;
  readonly documents: readonly ConfigDocument[];
  readonly served: Plugins;
  readonly plugins: Plugins;
}): FeatureGates {
  const { reader, given, documents, served, plugins } = input;
  const text = (given.featureGates ?? []).join(',');
  const flags = parseFeatureGates(text, Object.keys(featureGatesOf(plugins)));
  for (const problem of flags.problems) reader.refuse('featureGates', problem);
  const configured = documents.map(({ config }) => config.featureGates ?? {});
  const known = featureGatesOf(served);
  const all = Object.assign({}, defaultFeatureGates(served), ...configured, flags.gates) as FeatureGates;
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(known, name)));
}

function connectionOf(reader: OptionReader, documents: readonly ConfigDocument[]): ClusterSettings {
  const configured = configuredKubeconfig(documents);
  if (!reader.isGiven('kubeconfig') && 'problem' in configured) reader.refuseInput(configured.problem);
  const flags = clusterOf(reader);
  return { ...flags, kubeconfig: flags.kubeconfig ?? ('value' in configured ? configured.value : undefined) };
}

/** One Lease and one heartbeat, named after the first CNI that is served, as the Go extensions name theirs. */
function leasesOf(
  reader: OptionReader,
  [first = '']: readonly string[],
): Pick<ControllerSettings, 'leaderElection' | 'heartbeat'> {
  const leaderElection = leaseOf(reader, `networking-${first}-leader-election`);
  const seconds = reader.count('heartbeatRenewIntervalSeconds', 3_600);
  const controllers = reader.names('controllers', ['heartbeat']);
  const disabled = reader.names('disableControllers', ['heartbeat']);
  const beats = controllers.includes('heartbeat') && !disabled.includes('heartbeat');
  const beatsIn = reader.namespace('heartbeatNamespace', ['LEADER_ELECTION_NAMESPACE']);
  return {
    leaderElection,
    heartbeat:
      beats && beatsIn !== undefined ? { namespace: beatsIn, holder: `networking-${first}`, seconds } : undefined,
  };
}

function serversOf(
  reader: OptionReader,
  webhookType: string | undefined,
): Pick<ControllerSettings, 'metrics' | 'health' | 'webhook'> {
  const endpoints = endpointsOf(reader);
  const webhook = webhookOf(reader, webhookType);
  refuseClashes(reader, { ...endpoints, webhook: webhook?.server });
  return { ...endpoints, webhook };
}

/** Checks the flags of a webhook in any case, and gives it where it is needed: where a CNI that has one is served. */
function webhookOf(reader: OptionReader, type: string | undefined): WebhookSettings | undefined {
  const mode = reader.choice('webhookConfigMode', ['service', 'url', 'url-service']);
  const url = reader.text('webhookConfigUrl', clientHost);
  const servicePort = reader.count('webhookConfigServicePort', 65_535);
  const host = reader.text('webhookConfigServerHost', listenHost);
  const port = reader.count('webhookConfigServerPort', 65_535);
  const isOn = !reader.names('disableWebhooks', ['shoot']).includes('shoot') && type !== undefined;
  const variables = ['WEBHOOK_CONFIG_NAMESPACE', 'LEADER_ELECTION_NAMESPACE'];
  const needed = `the webhook for ${type} needs it, or ${variables.join(' or ')}; --disable-webhooks=shoot runs without`;
  const namespace = reader.namespace('webhookConfigNamespace', variables, isOn ? needed : undefined);
  const owner = reader.namespace('webhookConfigOwnerNamespace', []);
  if (isOn && mode === 'url' && !reader.isGiven('webhookConfigUrl'))
    reader.refuse('webhookConfigUrl', field.required('the host that shoots reach, with --webhook-config-mode=url'));
  if (!isOn || namespace === undefined) return undefined;
  const reached = mode === 'url' ? url : undefined;
  return { mode, url: reached, namespace, ownerNamespace: owner ?? namespace, servicePort, server: { host, port } };
}

interface Place {
  readonly selfHosted: boolean;
  readonly seed: string | undefined;
  readonly shoot: string | undefined;
  readonly notes: readonly Note[];
}

/**
 * gardenlet tells by variables what it runs for (docs/design/gardener.md#chart-values). By these alone a self-hosted shoot that is a seed, too, is served as a seed
 * only: a chart that does not know the flag does not grant what the shoot itself needs.
 */
function placeOf(reader: OptionReader, env: Environment): Place {
  const older = reader.toggle('autonomousShootCluster');
  const flag = reader.toggle('selfHostedShootCluster') ?? older;
  const seed = env['SEED_NAME'] || undefined;
  const name = env['SHOOT_NAME'] || undefined;
  const shoot = name === undefined ? undefined : [env['SHOOT_NAMESPACE'], name].filter(Boolean).join('/');
  const selfHosted = flag ?? (shoot !== undefined && seed === undefined);
  const notes =
    flag === undefined && selfHosted ? [{ message: 'In a self-hosted shoot, by SHOOT_NAME', fields: { shoot } }] : [];
  return { selfHosted, seed, shoot, notes };
}

const withoutEffect = ['gardenerVersion', 'healthcheckMaxConcurrentReconciles', 'webhookConfigCertDir'] as const;

function flagNotes(options: ControllerOptions): readonly Note[] {
  const flags = withoutEffect.filter((option) => options[option] !== undefined).map(flagOf);
  return flags.length === 0 ? [] : [{ message: 'Flags without effect', fields: { flags } }];
}
