import type { Compatibility } from '../network/compatibility.ts';

export const calicoCompatibility: Compatibility = {
  version: '3.31.7',
  sources: '3.31.7',
  minor: '3.31',
  images: ['calico-node', 'calico-cni', 'calico-typha', 'calico-kube-controllers'],
  companions: {
    'calico-cpa': 'v1.10.3',
    'calico-cpva': 'v0.8.10',
    'bird-exporter': 'v1.6.2',
    'multus-cni': 'v4.3.0',
    'cni-plugins': 'v1.60.0-dev',
  },
  goExtension: '1.60',
};
