import type { Compatibility } from '../network/compatibility.ts';

/**
 * The newest patch whose sources could be read: its options, CRDs and conditions of agents to exit were compared with what is rendered. Later
 * patches exist; operators can use their images by an image vector.
 */
export const ciliumCompatibility: Compatibility = {
  version: '1.19.7',
  minor: '1.19',
  images: ['cilium-agent', 'cilium-operator', 'hubble-relay'],
  companions: {
    'cilium-envoy': 'v1.36.9-1786864149-07e8503ff34b9190d7bbe4e57d4e185c4ef8b1de',
    'hubble-ui': 'v0.13.5',
    'hubble-ui-backend': 'v0.13.5',
    certgen: 'v0.4.9',
  },
  goExtension: '1.49',
};
