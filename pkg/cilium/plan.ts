import { clusterShootFacts, type ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { configPath, type DecodedNetwork, decodeNetwork, type NetworkRules } from '../network/decode-network.ts';
import { type Diagnostic, errorsOf, networkRules, reporter } from '../network/diagnostics.ts';
import type {
  CheckInput,
  NetworkPlan,
  NetworkPlugin,
  ObjectName,
  PlanInput,
  PlanResult,
  PlanTools,
  PostponedPlan,
} from '../network/plugin.ts';
import { effectiveFamilies } from '../network/shoot.ts';
import { type ApiServerLookup, findApiServer } from './api/api-server.ts';
import { configApiVersion, configKind, type NetworkConfig, networkConfigSchema } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { ciliumRules } from './api/diagnostics.ts';
import { validateConfig, validateNewConfig, validateShoot } from './api/validate.ts';
import { ciliumDataPath } from './data-path.ts';
import { ciliumMonitoring, ciliumMonitoringNames } from './monitoring/monitoring.ts';
import { withoutKubeProxy } from './new-shoot.ts';
import { webhookPlan, webhookResource } from './nodelocaldns/webhook.ts';
import { hasRun } from './render/certgen.ts';
import { certgenJob, checksums, templatesFor } from './render/inventory.ts';
import { type CiliumValues, computeValues } from './render/values.ts';
import { ciliumView } from './render/view.ts';
import { pendingProblems, type RequirementsInput, requirementProblems } from './requirements.ts';
import { answerOf, type IpamFact, ipamOf, shootQueries } from './shoot-facts.ts';
import { warnings } from './warnings/warnings.ts';

const report = reporter({ ...networkRules, ...ciliumRules });

/** Cilium: from a Network and its Cluster to everything that the shoot and the seed must hold. */
export const cilium: NetworkPlugin = {
  type: 'cilium',
  featureGates: {},
  rules: ciliumRules,
  managedResource: 'extension-networking-cilium-config',
  webhookResource,
  needsPresent: true,
  seedObjectNames: ciliumMonitoringNames.filter((one) => !isLegacy(one)),
  legacySeedObjectNames: ciliumMonitoringNames.filter(isLegacy),

  shootQueries({ cluster }) {
    const shoot = clusterShootFacts(cluster);
    return shoot === undefined ? [] : shootQueries(shoot);
  },

  check(input) {
    const decoded = decodeNetwork(input, rules);
    const { shoot, diagnostics } = decoded;
    if (shoot === undefined) return diagnostics;
    const { errors, found } = assess({ ...decoded, shoot }, input, { mode: 'kubernetes', ignored: undefined });
    return [...errors, ...found];
  },

  checkNew({ network, cluster }) {
    const { config, families } = decodeNetwork({ network, cluster }, rules);
    return validateNewConfig({ config, families, object: describeObject(network), path: configPath });
  },

  completeNewShoot: withoutKubeProxy,

  plan(input, tools) {
    const decoded = decodeNetwork(input, rules);
    const { shoot, diagnostics } = decoded;
    return shoot === undefined ? { outcome: 'refused', diagnostics } : planFor({ ...decoded, shoot }, input, tools);
  },

  dataPath: ciliumDataPath,
};

const rules: NetworkRules<NetworkConfig> = {
  schema: networkConfigSchema,
  apiVersion: configApiVersion,
  kind: configKind,
  config: validateConfig,
  shoot: validateShoot,
  ranges({ networking: { nodes, pods } }) {
    return [
      ...(nodes ? [['spec.networking.nodes', nodes] as const] : []),
      ...(pods ? [['spec.networking.pods', pods] as const] : []),
    ];
  },
  rangeLists: ({ observed }) => [
    ['status.networking.nodes', observed.nodes],
    ['status.networking.pods', observed.pods],
  ],
};

/** Of a Network whose Shoot is known. */
type Decoded = DecodedNetwork<NetworkConfig> & { readonly shoot: ShootFacts };

function planFor(decoded: Decoded, input: PlanInput, tools: PlanTools): PlanResult {
  const ipam = ipamOf(input, decoded.shoot);
  const { errors, found, about, families } = assess(decoded, input, ipam);
  const unknown = ipam.mode === undefined ? [unknownIpam(input, decoded.shoot)] : [];
  const pending = [...errorsOf(unknown), ...pendingProblems(about)];
  const rendering = { values: about.values, families, ipam };
  if (errors.length > 0) {
    const diagnostics = [...errors, ...found];
    const shown = pending.length === 0 && isOnlyMode(errors, decoded.config);
    return { outcome: 'refused', diagnostics, ...(shown ? { preview: planOf(rendering, input, tools) } : {}) };
  }
  if (pending.length > 0) return { outcome: 'waiting', diagnostics: [...pending, ...found] };
  const diagnostics = [...unknown, ...found];
  return unknown.some(({ code }) => code === 'cilium-ipam-hibernated')
    ? { outcome: 'postponed', plan: postponedPlan(rendering, input, tools), diagnostics }
    : { outcome: 'planned', plan: planOf(rendering, input, tools), diagnostics };
}

interface Assessment {
  readonly errors: readonly Diagnostic[];
  /** Warnings. */
  readonly found: readonly Diagnostic[];
  readonly about: RequirementsInput;
  /** Those to configure now. */
  readonly families: readonly IPFamily[];
}

/** What of a faulty configuration remains is looked at, too, so that people see all errors at once. */
function assess(decoded: Decoded, { network }: CheckInput, ipam: IpamFact): Assessment {
  const { config, shoot } = decoded;
  const families = effectiveFamilies(decoded.families, shoot);
  const apiServer = shoot.kubeProxy.enabled ? undefined : findApiServer(config, shoot);
  const values = computeValues({
    config: withDefaults(config),
    network,
    shoot,
    families,
    ipam: ipam.mode ?? 'kubernetes',
    apiServer: foundServer(apiServer),
  });
  const about = { given: config, values, shoot, apiServer, object: describeObject(network), path: configPath };
  const errors = [...errorsOf(decoded.diagnostics), ...requirementProblems(about)];
  const found = warnings({ ...about, families: decoded.families, ipam, errors });
  return { errors, found, about, families };
}

/**
 * Without the mode that cannot work the rest is what the Go extension rendered, so offline commands show it (verdict 8). With strict mode
 * the Go extension refused it, too.
 */
function isOnlyMode(errors: readonly Diagnostic[], { encryption }: NetworkConfig): boolean {
  return errors.every(({ code }) => code === 'cilium-encryption-mode') && encryption?.strictMode !== true;
}

function foundServer(lookup: ApiServerLookup | undefined): CiliumValues['apiServer'] {
  return lookup?.found === true ? lookup.server : undefined;
}

/**
 * Offline, nothing is lost by an assumption, unless half of the answer is there. A hibernated shoot has no agents, and its reconciliation must
 * succeed (docs/design/gardener.md#place-in-the-shoot-flow); any other one is asked until it answers.
 */
function unknownIpam(input: PlanInput, shoot: ShootFacts): Diagnostic {
  const object = describeObject(input.network);
  const reasons = [answerOf(input, shoot), input.present]
    .map((one) => (one.known ? '' : one.reason))
    .filter((one) => one !== '')
    .join('; ');
  const offline = input.offline === true;
  if (offline && input.present.known)
    return report('cilium-ipam-assumed', {
      object,
      path: '',
      message: `IPAM mode "kubernetes" is assumed: ${reasons}`,
    });
  const message = `the IPAM mode that the shoot runs with cannot be read: ${reasons}`;
  const code = shoot.hibernated && !offline ? 'cilium-ipam-hibernated' : 'cilium-ipam-unknown';
  return report(code, { object, path: '', message });
}

interface Rendering {
  readonly values: CiliumValues;
  readonly families: readonly IPFamily[];
  readonly ipam: IpamFact;
}

function planOf(rendering: Rendering, input: PlanInput, tools: PlanTools): NetworkPlan {
  const { values, families, ipam } = rendering;
  const { charts, sha256 } = tools;
  const version = clusterShootFacts(input.cluster)?.kubernetesVersion ?? '';
  const view = ciliumView({ values, image: (name) => tools.image(name, version) });
  const digests = Object.entries(checksums).map(([member, template]) => [
    member,
    sha256(charts.render(`cilium/${template}`, view).json),
  ]);
  const firstJob = () => charts.render(`cilium/${certgenJob}`, { ...view, certgenReusesCa: false });
  const certgenReusesCa = !values.hubble || !hasRun(firstJob(), input.present);
  const complete = { ...view, ...Object.fromEntries(digests), certgenReusesCa };
  const objects = templatesFor(values).map((template) => charts.render(`cilium/${template}`, complete));
  return {
    ...postponedPlan(rendering, input, tools),
    managedResource: {
      name: cilium.managedResource,
      origin: 'extension-networking-cilium',
      parts: [{ key: 'config.yaml', objects }],
    },
    // In the order of the spec, whose first family is the primary one (verdict 18). Only what is known is remembered.
    status: {
      ipFamilies: families,
      providerStatus: { ...providerStatus, applied: applied(values, ipam) },
      ...(ipam.mode === undefined ? {} : { state: { ipam: ipam.mode } }),
    },
  };
}

function postponedPlan({ families }: Rendering, input: PlanInput, tools: PlanTools): PostponedPlan {
  return {
    ...(input.webhook === undefined ? {} : { webhookResource: webhookPlan(input.webhook, tools) }),
    seedObjects: ciliumMonitoring(input.network.metadata.namespace),
    seedLeftOvers: [],
    status: { ipFamilies: families, providerStatus },
  };
}

/** Made by versions before Gardener's present monitoring contract (docs/design/gardener.md#monitoring). */
function isLegacy(name: ObjectName): boolean {
  return name.name === 'cilium-monitoring-config';
}

/** The apiVersion and kind that the Go extension writes. */
const providerStatus = { apiVersion: configApiVersion, kind: 'NetworkStatus' } as const;

/** For people and for tools. */
function applied(values: CiliumValues, ipam: IpamFact): Readonly<Record<string, unknown>> {
  return {
    routing: values.tunnel ?? 'native',
    ...(ipam.mode === undefined ? {} : { ipam: ipam.mode }),
    kubeProxyReplacement: values.kubeProxyReplacement,
    encryption: values.encryption.wireguard ? 'wireguard' : 'none',
    hubble: values.hubble,
  };
}
