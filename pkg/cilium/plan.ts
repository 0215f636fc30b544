import { describeObject } from '../gardener/objects.ts';
import { allFindings } from '../network/assessment.ts';
import { configPath, decodeNetwork, hasShoot, type ShootNetwork } from '../network/decode-network.ts';
import { errorsOf } from '../network/diagnostics.ts';
import type { NetworkPlugin, PlanContext, PlanResult, PlanTools } from '../network/plugin.ts';
import {
  configApiVersion,
  configKind,
  type NetworkConfig,
  networkConfigSchema,
  operatorDefaultsSchema,
} from './api/config.ts';
import { ciliumNetworkRules } from './api/decode.ts';
import { withDefaults } from './api/defaults.ts';
import { ciliumRules } from './api/diagnostics.ts';
import { ciliumExampleRequirements, ciliumExamples, ciliumSince } from './api/examples.ts';
import { ciliumFeatureGates } from './api/feature-gates.ts';
import { withoutKubeProxy } from './api/new-shoot.ts';
import { validateNewConfig } from './api/validate-new.ts';
import { assess } from './assess.ts';
import { appliedFindings, changeFindings } from './changes.ts';
import { ciliumCompatibility } from './compatibility.ts';
import { ciliumDataPath } from './data-path.ts';
import { ciliumEffects } from './effects.ts';
import { ciliumExplanation } from './explain.ts';
import { ciliumLegacyMonitoringNames, ciliumMonitoringNames } from './monitoring/monitoring.ts';
import { nodeLocalDNSWebhook } from './nodelocaldns/webhook.ts';
import { renderPostponedPlan } from './render/postponed.ts';
import { podPaths } from './render/reachability.ts';
import { managedResource, renderPlan } from './render/render.ts';
import { determineIpam, ipamProblems, ipamQueries } from './shoot/ipam.ts';
import { pendingProblems } from './shoot/pending.ts';
import { ciliumTraffic } from './traffic.ts';
import { ciliumVerdicts } from './verdicts.ts';

/** The Cilium plugin: plans the objects of shoot and seed for a Network and its Cluster. */
export const cilium: NetworkPlugin<NetworkConfig> = {
  type: 'cilium',
  title: 'Cilium',
  configuration: {
    schema: networkConfigSchema,
    apiVersion: configApiVersion,
    kind: configKind,
    operatorDefaults: operatorDefaultsSchema,
    examples: ciliumExamples,
    exampleRequirements: ciliumExampleRequirements,
    since: ciliumSince,
    effectiveDefaults: withDefaults,
  },
  compatibility: ciliumCompatibility,
  featureGates: ciliumFeatureGates,
  rules: ciliumRules,
  verdicts: ciliumVerdicts,
  effects: ciliumEffects,
  managedResource,
  shootWebhook: nodeLocalDNSWebhook,
  requiresCurrentObjects: true,
  seedObjectNames: ciliumMonitoringNames,
  legacySeedObjectNames: ciliumLegacyMonitoringNames,

  decode: (input) => decodeNetwork(input, ciliumNetworkRules),

  queries(decoded) {
    return { shoot: hasShoot(decoded) ? ipamQueries(decoded) : [], apiServerAddresses: false };
  },

  check(decoded) {
    return hasShoot(decoded) ? allFindings(assess(decoded)) : decoded.diagnostics;
  },

  checkNew({ network, config, families }) {
    return validateNewConfig({ config, families, object: describeObject(network), path: configPath });
  },

  podPaths(decoded) {
    return hasShoot(decoded) ? podPaths(assess(decoded).values) : [];
  },

  checkChange({ old, new: changed }) {
    return hasShoot(old) && hasShoot(changed) ? changeFindings({ old, new: changed }) : [];
  },

  completeNewShoot: withoutKubeProxy,

  plan(decoded, context, tools) {
    if (!hasShoot(decoded)) return { outcome: 'refused', diagnostics: decoded.diagnostics };
    return planShoot({ decoded, context }, tools);
  },

  explain(decoded, context) {
    return hasShoot(decoded) ? ciliumExplanation({ decoded, context }) : undefined;
  },

  dataPath: ciliumDataPath,
  traffic: ciliumTraffic,
};

interface PlanShootInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  readonly context: PlanContext;
}

function planShoot(input: PlanShootInput, tools: PlanTools): PlanResult {
  const ipam = determineIpam(input);
  const assessment = assess(input.decoded, ipam);
  if (assessment.errors.length > 0) return { outcome: 'refused', diagnostics: allFindings(assessment) };
  const unknown = ipamProblems(input, ipam);
  const pending = [...errorsOf(unknown), ...pendingProblems(assessment)];
  const rendering = { ...input, assessment };
  if (pending.length > 0) return { outcome: 'waiting', diagnostics: [...pending, ...assessment.warnings] };
  const ofChange = appliedFindings(input.decoded.network, assessment);
  if (errorsOf(ofChange).length > 0)
    return { outcome: 'refused', diagnostics: allFindings({ ...assessment, errors: errorsOf(ofChange) }) };
  const diagnostics = [...unknown, ...assessment.warnings];
  return unknown.some(({ code }) => code === 'cilium-ipam-hibernated')
    ? { outcome: 'postponed', plan: renderPostponedPlan(rendering, tools), diagnostics }
    : { outcome: 'planned', plan: renderPlan(rendering, tools), diagnostics, changeWarnings: ofChange };
}
