import type { NetworkRules } from '../../network/decode-network.ts';
import { configApiVersion, configKind, type NetworkConfig, networkConfigSchema } from './config.ts';
import { ciliumHints } from './hints.ts';
import { validateConfig, validateShoot } from './validate.ts';

/** How Networks of type cilium are decoded and checked. */
export const ciliumNetworkRules: NetworkRules<NetworkConfig> = {
  schema: networkConfigSchema,
  apiVersion: configApiVersion,
  kind: configKind,
  hints: ciliumHints,
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
