import { apiServerProblem } from '../network/api-server-addresses.ts';
import { allFindings } from '../network/assessment.ts';
import { decodeNetwork, hasShoot } from '../network/decode-network.ts';
import { errorsOf } from '../network/diagnostics.ts';
import { requiredInputs } from '../network/inventory.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import {
  configApiVersion,
  configKind,
  type NetworkConfig,
  networkConfigSchema,
  operatorDefaultsSchema,
} from './api/config.ts';
import { calicoNetworkRules } from './api/decode.ts';
import { calicoRules } from './api/diagnostics.ts';
import { calicoExampleRequirements, calicoExamples, calicoSince } from './api/examples.ts';
import { calicoFeatureGates } from './api/feature-gates.ts';
import { assess } from './assess.ts';
import { appliedFindings, changeFindings } from './changes.ts';
import { calicoCompatibility } from './compatibility.ts';
import { calicoDataPath } from './data-path.ts';
import { effectiveDefaults } from './effective-defaults.ts';
import { calicoEffects } from './effects.ts';
import { calicoExplanation } from './explain.ts';
import { calicoLegacyMonitoringNames, calicoMonitoringNames } from './monitoring/monitoring.ts';
import { components } from './render/inventory.ts';
import { podPaths } from './render/reachability.ts';
import { managedResource, renderPlan } from './render/render.ts';
import { switchProblems, switchQueries } from './shoot/overlay-switch.ts';
import { restartAnnotations } from './shoot/restarts.ts';
import { calicoTraffic } from './traffic.ts';
import { calicoVerdicts } from './verdicts.ts';
import { newErrors } from './warnings/reachability.ts';

/** The Calico plugin: plans the objects of shoot and seed for a Network and its Cluster. */
export const calico: NetworkPlugin<NetworkConfig> = {
  type: 'calico',
  title: 'Calico',
  configuration: {
    schema: networkConfigSchema,
    apiVersion: configApiVersion,
    kind: configKind,
    operatorDefaults: operatorDefaultsSchema,
    examples: calicoExamples,
    exampleRequirements: calicoExampleRequirements,
    since: calicoSince,
    effectiveDefaults,
  },
  compatibility: calicoCompatibility,
  featureGates: calicoFeatureGates,
  rules: calicoRules,
  verdicts: calicoVerdicts,
  effects: calicoEffects,
  managedResource,
  seedObjectNames: calicoMonitoringNames,
  legacySeedObjectNames: calicoLegacyMonitoringNames,

  decode: (input) => decodeNetwork(input, calicoNetworkRules),

  planAnnotations(decoded, input) {
    return hasShoot(decoded) ? restartAnnotations(decoded, input) : { annotations: {}, checks: [] };
  },

  queries(decoded, { currentObjects }) {
    if (!hasShoot(decoded) || decoded.diagnostics.length > 0) return { shoot: [], apiServerAddresses: false };
    const needs = requiredInputs(components, assess(decoded));
    return { shoot: switchQueries({ decoded, currentObjects }), apiServerAddresses: needs.has('apiServerAddresses') };
  },

  check(decoded) {
    return hasShoot(decoded) ? allFindings(assess(decoded)) : decoded.diagnostics;
  },

  checkNew(decoded) {
    return hasShoot(decoded) ? newErrors({ input: assess(decoded), errors: decoded.diagnostics }) : [];
  },

  podPaths(decoded) {
    return hasShoot(decoded) ? podPaths(assess(decoded).values) : [];
  },

  checkChange({ old, new: changed }) {
    return hasShoot(old) && hasShoot(changed) ? changeFindings({ old, new: changed }) : [];
  },

  plan(decoded, context, tools) {
    if (!hasShoot(decoded)) return { outcome: 'refused', diagnostics: decoded.diagnostics };
    const assessment = assess(decoded);
    if (assessment.errors.length > 0) return { outcome: 'refused', diagnostics: allFindings(assessment) };
    const ofChange = appliedFindings(decoded.network, assessment);
    if (errorsOf(ofChange).length > 0)
      return { outcome: 'refused', diagnostics: allFindings({ ...assessment, errors: errorsOf(ofChange) }) };
    const needs = requiredInputs(components, assessment);
    const unknown = needs.has('apiServerAddresses') ? apiServerProblem(decoded.network, context) : undefined;
    const { currentObjects, shoot: nodes } = context;
    const found = [...switchProblems({ decoded, currentObjects, nodes }), ...(unknown === undefined ? [] : [unknown])];
    const diagnostics = [...found, ...assessment.warnings];
    if (errorsOf(found).length > 0) return { outcome: 'waiting', diagnostics };
    const plan = renderPlan({ decoded, assessment, context }, tools);
    return { outcome: 'planned', plan, diagnostics, changeWarnings: ofChange };
  },

  explain(decoded) {
    return hasShoot(decoded) ? calicoExplanation(decoded) : undefined;
  },

  dataPath: calicoDataPath,
  traffic: calicoTraffic,
};
