import type { Compatibility } from '../network/compatibility.ts';

/** The newest patch release of which the versions of all parts are known. Its module is not published, so tests read and run the one before. */
export const ciliumCompatibility: Compatibility = {
  version: '1.19.8',
  sources: '1.19.7',
  minor: '1.19',
  images: ['cilium-agent', 'cilium-operator', 'hubble-relay'],
  companions: {
    'cilium-envoy': 'v1.37.6-1789133542-cbec91f666af0bf742da986d43832932dbb26b82',
    'hubble-ui': 'v0.13.6',
    'hubble-ui-backend': 'v0.13.6',
    certgen: 'v0.4.11',
  },
  goExtension: '1.49',
};
