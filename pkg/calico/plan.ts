import { findingsOf } from '../network/assessment.ts';
import { decodeNetwork, hasShoot } from '../network/decode-network.ts';
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
import { calicoFeatureGates } from './api/feature-gates.ts';
import { assess } from './assess.ts';
import { calicoCompatibility } from './compatibility.ts';
import { calicoDataPath } from './data-path.ts';
import { effectiveDefaults } from './effective-defaults.ts';
import { calicoLegacyMonitoringNames, calicoMonitoringNames } from './monitoring/monitoring.ts';
import { managedResource, renderPlan } from './render/render.ts';
import { switchProblems, switchQueries } from './shoot/overlay-switch.ts';
import { calicoVerdicts } from './verdicts.ts';

/** Calico: from a Network and its Cluster to everything that the shoot and the seed must hold. */
export const calico: NetworkPlugin<NetworkConfig> = {
  type: 'calico',
  title: 'Calico',
  configuration: {
    schema: networkConfigSchema,
    apiVersion: configApiVersion,
    kind: configKind,
    operatorDefaults: operatorDefaultsSchema,
    effectiveDefaults,
  },
  compatibility: calicoCompatibility,
  featureGates: calicoFeatureGates,
  rules: calicoRules,
  verdicts: calicoVerdicts,
  managedResource,
  seedObjectNames: calicoMonitoringNames,
  legacySeedObjectNames: calicoLegacyMonitoringNames,

  decode: (input) => decodeNetwork(input, calicoNetworkRules),

  shootQueries(decoded, { present }) {
    return hasShoot(decoded) && decoded.diagnostics.length === 0 ? switchQueries({ decoded, present }) : [];
  },

  check(decoded) {
    return hasShoot(decoded) ? findingsOf(assess(decoded)) : decoded.diagnostics;
  },

  plan(decoded, { present, shoot: nodes }, tools) {
    if (!hasShoot(decoded)) return { outcome: 'refused', diagnostics: decoded.diagnostics };
    const assessment = assess(decoded);
    if (assessment.errors.length > 0) return { outcome: 'refused', diagnostics: findingsOf(assessment) };
    const waiting = switchProblems({ decoded, present, nodes });
    if (waiting.length > 0) return { outcome: 'waiting', diagnostics: [...waiting, ...assessment.warnings] };
    const plan = renderPlan({ decoded, assessment }, tools);
    return { outcome: 'planned', plan, diagnostics: assessment.warnings };
  },

  dataPath: calicoDataPath,
};
