import { gateCheck } from '../../network/feature-gates.ts';
import type { FeatureGate } from '../../network/plugin.ts';

/** The feature gates of Calico; names, stages and defaults are those of the Go extension (docs/design/calico.md#feature-gates). */
export const calicoFeatureGates = {
  NonPrivilegedCalicoNode: {
    stage: 'Alpha',
    default: false,
    about:
      'The container of calico-node runs unprivileged and not as root; its init containers remain privileged. Networks with the eBPF dataplane are not affected, and the BIRD exporter is omitted.',
  },
  SeamlessOverlaySwitch: {
    stage: 'Alpha',
    default: false,
    about:
      'If the overlay of a network is disabled, it remains until every node has its route, so that pods remain reachable. Takes effect in shoots that serve MutatingAdmissionPolicies: from Kubernetes 1.36 on, or with the feature gate of their API server.',
  },
} as const satisfies Readonly<Record<string, FeatureGate>>;

export const isGateEnabled = gateCheck(calicoFeatureGates);
