import { gateCheck } from '../../network/feature-gates.ts';
import type { FeatureGate } from '../../network/plugin.ts';

/** The feature gates of Cilium (docs/design/cilium.md#feature-gates). The Go extension has none. */
export const ciliumFeatureGates = {
  CiliumGatewayAPI: {
    stage: 'Alpha',
    default: false,
    about:
      'Networks may enable the Gateway API of Cilium by gatewayAPI. In their shoots the operator of Cilium reads all Secrets and writes Services. Names of the option may change until the Go extension has it.',
  },
} as const satisfies Readonly<Record<string, FeatureGate>>;

export const isGateEnabled = gateCheck(ciliumFeatureGates);
