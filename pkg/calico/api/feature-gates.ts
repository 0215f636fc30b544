import type { FeatureGate } from '../../network/plugin.ts';

/** What operators switch for all Calico networks; names, stages and defaults are those of the Go extension (docs/design/calico.md#feature-gates). */
export const calicoFeatureGates = {
  NonPrivilegedCalicoNode: {
    stage: 'Alpha',
    default: false,
    about:
      'The container of calico-node runs without privileges and not as root. Its init containers keep theirs. Networks with the eBPF dataplane stay as they are, and the BIRD exporter is left out.',
  },
  SeamlessOverlaySwitch: {
    stage: 'Alpha',
    default: false,
    about:
      'A network that is switched to no overlay keeps the overlay until every node has its route, so that pods stay reachable. It takes effect where the shoot serves MutatingAdmissionPolicies: from Kubernetes 1.36 on, or with the feature gate of its API server.',
  },
} as const satisfies Readonly<Record<string, FeatureGate>>;

/** Whether a gate is on: as the operator switched it, else by default. */
export function isGateEnabled(
  name: keyof typeof calicoFeatureGates,
  featureGates: Readonly<Record<string, boolean>>,
): boolean {
  return featureGates[name] ?? calicoFeatureGates[name].default;
}
