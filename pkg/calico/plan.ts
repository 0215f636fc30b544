import type { ShootFacts } from '../gardener/cluster.ts';
import type { IPFamily } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { parseKubernetesVersion } from '../gardener/version.ts';
import { configPath, decodeNetwork, type NetworkRules, type ShootRulesInput } from '../network/decode-network.ts';
import { type Diagnostic, errorsOf, networkRules, reporter } from '../network/diagnostics.ts';
import { field } from '../network/field.ts';
import type { CheckInput, NetworkPlan, NetworkPlugin, ObjectName, PlanInput, PlanTools } from '../network/plugin.ts';
import { effectiveFamilies } from '../network/shoot.ts';
import { configApiVersion, configKind, type NetworkConfig, networkConfigSchema } from './api/config.ts';
import { withDefaults } from './api/defaults.ts';
import { calicoRules } from './api/diagnostics.ts';
import { calicoFeatureGates } from './api/feature-gates.ts';
import { validateConfig, validateShoot } from './api/validate.ts';
import { calicoDataPath } from './data-path.ts';
import { calicoMonitoring, calicoMonitoringNames } from './monitoring/monitoring.ts';
import { switchProblems, switchQueries, switchState } from './overlay-switch.ts';
import { checksums, templatesFor } from './render/inventory.ts';
import { type CalicoValues, computeValues } from './render/values.ts';
import { calicoView } from './render/view.ts';
import { warnings } from './warnings/warnings.ts';

const report = reporter(networkRules);

/** Calico: from a Network and its Cluster to everything that the shoot and the seed must hold. */
export const calico: NetworkPlugin = {
  type: 'calico',
  featureGates: calicoFeatureGates,
  rules: calicoRules,
  managedResource: 'extension-networking-calico-config',
  seedObjectNames: calicoMonitoringNames.filter((one) => !isLegacy(one)),
  legacySeedObjectNames: calicoMonitoringNames.filter(isLegacy),

  shootQueries(input) {
    const { config, shoot, diagnostics } = decodeNetwork(input, rules);
    if (shoot === undefined || errorsOf(diagnostics).length > 0) return [];
    return switchQueries(switchInput({ ...input, config, shoot }));
  },

  check(input) {
    return assess(input).diagnostics;
  },

  plan(input, tools) {
    const { diagnostics, accepted } = assess(input);
    if (accepted === undefined) return { outcome: 'refused', diagnostics };
    const { config, shoot, families, values } = accepted;
    const waiting = switchProblems({ ...switchInput({ ...input, config, shoot }), nodes: input.shoot });
    if (waiting.length > 0) return { outcome: 'waiting', diagnostics: [...waiting, ...diagnostics] };
    const { namespace } = input.network.metadata;
    const overlay = values.felixIpip || values.vxlan;
    const state = switchState({ enabled: gate(input, 'SeamlessOverlaySwitch'), network: input.network, overlay });
    const plan = planOf({ values, families, namespace, version: shoot.kubernetesVersion, state, tools });
    return { outcome: 'planned', plan, diagnostics };
  },

  dataPath: calicoDataPath,
};

interface Accepted {
  readonly config: NetworkConfig;
  readonly shoot: ShootFacts;
  /** Those to configure now. */
  readonly families: readonly IPFamily[];
  readonly values: CalicoValues;
}

/** Everything that is to be said of a configuration, of what remains of a faulty one, too; and what follows from it when it has no errors. */
function assess(input: CheckInput): { readonly diagnostics: readonly Diagnostic[]; readonly accepted?: Accepted } {
  const { config, shoot, ...decoded } = decodeNetwork(input, rules);
  const { diagnostics } = decoded;
  if (shoot === undefined) return { diagnostics };
  const errors = errorsOf(diagnostics);
  const families = effectiveFamilies(decoded.families, shoot);
  const { network } = input;
  const nonPrivileged = gate(input, 'NonPrivilegedCalicoNode');
  const values = computeValues({ config: withDefaults(config), network, shoot, families, nonPrivileged });
  const object = describeObject(network);
  const about = {
    given: config,
    network,
    shoot,
    families: decoded.families,
    nonPrivileged,
    values,
    object,
    path: configPath,
  };
  const found = [...diagnostics, ...warnings({ ...about, errors })];
  return { diagnostics: found, ...(errors.length > 0 ? {} : { accepted: { config, shoot, families, values } }) };
}

const rules: NetworkRules<NetworkConfig> = {
  schema: networkConfigSchema,
  apiVersion: configApiVersion,
  kind: configKind,
  // A value that could not be decoded is as if it were not there, which must not be a second finding.
  config({ decoding, ...input }) {
    const undecoded = new Set(decoding.map((one) => one.path));
    return validateConfig(input).filter((one) => !undecoded.has(one.path));
  },
  shoot: (input) => [...validateShoot(input), ...versionProblems(input)],
  ranges: ({ networking: { nodes } }) => (nodes ? [['spec.networking.nodes', nodes]] : []),
  rangeLists: ({ networking, observed }) => [
    ...(networking.nodes ? [['status.networking.nodes', observed.nodes] as const] : []),
    ['status.networking.pods', observed.pods],
  ],
};

/** Manifests depend on it. */
function versionProblems({ shoot, object }: ShootRulesInput<NetworkConfig>): readonly Diagnostic[] {
  const { kubernetesVersion } = shoot;
  if (parseKubernetesVersion(kubernetesVersion) !== undefined) return [];
  const message = field.invalid(kubernetesVersion, 'must be a version such as 1.34.3');
  return [report('shoot-invalid', { object, path: 'spec.kubernetes.version', message })];
}

function gate(input: Pick<PlanInput, 'featureGates'>, name: keyof typeof calicoFeatureGates): boolean {
  return input.featureGates[name] ?? calicoFeatureGates[name].default;
}

function switchInput(
  input: Omit<PlanInput, 'shoot'> & { readonly config: NetworkConfig; readonly shoot: ShootFacts },
): Parameters<typeof switchQueries>[0] {
  const { config, shoot, present, network } = input;
  const object = describeObject(network);
  return { enabled: gate(input, 'SeamlessOverlaySwitch'), config, shoot, present, network, object };
}

interface PlanOfInput {
  readonly values: CalicoValues;
  readonly families: readonly IPFamily[];
  readonly namespace: string;
  /** Kubernetes version of the shoot. */
  readonly version: string;
  readonly state: Readonly<Record<string, unknown>> | undefined;
  readonly tools: PlanTools;
}

/**
 * Renders the plan. The CRDs are the same for every shoot and get parts of their own, which are compressed once per process.
 */
function planOf({ values, families, namespace, version, state, tools }: PlanOfInput): NetworkPlan {
  const { charts, sha256 } = tools;
  const view = calicoView({ values, image: (name) => tools.image(name, version) });
  const digests = Object.entries(checksums).map(([member, template]) => [
    member,
    sha256(charts.render(`calico/${template}`, view).json),
  ]);
  const complete = { ...view, ...Object.fromEntries(digests) };
  const objects = templatesFor(values).map((template) => charts.render(`calico/${template}`, complete));
  const seedObjects = calicoMonitoring({ namespace, birdExporter: values.birdExporter });
  return {
    managedResource: {
      name: calico.managedResource,
      origin: 'extension-networking-calico',
      parts: [
        { key: 'config.yaml', objects },
        { key: 'crds.yaml', objects: charts.crds('calico/crds') },
        { key: 'crds-multus.yaml', objects: values.multus ? charts.crds('calico/multus/crds') : [] },
      ],
    },
    seedObjects,
    seedLeftOvers: calico.seedObjectNames.filter((name) => !seedObjects.some((one) => isNamed(one, name))),
    status: {
      ipFamilies: (['IPv4', 'IPv6'] as const).filter((family) => families.includes(family)),
      providerStatus: providerStatus(values),
      ...(state === undefined ? {} : { state }),
    },
  };
}

/** Made by versions before Gardener's present monitoring contract (docs/design/gardener.md#monitoring). */
function isLegacy(name: ObjectName): boolean {
  return name.name === 'calico-monitoring-config';
}

function isNamed(
  object: { readonly kind: string; readonly metadata: { readonly name: string } },
  name: ObjectName,
): boolean {
  return object.kind === name.kind && object.metadata.name === name.name;
}

/** What is applied, for people and for tools (verdict O21); apiVersion and kind are those that the Go extension writes. */
function providerStatus(values: CalicoValues): Readonly<Record<string, unknown>> {
  return {
    apiVersion: configApiVersion,
    kind: 'NetworkStatus',
    applied: {
      backend: values.backend,
      overlay: values.overlay,
      dataplane: values.ebpf ? 'ebpf' : values.nftables ? 'nftables' : 'iptables',
      ipam: values.ipam.type,
      autoScaling: values.sizing.mode,
    },
  };
}
