import { parseKubernetesVersion } from '../../gardener/version.ts';
import type { NetworkRules, ShootRulesInput } from '../../network/decode-network.ts';
import { type Diagnostic, networkRules, reporter } from '../../network/diagnostics.ts';
import { field } from '../../network/field.ts';
import { configApiVersion, configKind, type NetworkConfig, networkConfigSchema } from './config.ts';
import { calicoHints } from './hints.ts';
import { validateConfig, validateShoot } from './validate.ts';

const report = reporter(networkRules);

/** Schema and rules for decoding Networks of type calico. */
export const calicoNetworkRules: NetworkRules<NetworkConfig> = {
  schema: networkConfigSchema,
  apiVersion: configApiVersion,
  kind: configKind,
  hints: calicoHints,
  // A value that cannot be decoded is treated as absent, which must not cause a second finding.
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

/** Validates the version, on which manifests depend. */
function versionProblems({ shoot, object }: ShootRulesInput<NetworkConfig>): readonly Diagnostic[] {
  const { kubernetesVersion } = shoot;
  if (parseKubernetesVersion(kubernetesVersion) !== undefined) return [];
  const message = field.invalid(kubernetesVersion, 'must be a version such as 1.34.3');
  return [report('shoot-invalid', { object, path: 'spec.kubernetes.version', message })];
}
